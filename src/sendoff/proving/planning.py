"""Decide what a check means after the one before: what changed, what to wait for, when to look.

Pure: no clock, no database, no DNS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sendoff.proving import judging
from sendoff.proving.found import Record

YOUNG_MS = 48 * 3_600_000  # after a domain was added: its owner is publishing records
SOON_MS = 5 * 60_000
OFTEN_MS = 3 * 24 * 3_600_000  # for so long it is looked at every five minutes while not ready
HOURLY_MS = 3_600_000
_ABSENT = ("missing", "pending")

Key = tuple[str, str]  # kind and host


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A record is found otherwise than before. `before` is the verdict until then."""

    before: str
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The check before: when it was, and what it found."""

    at_ms: int
    records: Sequence[Record]


def by_key(records: Sequence[Record]) -> Mapping[Key, Record]:
    """Records by what they are."""
    return {(record.kind, record.host): record for record in records}


def waited_for(
    records: Sequence[Record], earlier: Earlier | None, added_ms: int, now_ms: int
) -> tuple[Record, ...]:
    """The records, of which those are pending that may be there and not be seen yet.

    That is so for a young domain where name servers between us and the zone were told by the check
    before that there is no such record, and may still repeat it.
    """
    if earlier is None or now_ms - added_ms > YOUNG_MS:
        return tuple(records)
    before = by_key(earlier.records)
    return tuple(_pending(record, before.get((record.kind, record.host))) for record in records)


def _pending(record: Record, before: Record | None) -> Record:
    absent = before is not None and before.verdict in _ABSENT
    if record.verdict != "missing" or not absent or record.repeated_s <= 0:
        return record
    minutes = max(1, round(record.repeated_s / 60))
    said = (
        f" If you published it just now: name servers may go on for {minutes}"
        f" {'minute' if minutes == 1 else 'minutes'} to say that it is not there."
    )
    return replace(record, verdict="pending", sentence=record.sentence + said)


def changes(before: Sequence[Record], after: Sequence[Record]) -> list[Change]:
    """What is found otherwise: only what was looked at both times."""
    known = by_key(before)
    pairs = [(known.get((each.kind, each.host)), each) for each in after]
    return [
        Change(before=old.verdict, record=new)
        for old, new in pairs
        if old is not None and _meaning(old) != _meaning(new)
    ]


def _meaning(record: Record) -> tuple[str, str]:
    verdict = "missing" if record.verdict in _ABSENT else record.verdict
    return verdict, record.rule if verdict == "wrong" else ""


def next_ms(records: Sequence[Record], added_ms: int, now_ms: int, hours: int) -> int:
    """When to look again: soon while mail cannot go out, else every so many hours."""
    if not judging.ready(records):
        return now_ms + (SOON_MS if now_ms - added_ms < OFTEN_MS else HOURLY_MS)
    return now_ms + hours * 3_600_000
