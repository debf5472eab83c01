"""Read which messages ended by their recipient's fault, and how a person's last ones ended.

It decides nothing: feedback asks, and acts.
"""

from dataclasses import dataclass

from sendoff.outbox import sql
from sendoff.outbox.models import Message

_FOR_EVER = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Blamed:
    """The attempt that ended a message by the recipient's fault; `code` is None without a reply."""

    campaign_id: int
    seq: int
    n: int
    workspace_id: int
    contact_id: int
    provider: str
    stage: str
    category: str
    code: int | None
    enhanced: str
    reply: str
    ended_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose message it is."""

    campaign_id: int
    seq: int
    workspace_id: int
    contact_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How one message to a person ended: accepted, refused or unknown."""

    campaign_id: int
    seq: int
    state: str
    fault: str
    category: str


def blamed(after_ms: int, limit: int) -> list[Blamed]:
    """Attempts that ended after a moment, oldest first; all of a millisecond or none of it."""
    found = sql.rows("recipient_faults", mark=after_ms, until=_FOR_EVER, limit=limit)
    if len(found) == limit:
        found = sql.rows("recipient_faults", mark=after_ms, until=found[-1][-1], limit=_FOR_EVER)
    return [Blamed(**dict(zip(Blamed.__slots__, row, strict=True))) for row in found]


def subject(campaign_id: int, seq: int) -> Subject | None:
    """Whose message a number names; None where there is none."""
    row = Message.objects.filter(campaign_id=campaign_id, seq=seq)
    names = ("campaign_id", "seq", "workspace_id", "contact_id")
    found = row.values_list(*names).first()
    return Subject(**dict(zip(names, found, strict=True))) if found else None


def last_sent(contact_id: int, limit: int) -> list[Sent]:
    """The last messages to a person that ended, newest first."""
    names = tuple(Sent.__slots__)
    rows = Message.objects.filter(contact_id=contact_id, settled_ms__isnull=False)
    rows = rows.exclude(state="skipped").order_by("-settled_ms", "-campaign_id")
    return [Sent(**dict(zip(names, r, strict=True))) for r in rows.values_list(*names)[:limit]]
