"""Say what an address of ours is for, from its signature alone. Pure: it asks no database."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from enum import StrEnum

from sendoff.lib.tokens import MessageRef, Tokens

BOUNCE_TO, UNSUBSCRIBE_TO = "b-", "unsubscribe+"
# Where reports of others come in; the last two must take mail by RFC 2142 and RFC 5321 4.5.1.
REPORT_TO = ("feedback", "tls-reports", "dmarc-reports", "abuse", "postmaster")


class Use(StrEnum):
    """What a mail to one of our addresses is about."""

    BOUNCE = "bounce"
    UNSUBSCRIBE = "unsubscribe"
    REPORT = "report"
    CHECK = "check"  # a loop check of our own came back


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address of ours: what for, at which of our domains, and the message its token names."""

    use: Use
    domain: str
    ref: MessageRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nowhere:
    """An address that takes no mail: the SMTP reply, and the word it is counted under."""

    reply: str
    counted: str


FORGED = Nowhere(reply="550 5.1.1 No such address here", counted="forged")
UNKNOWN = Nowhere(reply="550 5.1.1 No such address here", counted="unknown")
NOT_OURS = Nowhere(reply="550 5.7.1 That domain is not ours; nothing is relayed", counted="relay")


class Places:
    """Reads our addresses. `domains` answers the return path domains of this moment."""

    def __init__(self, key: bytes, domains: Callable[[], Set[str]]) -> None:
        self._bounces = Tokens(key, "bounce")
        self._unsubscribes = Tokens(key, "unsubscribe")
        self._domains = domains

    def read(self, address: str) -> Place | Nowhere:
        """What an address is for. A token is believed only where our key made it."""
        local, _, domain = address.strip().lower().rpartition("@")
        if domain not in self._domains():
            return NOT_OURS
        if local in REPORT_TO:
            return Place(use=Use.REPORT, domain=domain)
        if local.startswith(BOUNCE_TO):
            ref = self._bounces.read(local.removeprefix(BOUNCE_TO))
            return _place(Use.BOUNCE, domain, ref)
        if local.startswith(UNSUBSCRIBE_TO):
            ref = self._unsubscribes.read(local.removeprefix(UNSUBSCRIBE_TO))
            return _place(Use.UNSUBSCRIBE, domain, ref)
        return UNKNOWN

    def check_address(self, check: int, domain: str) -> str:
        """The return path of a loop check: no campaign has the number 0."""
        return f"{BOUNCE_TO}{self._bounces.mail(0, check)}@{domain}"


def _place(use: Use, domain: str, ref: MessageRef | None) -> Place | Nowhere:
    if ref is None:
        return FORGED
    if use is Use.BOUNCE and ref.campaign == 0:
        use = Use.CHECK
    return Place(use=use, domain=domain, ref=ref)
