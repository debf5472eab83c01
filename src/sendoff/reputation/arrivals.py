"""Tell which reports arrived, newest first; forget what is old. It reads none."""

from dataclasses import dataclass

from django.db.models import Q

from sendoff.lib import clock
from sendoff.reputation.filing import DAY_MS
from sendoff.reputation.models import Failure, Report

SHOWN = 50
FORGET_AT_ONCE = 200
_KINDS = {"dmarc": "DMARC", "tls": "TLS", "failure": "one failure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One report as it was filed. `state`: counted, not_ours or unread; `problem`: why unread."""

    id: int
    kind: str
    org: str
    report_id: str
    domain: str
    begin_ms: int | None
    messages: int
    passed: int
    source: str
    received_ms: int
    problem: str
    state: str

    @property
    def words(self) -> str:
        """The kind as people say it."""
        return _KINDS.get(self.kind, self.kind)


def arrivals(
    workspace_id: int, *, before_id: int | None = None, limit: int = SHOWN
) -> list[Arrival]:
    """Reports of a workspace, and those that concern nobody here, newest first."""
    found = Report.objects.filter(Q(workspace_id=workspace_id) | Q(workspace_id=None))
    if before_id is not None:
        found = found.filter(pk__lt=before_id)
    return [_arrival(row) for row in found.order_by("-id")[:limit]]


def arrival(workspace_id: int, report_id: int) -> Arrival | None:
    """One of them."""
    mine = Q(workspace_id=workspace_id) | Q(workspace_id=None)
    row = Report.objects.filter(mine, pk=report_id).first()
    return _arrival(row) if row else None


def failures(workspace_id: int, limit: int = SHOWN) -> list[Failure]:
    """Single messages that failed in our name, newest first."""
    found = Failure.objects.filter(workspace_id=workspace_id).select_related("report")
    return list(found.order_by("-id")[:limit])


def forget(days: int) -> int:
    """Forget reports that are older, with their rows; how many, a portion."""
    old = Report.objects.filter(received_ms__lt=clock.now_ms() - days * DAY_MS)
    ids = list(old.order_by("id").values_list("pk", flat=True)[:FORGET_AT_ONCE])
    if ids:
        Report.objects.filter(pk__in=ids).delete()
    return len(ids)


def _arrival(row: Report) -> Arrival:
    state = "unread" if row.problem else "counted" if row.workspace_id else "not_ours"
    names = [name for name in Arrival.__slots__ if name != "state"]
    return Arrival(**{name: getattr(row, name) for name in names}, state=state)
