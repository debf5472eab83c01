"""Which blocklists are asked, and what each of their answers means. Pure: it asks nobody."""

import functools
import ipaddress
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from sendoff.lib import rules
from sendoff.lib.errors import PlainError

KINDS = ("ip4", "ip6", "domain")
_KNOWN = "known"
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_NEVER = re.compile(r"127\.255\.255\.\d+|127\.0\.0\.1")  # what no list means as a listing


class State(StrEnum):
    """What is known of one address or domain in one list."""

    LISTED = "listed"
    CLEAN = "clean"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A state and, where it is not clean, why in a sentence. `codes`: the answers as they came."""

    state: State
    why: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ZoneRule(rules.Rule):
    """One list: where it is asked, about what, and what its answers mean."""

    name: str
    zone: str
    lists: tuple[str, ...]
    codes: tuple[tuple[str, str], ...] = ()  # empty: any answer in 127.0.0.0/8 lists
    errors: tuple[tuple[str, str], ...] = ()
    bits: bool = False
    test_listed: str = ""
    enabled: bool = True
    slow: bool = False
    delist: str = ""
    terms: str = ""

    def matches_sample(self, text: str) -> bool:
        return self.read((text,)).state is State.LISTED

    def read(self, answers: tuple[str, ...]) -> Verdict:
        """What the addresses mean that it answered with; none means that it lists nothing."""
        if not answers:
            return Verdict(state=State.CLEAN)
        for answer in answers:
            if trouble := self._trouble(answer):
                return Verdict(state=State.UNKNOWN, why=trouble, codes=answers)
        meanings = dict.fromkeys(m for answer in answers for m in self._meanings(answer))
        if not meanings:
            why = f"{self.name} answers {', '.join(answers)}, which means nothing that is known"
            return Verdict(state=State.UNKNOWN, why=why, codes=answers)
        return Verdict(state=State.LISTED, why="; ".join(meanings), codes=answers)

    def _trouble(self, answer: str) -> str:
        if named := dict(self.errors).get(answer):
            return named
        if _NEVER.fullmatch(answer) and answer not in dict(self.codes):
            return f"{self.name} answers {answer}, which is an error and no listing"
        if not answer.startswith("127."):
            return f"{self.name} answers {answer}, as a zone does that was given up or taken over"
        return ""

    def _meanings(self, answer: str) -> list[str]:
        if not self.codes:
            return [f"listed ({answer})"]
        if not self.bits:
            return [meaning for code, meaning in self.codes if code == answer]
        octet = int(answer.rpartition(".")[2])
        return [meaning for bit, meaning in self.codes if octet & int(bit)]

    def tests(self, kind: str) -> tuple[str, str]:
        """What the list must and must not list, if it works (RFC 5782 5)."""
        if kind == "ip4":
            return "127.0.0.2", "127.0.0.1"
        if kind == "ip6":
            return "::ffff:127.0.0.2", "::ffff:127.0.0.1"
        return self.test_listed or "test", "invalid"

    def delist_link(self, subject: str) -> str:
        """Where its owner asks to be taken out; "" where nothing is known."""
        return self.delist.replace("{subject}", subject)


def question(subject: str, zone: str) -> str:
    """The name that asks a list about an address or a domain (RFC 5782 2.1, 2.4)."""
    try:
        address = ipaddress.ip_address(subject)
    except ValueError:
        return f"{subject}.{zone}"
    if isinstance(address, ipaddress.IPv4Address):
        return f"{'.'.join(reversed(subject.split('.')))}.{zone}"
    return f"{'.'.join(reversed(address.exploded.replace(':', '')))}.{zone}"


def kind_of(subject: str) -> str:
    """ip4, ip6 or domain."""
    try:
        return f"ip{ipaddress.ip_address(subject).version}"
    except ValueError:
        return "domain"


def chosen(setting: str) -> tuple[ZoneRule, ...]:
    """The lists that a setting asks for: `known` and ids, `-id` to leave one out, own zones.

    PlainError says which word it cannot read.
    """
    found: dict[str, ZoneRule] = {}
    for word in filter(None, (each.strip() for each in setting.lower().split(","))):
        if word == _KNOWN:
            found |= {rule.id: rule for rule in known() if rule.enabled}
        elif word.startswith("-") and word[1:] in _by_id():
            found.pop(word[1:], None)
        elif word in _by_id():
            found[word] = _by_id()[word]
        else:
            own = _own(word)
            found[own.id] = own
    return tuple(found.values())


def find(zone_id: str) -> ZoneRule | None:
    """A known list by its id."""
    return _by_id().get(zone_id)


@functools.cache
def known() -> tuple[ZoneRule, ...]:
    """Every list of blocklists.toml."""
    return rules.load(Path(__file__).with_name("blocklists.toml"), ZoneRule)


@functools.cache
def _by_id() -> dict[str, ZoneRule]:
    return {rule.id: rule for rule in known()}


def _own(word: str) -> ZoneRule:
    """A list of the operator's own, as `bl.shop.example:ip`, `…:ip:slow` or `…:domain`."""
    zone, _, kind = word.partition(":")
    if not _NAME.fullmatch(zone) or kind not in ("ip", "ip:slow", "domain"):
        names = ", ".join(_by_id())
        raise PlainError(
            f"SENDOFF_BLOCKLISTS: “{word}” is none of known, {names}, and no zone of your own such"
            " as bl.shop.example:ip or bl.shop.example:domain."
        )
    return ZoneRule(
        id=zone,
        scope="domains" if kind == "domain" else "addresses",
        decides="A list of your own",
        sample=(),
        not_sample=(),
        source="SENDOFF_BLOCKLISTS",
        checked=date.min,
        name=zone,
        zone=zone,
        lists=("domain",) if kind == "domain" else ("ip4", "ip6"),
        slow=kind == "ip:slow",
    )
