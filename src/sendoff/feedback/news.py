"""Tell what came back since, for whoever asks again and again. Changes nothing."""

from dataclasses import dataclass

from sendoff.feedback.models import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that came back, of any workspace; ids grow with time."""

    id: int
    workspace_id: int
    campaign_id: int | None
    seq: int | None
    contact_id: int | None
    email: str
    kind: str
    source: str
    category: str
    fault: str
    status: str
    text: str
    rule: str
    effect: str
    at_ms: int
    first: bool


def newest_event() -> int:
    """The id of the newest event; 0 before the first."""
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def events_after(event_id: int, limit: int) -> list[Told]:
    """Events with a greater id, in order."""
    rows = Event.objects.filter(pk__gt=event_id).order_by("id")[:limit]
    return [Told(**{name: getattr(row, name) for name in Told.__slots__}) for row in rows]
