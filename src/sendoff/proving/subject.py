"""What is to be proved: a sending domain, what signs for it, where it sends from. Values only."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A DKIM key: where its record stands and what the record says. `signs`: mail needs it now."""

    host: str
    value: str
    purpose: str = "DKIM key"
    signs: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An address of ours that sends, and the name it greets with."""

    ip: str
    helo: str

    @property
    def reverse(self) -> str:
        """The name under which the PTR record of the address stands."""
        return ipaddress.ip_address(self.ip).reverse_pointer

    @property
    def type(self) -> str:
        """The type of record that leads to the address."""
        return "AAAA" if ":" in self.ip else "A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A domain and what ought to be published for it. `base_url`: what links begin with.

    `old_keys` sign no longer. `at_home`: links may lead to this machine, as in the demo.
    """

    domain: str
    keys: tuple[Key, ...]
    return_path: str
    sources: tuple[Source, ...]
    base_url: str
    old_keys: tuple[Key, ...] = ()
    at_home: bool = False

    @property
    def ips(self) -> tuple[str, ...]:
        """The addresses that send, each once."""
        return tuple(dict.fromkeys(source.ip for source in self.sources))

    @property
    def spf(self) -> str:
        """The SPF record that names them; "" where none of them is known."""
        words = " ".join(f"ip{6 if ':' in ip else 4}:{ip}" for ip in self.ips)
        return f"v=spf1 {words} -all" if words else ""

    @property
    def mail_host(self) -> str:
        """The host that takes the mail of the return path."""
        named = [source.helo for source in self.sources if "." in source.helo]
        return named[0] if named else self.domain

    @property
    def mx(self) -> str:
        """The MX record of the return path."""
        return f"10 {self.mail_host}."

    @property
    def dmarc(self) -> str:
        """A first DMARC record, whose reports come to us."""
        return f"v=DMARC1; p=none; rua=mailto:dmarc-reports@{self.return_path}"

    @property
    def links(self) -> str:
        """The host in links and pictures."""
        return (urlsplit(self.base_url).hostname or "").lower()
