"""Tell what happened to addresses and imports since, for whoever asks again. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from sendoff.audience import people
from sendoff.audience.models import Ground, Import
from sendoff.audience.values import ImportReport


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundNews:
    """A ground of any workspace, as `Ground` has it, and whose it is."""

    id: int
    workspace_id: int
    email: str
    reason: str
    evidence: str
    rule: str
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    ended_why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportNews:
    """An import of any workspace that ended, and how."""

    workspace_id: int
    report: ImportReport


def newest_ground() -> int:
    """The id of the newest ground; 0 before the first."""
    return Ground.objects.order_by("-id").values_list("id", flat=True).first() or 0


def grounds_after(ground_id: int, limit: int) -> list[GroundNews]:
    """Grounds with a greater id, in order."""
    rows = Ground.objects.filter(pk__gt=ground_id).order_by("id")
    return [_ground(row) for row in rows[:limit]]


def grounds_ended_after(moment: datetime, limit: int) -> list[GroundNews]:
    """Grounds that ended after a moment, oldest first."""
    rows = Ground.objects.filter(ended_at__gt=moment).order_by("ended_at", "id")
    return [_ground(row) for row in rows[:limit]]


def imports_ended_after(moment: datetime, limit: int) -> list[ImportNews]:
    """Imports that ended after a moment, oldest first."""
    rows = Import.objects.filter(finished_at__gt=moment).select_related("list")
    return [
        ImportNews(workspace_id=row.workspace_id, report=people.report(row))
        for row in rows.order_by("finished_at", "id")[:limit]
    ]


def _ground(row: Ground) -> GroundNews:
    return GroundNews(id=row.pk, **{n: getattr(row, n) for n in GroundNews.__slots__ if n != "id"})
