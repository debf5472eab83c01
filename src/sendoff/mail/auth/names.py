"""What the evaluators ask of DNS, and domain names in the form they are compared in. No I/O."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import idna

MAX_NAME = 253  # octets as text, RFC 1035 2.3.4
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"  # underscores occur in names of records
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)


class Status(Enum):
    """What kind an answer is. FAILED is for now: no answer, or the servers fail."""

    FOUND = "found"
    NODATA = "no such record"
    NXDOMAIN = "no such name"
    FAILED = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `values`: addresses, hosts (MX by preference) or texts, one character a byte.

    `repeated_s`: for how long name servers between us and the zone may go on to say this no.
    """

    status: Status
    values: tuple[str, ...] = ()
    said: str = ""
    repeated_s: float = 0.0


class Resolver(Protocol):
    """Answers questions to DNS; never raises for what DNS says."""

    async def ask(self, name: str, kind: str) -> Answer:
        """The records of a name. `kind`: TXT, A, AAAA, MX, PTR or CNAME."""


class Remembering:
    """Asks each question once; for the checks of one message, so that they see one world."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._answers: dict[tuple[str, str], Answer] = {}

    async def ask(self, name: str, kind: str) -> Answer:
        """The answer, the same for as long as this object lives."""
        key = name.lower().rstrip("."), kind
        if key not in self._answers:
            self._answers[key] = await self._resolver.ask(name, kind)
        return self._answers[key]


def normal(domain: str) -> str:
    """A domain in lower case and A-labels (RFC 5890), without a dot at the end; "" for none."""
    domain = domain.strip(" \t").removesuffix(".")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    return domain.lower()


def can_exist(domain: str) -> bool:
    """Whether DNS could hold the name at all; others are never asked for."""
    return len(domain) <= MAX_NAME and _NAME.fullmatch(domain) is not None


def within(domain: str, parent: str) -> bool:
    """Whether a domain is the other or below it; both as `normal` writes them."""
    return domain == parent or domain.endswith("." + parent)
