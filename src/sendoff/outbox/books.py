"""The books: what the counters say, and the proof that the rows say the same. Changes nothing."""

from dataclasses import dataclass

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.outbox import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """audience = accepted + refused + skipped + waiting + unknown; the audience counted apart."""

    audience: int
    planned: int
    accepted: int
    refused: int
    skipped: int
    waiting: int
    unknown: int
    balanced: bool
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many messages of a campaign stand alike."""

    provider: str
    state: str
    stage: str
    fault: str
    category: str
    tls: str
    count: int


def books(campaign_id: int) -> Books:
    """The books of a campaign now. While rows are written, those to come count as waiting."""
    audience = campaigns.get(campaign_id).audience or 0
    counted = {state: int(n) for state, n in sql.rows("books", campaign=campaign_id)}
    planned = counted.pop("planned", 0)
    to_come = 0 if counted.pop("complete", 0) else audience - planned
    waiting = counted.get("waiting", 0) + to_come
    total = sum(counted.values()) + to_come
    return Books(
        audience=audience,
        planned=planned,
        accepted=counted.get("accepted", 0),
        refused=counted.get("refused", 0),
        skipped=counted.get("skipped", 0),
        waiting=waiting,
        unknown=counted.get("unknown", 0),
        balanced=total == audience and to_come >= 0,
        at_ms=clock.now_ms(),
    )


def proof(campaign_id: int) -> list[str]:
    """Every place where counters and rows differ, in words; empty proves the books."""
    return [
        f"{state} at {stage} ({provider or 'no provider'}, {category or 'no category'}):"
        f" {counted} rows, {booked} in the books"
        for provider, state, stage, _, category, _, counted, booked in sql.rows(
            "proof", campaign=campaign_id
        )
    ]


def tallies(campaign_id: int) -> list[Tally]:
    """All counters of a campaign that are not zero."""
    return [
        Tally(provider=p, state=s, stage=g, fault=f, category=c, tls=t, count=n)
        for p, s, g, f, c, t, n in sql.rows("tallies", campaign=campaign_id)
    ]
