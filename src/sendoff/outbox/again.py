"""Take up messages that ended without being accepted, as a person decides. It never writes to
people who opted out or are suppressed, and never to anybody without such a decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.lib.errors import PlainError
from sendoff.mail.stages import STAGES, State
from sendoff.outbox import sql
from sendoff.outbox.models import UnknownDecision

LEAVE = "leave"
_SEND_AGAIN = "send again"


class RetryError(PlainError):
    """The campaign is in no state to be tried again; the message says why and what to do."""


class Only(StrEnum):
    """Which messages: refused for whatever reason, of unknown fate, or past their time-to-live."""

    REFUSED = "refused"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Only those that stopped like this; None or empty means any."""

    provider: str | None = None
    fault: str | None = None
    category: str | None = None
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """How many wait again, and how many stay: suppressed, opted out or deleted since."""

    moved: int
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """What a person decided about a campaign's messages: `choice` is LEAVE or a word of Only.

    Messages that were tried again then are queued since `at_ms`, to the millisecond.
    """

    choice: str
    messages: int
    by: str
    at_ms: int


def retry(
    campaign_id: int, only: Only, by: str, among: Among | None = None, *, dry_run: bool = False
) -> Retried:
    """Let such messages wait again, due now: same rows, Message-IDs and Dates, attempts counted on.

    Their time-to-live starts anew, and a campaign that was Done goes on. With `dry_run` it does the
    same and takes it back, so what it says is what would be done. RetryError: never sent, or over.
    """
    asked = _conditions(campaign_id, only, among or Among())
    with transaction.atomic():
        badge, now = _badge(campaign_id), clock.now_ms()
        matching = sql.rows("retry_count", **asked)[0][0]
        moved = sql.run("retry_mark", **asked)
        sql.run("retry_tally", campaign=campaign_id)
        sql.run("retry_messages", campaign=campaign_id, now=now)
        if moved:
            choice = _SEND_AGAIN if only is Only.UNKNOWN else only.value
            _record(campaign_id, choice, moved, by, now)
        if moved and badge == campaigns.Badge.DONE:
            why = f"{by} had {moved:,} tried again ({only.value})."
            campaigns.mark(campaign_id, campaigns.Badge.SENDING, why)
        transaction.set_rollback(dry_run)
    return Retried(moved=moved, left_out=matching - moved)


def leave(campaign_id: int, by: str) -> int:
    """Keep unknown messages as they are, and ask no more; says how many."""
    with transaction.atomic():
        moved = sql.rows("unknown_count", campaign=campaign_id)[0][0]
        _record(campaign_id, LEAVE, moved, by, clock.now_ms())
    return int(moved)


def left(campaign_id: int) -> int:
    """How many unknown messages a person decided to leave, if that was the last decision."""
    found = UnknownDecision.objects.filter(campaign_id=campaign_id)
    row = found.filter(choice__in=(LEAVE, _SEND_AGAIN)).order_by("pk").last()
    return row.messages if row and row.choice == LEAVE else 0


def decisions(campaign_id: int) -> list[DecisionRow]:
    """Every decision about a campaign's messages, first to last."""
    return [
        DecisionRow(
            choice=Only.UNKNOWN.value if row.choice == _SEND_AGAIN else row.choice,
            messages=row.messages,
            by=row.by,
            at_ms=row.at_ms,
        )
        for row in UnknownDecision.objects.filter(campaign_id=campaign_id).order_by("pk")
    ]


def _badge(campaign_id: int) -> str:
    campaign = campaigns.get(campaign_id)
    if campaign.badge == campaigns.Badge.DRAFT:
        raise RetryError(f"{campaign.name} was not sent yet; there is nothing to try again.")
    if campaign.badge == campaigns.Badge.CANCELLED:
        raise RetryError(
            f"{campaign.name} was cancelled, for good. Write it again as a new draft instead."
        )
    return campaign.badge


def _conditions(campaign_id: int, only: Only, among: Among) -> dict[str, object]:
    """Values of `retry_count` and `retry_mark`; * stands for any."""
    category = "expired_or_network" if only is Only.EXPIRED else among.category
    return {
        "campaign": campaign_id,
        "state": State.UNKNOWN.value if only is Only.UNKNOWN else State.REFUSED.value,
        "provider": "*" if among.provider is None else among.provider,
        "fault": "*" if among.fault is None else among.fault,
        "category": "*" if category is None else category,
        "stages": _listed(among.stages or [stage.name for stage in STAGES]),
    }


def _listed(words: Iterable[str]) -> str:
    """Words so that a statement finds one of them: ",rcpt,data,"."""
    return f",{','.join(words)},"


def _record(campaign_id: int, choice: str, messages: int, by: str, at_ms: int) -> None:
    UnknownDecision.objects.create(
        campaign_id=campaign_id, choice=choice, messages=messages, by=by, at_ms=at_ms
    )
