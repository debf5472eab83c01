"""Read one e-mail address and write it in its normal form. Never asks the DNS whether it exists."""

import re
import unicodedata
from dataclasses import dataclass

import idna

from sendoff.lib.errors import PlainError

MAX_LOCAL = 64  # octets, RFC 5321 4.5.3.1.1
MAX_DOMAIN = 255  # octets, RFC 5321 4.5.3.1.2
MAX_ADDRESS = 254  # a path is at most 256 octets with its brackets, RFC 5321 4.5.3.1.3

_TOO_LONG = f"The name before the @ is longer than {MAX_LOCAL} characters."
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN = re.compile(rf"({_ATEXT}+(?:\.{_ATEXT}+)*)@({_LABEL}(?:\.{_LABEL})*)", re.ASCII)
_DOT_ATOM = re.compile(
    r"[^\s\x00-\x20\x7f\"(),.:;<>@\[\\\]]+(?:\.[^\s\x00-\x20\x7f\"(),.:;<>@\[\\\]]+)*"
)
_QUOTED = re.compile(r'"((?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*)"')  # RFC 5321 4.1.2
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)


class AddressError(PlainError, ValueError):
    """No address can be read from the text; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: its local part as written, its domain in lower case and A-labels."""

    local: str
    domain: str

    @property
    def text(self) -> str:
        """The normal form: what is stored, compared and offered with RCPT TO."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a server with SMTPUTF8 (RFC 6531) could take this address."""
        return not self.local.isascii()


def normalise(text: str) -> Address:
    """Read one address (RFC 5321 4.1.2; a local part outside ASCII by RFC 6531).

    Blanks around it are dropped, the domain becomes lower case with A-labels, needless quotes go.
    The local part keeps its case. AddressError says in one sentence what is wrong.
    """
    text = text.strip()
    plain = _PLAIN.fullmatch(text)
    if plain:
        local, domain = plain[1], plain[2].lower()
    else:
        local, domain = _read_unusual(text)
    _check_lengths(local, domain)
    return Address(local, domain)


def mailable(text: str) -> bool:
    """Whether mail to the address, just as it is written, can arrive on the internet.

    That is less than `normalise` reads: no quotes, no blanks around it, and a domain that can be
    registered: with a dot (RFC 7085) and a last label that is not a number (RFC 3696 2).
    """
    try:
        address = normalise(text)
    except AddressError:
        return False
    last = address.domain.rpartition(".")
    plain = text == text.strip() and not text.startswith('"')
    return plain and bool(last[0]) and not last[2].isdigit()


def ascii_domain(domain: str) -> str:
    """A domain name in lower case and A-labels (RFC 5890). AddressError where it is none."""
    if not domain:
        raise AddressError("The domain after the @ is missing.")
    if domain.startswith("["):
        raise AddressError("The address has an IP address in brackets; a domain name is needed.")
    folded = domain.lower() if domain.isascii() else _a_labels(domain)
    if not _DOMAIN.fullmatch(folded):
        raise AddressError(f"“{_shown(domain)}” after the @ is not a domain name.")
    return folded


def _read_unusual(text: str) -> tuple[str, str]:
    if not text:
        raise AddressError("The address is empty.")
    local, at, domain = text.rpartition("@")
    if not at:
        raise AddressError(f"“{_shown(text)}” has no @.")
    return _local_part(local), ascii_domain(domain)


def _local_part(local: str) -> str:
    if not local:
        raise AddressError("The name before the @ is missing.")
    local = unicodedata.normalize("NFC", local)
    if _DOT_ATOM.fullmatch(local):
        return local
    quoted = _QUOTED.fullmatch(local)
    if quoted and len(local.encode()) <= MAX_LOCAL:
        return _least_quoted(re.sub(r"\\(.)", r"\1", quoted[1]))
    raise AddressError(_why_not(local) if not quoted else _TOO_LONG)


def _why_not(local: str) -> str:
    """The sentence for a local part that fits neither form."""
    if "<" in local:
        return "Only the address itself is read here, without a name and without < and >."
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return f"“{_shown(local)}” before the @ has a dot at its edge or two dots in a row."
    culprit = next((c for c in local if not _DOT_ATOM.fullmatch(c) and c != "."), local[0])
    if culprit.isspace() or not culprit.isprintable():
        return f"“{_shown(local)}” before the @ contains a blank or a control character."
    return f"“{_shown(local)}” before the @ contains “{culprit}”, which must not stand there."


def _least_quoted(content: str) -> str:
    """One spelling for each quoted local part, so that duplicates are found."""
    if _DOT_ATOM.fullmatch(content):
        return content
    return '"' + re.sub(r'(["\\])', r"\\\1", content) + '"'


def _a_labels(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        raise AddressError(f"“{_shown(domain)}” after the @ is not a domain name.") from None


def _check_lengths(local: str, domain: str) -> None:
    octets = len(local) if local.isascii() else len(local.encode())
    if octets > MAX_LOCAL:
        raise AddressError(_TOO_LONG)
    if len(domain) > MAX_DOMAIN or octets + 1 + len(domain) > MAX_ADDRESS:
        raise AddressError(f"The address is longer than {MAX_ADDRESS} characters.")


def _shown(text: str) -> str:
    """A part of what was typed, safe to print in a sentence."""
    safe = "".join(c if c.isprintable() else "?" for c in text)
    return safe if len(safe) <= 80 else safe[:79] + "…"
