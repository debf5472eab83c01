"""Turn what happened into deliveries for those who chose it. It posts nothing, and loses nothing.

The mark and the rows of a page are written in one transaction, so whoever dies meanwhile has told
both or neither; what is read twice is one row, by the id of the event.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction

from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.webhooks import endpoints, sources, told
from sendoff.webhooks.happening import Happened
from sendoff.webhooks.models import Delivery, Mark

OVERLAP_MS = 10_000
OVERLAP_IDS = 500  # PostgreSQL gives ids before it shows the rows
LATE_MS = 3_600_000
_BY_NAME = {source.name: source for source in sources.SOURCES}


def pull() -> int:
    """Read on from every mark, a page each; how many pages were full."""
    marks = list(Mark.objects.order_by("name"))
    if not marks and not outbox.any_news():
        return 0
    wanted = endpoints.subscriptions()
    return _messages(wanted) + sum(_page(mark, wanted) for mark in marks)


def pull_late() -> int:
    """Look again at the last ids: a transaction that ended late showed some after others."""
    wanted, since_ms = endpoints.subscriptions(), clock.now_ms() - LATE_MS
    for mark in Mark.objects.order_by("name"):
        source = _BY_NAME[mark.name]
        if not source.by_moment:
            page = source.read(max(mark.start, mark.at - OVERLAP_IDS))
            _store((each for each in page.happened if each.at_ms > since_ms), wanted, again=True)
    return 0


def pull_attention() -> int:
    """Look what asks for a person now, if anybody wants to know; each is told once."""
    wanted = endpoints.subscriptions()
    if any("campaign.attention" in each.kinds for each in wanted):
        _store(sources.attention(), wanted)
    return 0


def _messages(wanted: Sequence[endpoints.Subscription]) -> int:
    if not outbox.any_news():
        return 0
    with transaction.atomic():
        news = outbox.take_news(sources.PAGE)
        kinds = frozenset(kind for each in wanted for kind in each.kinds)
        _store((told.message(each) for each in news if told.STATES[each.state] in kinds), wanted)
    return len(news) == sources.PAGE


def _page(mark: Mark, wanted: Sequence[endpoints.Subscription]) -> int:
    source = _BY_NAME[mark.name]
    after = max(mark.start, mark.at - OVERLAP_MS) if source.by_moment else mark.at
    page = source.read(after)
    if page.reaches <= mark.at and not page.happened:
        return 0
    with transaction.atomic():
        _store(page.happened, wanted, again=source.by_moment)
        Mark.objects.filter(pk=mark.pk, at__lt=page.reaches).update(at=page.reaches)
    return int(page.full)


def _store(
    happened: Iterable[Happened],
    wanted: Sequence[endpoints.Subscription],
    again: bool = False,
) -> None:
    """`again`: some may have been read before; who did not listen then is not told now."""
    rows = [
        _delivery(each, to)
        for each in happened
        for to in wanted
        if each.kind in to.kinds
        and each.workspace_id in (None, to.workspace_id)
        and not (again and each.at_ms < to.since_ms)
    ]
    rows.sort(key=lambda row: row.at_ms)
    for start in range(0, len(rows), sources.PAGE):
        _keep(rows[start : start + sources.PAGE])


def _keep(rows: Sequence[Delivery]) -> None:
    """Write those that are news; nothing is written, nor a transaction begun, where none is."""
    known = set(
        Delivery.objects.filter(
            endpoint_id__in={row.endpoint_id for row in rows},
            event_id__in={row.event_id for row in rows},
        ).values_list("endpoint_id", "event_id")
    )
    fresh = [row for row in rows if (row.endpoint_id, row.event_id) not in known]
    if fresh:
        Delivery.objects.bulk_create(fresh, ignore_conflicts=True)


def _delivery(each: Happened, to: endpoints.Subscription) -> Delivery:
    now = clock.now_ms()
    return Delivery(
        workspace_id=to.workspace_id,
        endpoint_id=to.endpoint,
        event_id=each.event_id,
        kind=each.kind,
        body=each.body(),
        at_ms=each.at_ms,
        made_ms=now,
        due_ms=now,
    )
