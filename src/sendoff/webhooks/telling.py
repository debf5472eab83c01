"""Tell what was told: deliveries and their tries, for pages and programs; and send one again."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from sendoff.lib import clock
from sendoff.lib.config import config
from sendoff.webhooks import endpoints, happening, posting
from sendoff.webhooks.models import Delivery, Try
from sendoff.webhooks.targets import WebhookError
from sendoff.webhooks.wire import Wire

_ALONE_MS = 60_000  # for as long the clerk leaves alone what a command sends itself


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRow:
    """One request. `status` None: no answer, and `said` is why; `ms` for all of it."""

    at_ms: int
    address: str
    status: int | None
    said: str
    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One event for one endpoint: waiting (until `due_ms`), taken or given_up; oldest try first."""

    id: int
    endpoint_id: int
    event_id: str
    kind: str
    at_ms: int
    state: str
    tries: int
    due_ms: int
    body: str
    log: tuple[TryRow, ...]


def deliveries(
    workspace_id: int,
    endpoint_id: int,
    *,
    state: str = "",
    before_id: int | None = None,
    limit: int = 50,
) -> list[DeliveryRow]:
    """What an endpoint was told, newest first; `before_id` pages on."""
    row = endpoints.find(workspace_id, endpoint_id)
    found = Delivery.objects.filter(endpoint=row)
    found = found.filter(state=state) if state else found
    found = found if before_id is None else found.filter(pk__lt=before_id)
    return [_row(each) for each in found.order_by("-id").prefetch_related("log")[:limit]]


def delivery(workspace_id: int, delivery_id: int) -> DeliveryRow:
    """One delivery. WebhookError where the workspace has no such."""
    return _row(_find(workspace_id, delivery_id))


def replay(workspace_id: int, delivery_id: int) -> DeliveryRow:
    """Send it again, now, with the same id and tries as if it were new."""
    row = _find(workspace_id, delivery_id)
    if not row.endpoint.enabled:
        raise WebhookError("This endpoint is switched off. Switch it on first.")
    row.state, row.tries, row.due_ms = Delivery.State.WAITING, 0, clock.now_ms()
    row.save(update_fields=["state", "tries", "due_ms"])
    return _row(row)


def ask_test(workspace_id: int, endpoint_id: int, after_ms: int = 0) -> DeliveryRow:
    """Put a test event into the line of an endpoint that is switched on; the clerk sends it."""
    row = endpoints.find(workspace_id, endpoint_id)
    if not row.enabled:
        raise WebhookError("This endpoint is switched off. Switch it on first.")
    happened, now = happening.test(uuid4().hex), clock.now_ms()
    made = Delivery.objects.create(
        workspace_id=workspace_id,
        endpoint=row,
        event_id=happened.event_id,
        kind=happened.kind,
        body=happened.body(),
        at_ms=happened.at_ms,
        made_ms=now,
        due_ms=now + after_ms,
    )
    return _row(made)


def test_now(workspace_id: int, endpoint_id: int) -> DeliveryRow:
    """Send a test event from this process and wait for the answer, 15 seconds at most."""
    asked = ask_test(workspace_id, endpoint_id, _ALONE_MS)
    row = Delivery.objects.select_related("endpoint").get(pk=asked.id)
    for letter in posting.letters_of(row.endpoint, [row]):
        posting.record([asyncio.run(posting.tell(Wire(config()), letter))])
    return delivery(workspace_id, asked.id)


def _find(workspace_id: int, delivery_id: int) -> Delivery:
    rows = Delivery.objects.filter(workspace_id=workspace_id, pk=delivery_id)
    found = rows.select_related("endpoint").first()
    if found is None:
        raise WebhookError(f"There is no delivery {delivery_id}. See sendoff webhook log.")
    return found


def _row(row: Delivery) -> DeliveryRow:
    same = [name for name in DeliveryRow.__slots__ if name not in ("id", "log")]
    tries = sorted(row.log.all(), key=lambda each: each.pk)
    return DeliveryRow(
        id=row.pk, log=tuple(map(_try, tries)), **{name: getattr(row, name) for name in same}
    )


def _try(row: Try) -> TryRow:
    return TryRow(**{name: getattr(row, name) for name in TryRow.__slots__})
