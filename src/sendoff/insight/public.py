"""The door of insight: what became of a campaign and of each message. It only reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sendoff.insight import journey as _journey
from sendoff.insight import logbook as _logbook
from sendoff.insight import picture as _picture
from sendoff.insight import sources as _sources
from sendoff.insight import summary as _summary
from sendoff.insight import unmatched as _unmatched
from sendoff.insight import waiting as _waiting
from sendoff.lib import clock
from sendoff.outbox import public as outbox

__all__ = [
    "LOGS",
    "Health",
    "LogWanted",
    "Unknown",
    "campaign_summary",
    "health",
    "journey",
    "journeys",
    "log",
    "source_advice",
    "sources",
    "trace",
    "unmatched",
]

LOGS = tuple(_logbook.LOGS)
LogWanted = _logbook.Wanted
Unknown = _unmatched.Unknown
unmatched = _unmatched.unmatched


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether mail can leave the house, in one word and one sentence."""

    ok: bool
    word: str
    sentence: str


def campaign_summary(campaign_id: int) -> dict[str, Any]:
    """One campaign in the shape of `campaign show` (interfaces); raises where there is none."""
    return _summary.summary(_picture.read(campaign_id))


def journey(campaign_id: int, seq: int) -> dict[str, Any] | None:
    """One message in the shape of a `trace` line; None where there is no such message."""
    return _journey.journey(campaign_id, seq)


def trace(who: str, campaign: int | None = None) -> Iterator[dict[str, Any]]:
    """A `trace` line for each message of an address, a Message-ID or a number as 12.345."""
    return _journey.trace(who, campaign)


def journeys(campaign_id: int) -> Iterator[dict[str, Any]]:
    """A `trace` line for every message of a campaign, in order of their number."""
    return _journey.journeys(campaign_id)


def sources(workspace_id: int) -> list[dict[str, Any]]:
    """Every server: what it may send, has sent, how warm it is, and whether it is well."""
    return _sources.sources(workspace_id)


def source_advice(workspace_id: int) -> dict[str, Any]:
    """Shared or dedicated addresses, by the sender's own volume and cadence, with the numbers."""
    return _sources.source_advice(workspace_id)


def log(workspace_id: int, name: str, wanted: LogWanted) -> Iterator[dict[str, Any]]:
    """The lines of `sendoff log`, newest first: attempts, bounces, feedback or hits."""
    return (entry.document() for entry in _logbook.entries(workspace_id, name, wanted))


def health() -> Health:
    """Whether workers are alive."""
    alive = _picture.workers_alive()
    if not alive:
        seen = _waiting.no_worker(outbox.last_sign_ms(), clock.now_ms())
        sentence = f"Nothing is being sent: {seen}. {_waiting.START}"
        return Health(ok=False, word="No worker", sentence=sentence)
    people = "worker is" if alive == 1 else "workers are"
    return Health(ok=True, word="Sending works", sentence=f"{alive} {people} running.")
