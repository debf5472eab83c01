"""Send what is due, without ever keeping its caller waiting: the network has a thread of its own.

The caller's thread has the database: it hands letters over and writes down how the last ones went.
An endpoint has its own few places in flight, so that one that hangs delays no other. Who dies with
letters in flight sends them again: at least once, with the same id.
"""

import asyncio
import queue
import threading
from collections import defaultdict
from collections.abc import Sequence

import structlog
from django.db import transaction

from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.lib.errors import PlainError
from sendoff.webhooks import endpoints, terms
from sendoff.webhooks.models import Delivery, Endpoint, Try
from sendoff.webhooks.wire import Letter, Tried, Wire

IN_FLIGHT = 4  # at once, to one endpoint
AHEAD = 100  # handed over, of one endpoint
KEPT_MS = 30 * 86_400_000
FORGET_AT_ONCE = 500

log = structlog.get_logger()


class Post:
    """The posting side of one process; its thread begins with the first letter."""

    def __init__(self, config: Config) -> None:
        self._line = _Line(config)
        self._away: dict[int, int] = {}  # delivery -> endpoint
        self._back: list[Tried] = []

    def tick(self) -> int:
        """Write down what came back and hand over what is due; how many letters went."""
        self._back += self._line.back()
        if self._back:
            record(self._back)  # a database that is away is asked again with all of them
            for tried in self._back:
                self._away.pop(tried.delivery, None)
            self._back = []
        letters = [letter for row in _open() for letter in self._due(row)]
        for letter in letters:
            self._away[letter.delivery] = letter.endpoint
            self._line.send(letter)
        return len(letters)

    def close(self) -> None:
        """End the thread. What is in flight is sent again by the next."""
        self._line.close()

    def _due(self, row: Endpoint) -> list[Letter]:
        mine = [delivery for delivery, endpoint in self._away.items() if endpoint == row.pk]
        if len(mine) >= AHEAD:
            return []
        due = Delivery.objects.filter(
            endpoint=row, state=Delivery.State.WAITING, due_ms__lte=clock.now_ms()
        )
        found = due.exclude(pk__in=mine).order_by("due_ms", "id")[: AHEAD - len(mine)]
        return letters_of(row, list(found))


class _Line:
    """The thread with the network. Letters go in, tries come out."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._results: queue.SimpleQueue[Tried] = queue.SimpleQueue()
        self._places: dict[int, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(IN_FLIGHT)
        )
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, letter: Letter) -> None:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._wire = Wire(self._config)
            self._thread = threading.Thread(
                target=self._loop.run_forever, name="webhooks", daemon=True
            )
            self._thread.start()
        asyncio.run_coroutine_threadsafe(self._post(letter), self._loop)

    def back(self) -> list[Tried]:
        found = []
        while not self._results.empty():
            found.append(self._results.get())
        return found

    def close(self) -> None:
        if loop := self._loop:
            asyncio.run_coroutine_threadsafe(_end(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()
            self._loop = None

    async def _post(self, letter: Letter) -> None:
        async with self._places[letter.endpoint]:
            self._results.put(await tell(self._wire, letter))


async def _end() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # their lines are let go of


async def tell(wire: Wire, letter: Letter) -> Tried:
    """One try; a fault of ours is a try that failed, told in the log, and keeps nobody waiting."""
    try:
        return await wire.tell(letter)
    except Exception:
        log.exception("a webhook could not be tried", delivery=letter.delivery)
        return Tried(
            delivery=letter.delivery,
            endpoint=letter.endpoint,
            at_ms=clock.now_ms(),
            address="",
            status=None,
            said="Sendoff itself failed; its log has the reason.",
            ms=0,
        )


def letters_of(row: Endpoint, deliveries: Sequence[Delivery]) -> list[Letter]:
    """Deliveries of an endpoint as the wire needs them; none where its secret does not open."""
    if not deliveries:
        return []
    try:
        secrets = endpoints.secrets_of(row)
    except PlainError as error:
        endpoints.switch(row.workspace_id, row.pk, False, str(error)[:300])
        return []
    return [
        Letter(
            delivery=each.pk,
            endpoint=row.pk,
            url=row.url,
            event_id=each.event_id,
            body=each.body.encode(),
            secrets=secrets,
        )
        for each in deliveries
    ]


def record(done: Sequence[Tried]) -> None:
    """Keep how tries went, and what follows; a delivery that was removed meanwhile is let go."""
    with transaction.atomic():
        for tried in done:
            _record(tried)


def _record(tried: Tried) -> None:
    row = Delivery.objects.select_related("endpoint").filter(pk=tried.delivery).first()
    if row is None:
        return
    Try.objects.create(
        delivery=row,
        at_ms=tried.at_ms,
        address=tried.address,
        status=tried.status,
        said=tried.said,
        ms=max(0, tried.ms),
    )
    endpoint, now = row.endpoint, clock.now_ms()
    failing = endpoint.failing_since_ms or now
    decided = terms.decide(tried.status, row.tries + 1, now, failing, tried.retry_after_s)
    row.state, row.due_ms, row.tries = decided.state, decided.due_ms, row.tries + 1
    row.save(update_fields=["state", "due_ms", "tries"])
    taken = decided.state == Delivery.State.TAKEN
    if taken != (endpoint.failing_since_ms is None):
        endpoint.failing_since_ms = None if taken else failing
        endpoint.save(update_fields=["failing_since_ms"])
    if decided.off_why and endpoint.enabled:
        log.warning("an endpoint is switched off", endpoint=endpoint.pk, why=decided.off_why)
        endpoints.switch(endpoint.workspace_id, endpoint.pk, False, decided.off_why)


def forget_old() -> int:
    """Forget what is older than a month, a portion; how many."""
    old = Delivery.objects.filter(made_ms__lt=clock.now_ms() - KEPT_MS)
    ids = list(old.order_by("made_ms").values_list("pk", flat=True)[:FORGET_AT_ONCE])
    if ids:
        Delivery.objects.filter(pk__in=ids).delete()
    return len(ids)


def _open() -> list[Endpoint]:
    return list(Endpoint.objects.filter(enabled=True).order_by("id"))
