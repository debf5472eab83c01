"""Ask blocklists about subjects, each only after it proved that it works. It keeps nothing.

A question that gets no answer, a list that fails its own test and an answer that is an error all
end the same way: we don't know, because ….
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import dns.exception
import dns.name

from sendoff.reputation.zones import State, Verdict, ZoneRule, kind_of, question
from sendoff.smtp.lookup import Lookup, Status

AT_ONCE = 10  # questions; lists count how many they get
PATIENCE_S = 8.0  # for one question


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one list says of one subject."""

    subject: str
    zone: str  # the rule's id
    verdict: Verdict


class _Line:
    """The way to the name server, a few questions at a time."""

    def __init__(self, nameserver: str, patience_s: float) -> None:
        self._lookup = Lookup(nameserver, patience_s)
        self._places = asyncio.Semaphore(AT_ONCE)

    async def ask(self, zone: ZoneRule, subject: str) -> Verdict:
        try:
            name = dns.name.from_text(question(subject, zone.zone))
        except (dns.exception.DNSException, UnicodeError):
            return Verdict(state=State.UNKNOWN, why="its name is too long to be asked about")
        async with self._places:
            answer = await self._lookup.ask(name, "A")
        if answer.status is Status.FAILED:
            return Verdict(state=State.UNKNOWN, why=f"{zone.name} gave no answer: {answer.said}")
        return zone.read(tuple(sorted(answer.addresses)))


async def ask(
    zones: Collection[ZoneRule],
    subjects: Collection[str],
    nameserver: str = "",
    patience_s: float = PATIENCE_S,
) -> list[Asked]:
    """What every list says of every subject it lists the kind of. `nameserver`: address:port."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for subject in subjects:
        by_kind[kind_of(subject)].append(subject)
    line = _Line(nameserver, patience_s)
    groups = await asyncio.gather(
        *(
            _group(line, zone, kind, by_kind[kind])
            for zone in zones
            for kind in zone.lists
            if by_kind[kind]
        )
    )
    return [asked for group in groups for asked in group]


async def _group(line: _Line, zone: ZoneRule, kind: str, subjects: list[str]) -> list[Asked]:
    broken = await _why_broken(line, zone, kind)
    if broken:
        verdicts = [Verdict(state=State.UNKNOWN, why=broken) for _ in subjects]
    else:
        verdicts = await asyncio.gather(*(line.ask(zone, subject) for subject in subjects))
    return [
        Asked(subject=subject, zone=zone.id, verdict=verdict)
        for subject, verdict in zip(subjects, verdicts, strict=True)
    ]


async def _why_broken(line: _Line, zone: ZoneRule, kind: str) -> str:
    """Why nothing that a list says counts now; "" where it lists what it must and no more."""
    must, must_not = zone.tests(kind)
    listed, clean = await asyncio.gather(line.ask(zone, must), line.ask(zone, must_not))
    for verdict in (listed, clean):
        if verdict.state is State.UNKNOWN:
            return verdict.why
    if listed.state is not State.LISTED:
        return f"{zone.name} does not list its own test entry {must}, so it seems not to work"
    if clean.state is State.LISTED:
        return f"{zone.name} lists {must_not} too, so it seems to list the whole world"
    return ""
