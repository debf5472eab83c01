"""Count the replies that no rule knows, by shape and day. It never says what one means.

The clerk reads them from the attempts, so that a message costs its worker nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Greatest

from sendoff.lib import clock
from sendoff.mail import shapes
from sendoff.outbox import sql
from sendoff.outbox.models import UnmatchedReply

SETTLED_AFTER_MS = 60_000  # an attempt that ended so long ago is in the books, unless its host died
AT_ONCE = 2_000
MAX_SAMPLE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmatchedRow:
    """One shape on one day; `sample` is the first reply seen, its addresses masked."""

    day: date
    shape: str
    provider: str
    stage: str
    count: int
    sample: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Met:
    workspace_id: int
    day: date
    shape: str
    provider: str
    stage: str
    ended_ms: int
    reply: str

    @property
    def alike(self) -> tuple[object, ...]:
        return (self.workspace_id, self.day, self.shape, self.provider, self.stage)


def count_unmatched() -> int:
    """Count what was settled since the last time; how many replies. For one process at a time."""
    until = clock.now_ms() - SETTLED_AFTER_MS
    with transaction.atomic():
        mark = UnmatchedReply.objects.aggregate(newest=Max("last_ms"))["newest"] or 0
        found = sql.rows("unmatched", mark=mark, until=until, limit=AT_ONCE)
        if len(found) == AT_ONCE:  # those that ended in the same millisecond belong together
            found = sql.rows("unmatched", mark=mark, until=found[-1][-1], limit=10 * AT_ONCE)
        for alike in _alike(found):
            _add(alike)
    return len(found)


def unmatched(since: date, workspace_id: int | None = None) -> list[UnmatchedRow]:
    """Shapes by day from `since` on, newest day and most frequent first; None: all workspaces."""
    found = UnmatchedReply.objects.filter(day__gte=since)
    if workspace_id is not None:
        found = found.filter(workspace_id=workspace_id)
    return [
        UnmatchedRow(
            day=row.day,
            shape=row.shape,
            provider=row.provider,
            stage=row.stage,
            count=row.count,
            sample=row.sample,
        )
        for row in found.order_by("-day", "-count", "shape")
    ]


def _alike(found: Iterable[tuple[int, str, str, str, int]]) -> list[list[_Met]]:
    met = sorted(
        _Met(
            workspace_id=workspace_id,
            day=clock.at(ended_ms).date(),
            shape=shapes.shape(reply),
            provider=provider,
            stage=stage,
            ended_ms=ended_ms,
            reply=reply,
        )
        for workspace_id, provider, stage, reply, ended_ms in found
    )
    return [list(group) for _, group in groupby(met, attrgetter("alike"))]


def _add(met: list[_Met]) -> None:
    first, last = met[0], met[-1]
    row, new = UnmatchedReply.objects.get_or_create(
        workspace_id=first.workspace_id,
        day=first.day,
        shape=first.shape,
        provider=first.provider,
        stage=first.stage,
        defaults={
            "sample": shapes.redacted(first.reply)[:MAX_SAMPLE],
            "count": len(met),
            "last_ms": last.ended_ms,
        },
    )
    if not new:
        UnmatchedReply.objects.filter(pk=row.pk).update(
            count=F("count") + len(met), last_ms=Greatest("last_ms", last.ended_ms)
        )
