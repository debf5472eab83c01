"""Read MTA-STS policies and say which hosts they let in (RFC 8461). Pure: it fetches nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_AGE_S = 31_557_600  # RFC 8461 3.2
REFRESH_MS = 24 * 3600 * 1000  # a policy whose id stays is read again this often (RFC 8461 3.3)
_RECORD = re.compile(r"v=STSv1\s*;\s*id=([A-Za-z0-9]{1,32})\s*(;|$)")
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)+", re.IGNORECASE)
_MODES = ("enforce", "testing", "none")


class PolicyError(ValueError):
    """A policy text is none; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a domain asks of those who send to it. `until_ms`: when it is forgotten (max_age)."""

    id: str
    mode: str  # enforce | testing | none
    mx: tuple[str, ...]
    fetched_ms: int
    until_ms: int

    def covers(self, host: str) -> bool:
        """Whether a pattern names the MX host; `*.` stands for exactly one label (4.1)."""
        name = host.rstrip(".").lower()
        parent = "*." + name.partition(".")[2]
        return any(pattern in (name, parent) for pattern in self.mx)

    @property
    def lines(self) -> tuple[str, ...]:
        """The policy as its text says it, for reports."""
        age_s = (self.until_ms - self.fetched_ms) // 1000
        hosts = (f"mx: {pattern}" for pattern in self.mx)
        return ("version: STSv1", f"mode: {self.mode}", *hosts, f"max_age: {age_s}")


def id_of(texts: Iterable[str]) -> str:
    """The policy id that the TXT records at `_mta-sts.` announce; "" where there is not one."""
    records = [text for text in texts if text.startswith("v=STSv1")]
    found = _RECORD.match(records[0]) if len(records) == 1 else None
    return found[1] if found else ""


def parse(text: str, policy_id: str, now_ms: int) -> Policy:
    """A policy from its text. PolicyError where it breaks the rules of RFC 8461 3.2."""
    pairs = [
        (key.strip(), value.strip())
        for key, _, value in (line.partition(":") for line in text.splitlines())
    ]
    first = dict(reversed(pairs))
    if not pairs or pairs[0] != ("version", "STSv1"):
        raise PolicyError("it does not begin with version: STSv1")
    mode, age = first.get("mode", ""), first.get("max_age", "")
    if mode not in _MODES:
        raise PolicyError(f"its mode must be one of {', '.join(_MODES)}")
    if not (age.isascii() and age.isdigit() and len(age) <= 10):
        raise PolicyError("its max_age is no number of seconds")
    hosts = tuple(value.lower().rstrip(".") for key, value in pairs if key == "mx")
    if mode != "none" and not (hosts and all(map(_HOST.fullmatch, hosts))):
        raise PolicyError("it names no mx host, or one that cannot be")
    until_ms = now_ms + min(int(age), MAX_AGE_S) * 1000
    return Policy(id=policy_id, mode=mode, mx=hosts, fetched_ms=now_ms, until_ms=until_ms)
