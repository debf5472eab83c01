"""Store mails before they are answered for: many in one transaction. It never looks inside one."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import F

from sendoff.feedback.models import InboundCount, InboundMail
from sendoff.lib import clock

AT_ONCE = 200
BYTES_AT_ONCE = 32 * 1024 * 1024
DAY_MS = 86_400_000

#: SQLite has one writer, and lets whoever comes often go first: the threads of this process take
#: turns, so that reading what came never keeps what comes from being stored.
TURN = threading.Lock()

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One mail with its envelope. `place` names it where it was fetched from."""

    source: str
    peer: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    place: str | None = None


def store(mails: Sequence[Arrived]) -> None:
    """Store them in one transaction, whole or not at all; a place that is known is left out."""
    now = clock.now_ms()
    rows = [
        InboundMail(
            source=mail.source,
            peer=mail.peer[:100],
            sender=_plain(mail.sender)[:320],
            recipients=[_plain(address)[:320] for address in mail.recipients],
            size=len(mail.content),
            content=mail.content,
            received_ms=now,
            place=mail.place,
        )
        for mail in mails
    ]
    with TURN, transaction.atomic():
        InboundMail.objects.bulk_create(rows, ignore_conflicts=True)
        count("stored", len(rows))


def count(what: str, number: int = 1) -> None:
    """Add to the count of a day."""
    day = clock.now_ms() // DAY_MS
    row, _ = InboundCount.objects.get_or_create(day=day, what=what)
    InboundCount.objects.filter(pk=row.pk).update(count=F("count") + number)


@dataclass(slots=True)
class Intake:
    """Gathers what arrives while the last transaction is written. For one event loop."""

    thread: Executor
    write: Callable[[Sequence[Arrived]], None] = store
    _waiting: list[tuple[Arrived, asyncio.Future[bool]]] = field(default_factory=list)
    _some: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self, mail: Arrived) -> bool:
        """Whether the mail is stored now; False where the database is away or full."""
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((mail, stored))
        self._some.set()
        return await stored

    async def run(self) -> None:
        """Store what comes, until cancelled."""
        while True:
            await self._some.wait()
            batch = self._next()
            done = await asyncio.get_running_loop().run_in_executor(
                self.thread, self._write, [mail for mail, _ in batch]
            )
            for _, stored in batch:
                if not stored.done():  # its connection may have been cut meanwhile
                    stored.set_result(done)

    def _next(self) -> list[tuple[Arrived, asyncio.Future[bool]]]:
        batch: list[tuple[Arrived, asyncio.Future[bool]]] = []
        size = 0
        while self._waiting and len(batch) < AT_ONCE and size < BYTES_AT_ONCE:
            batch.append(self._waiting.pop(0))
            size += len(batch[-1][0].content)
        if not self._waiting:
            self._some.clear()
        return batch

    def _write(self, mails: list[Arrived]) -> bool:
        close_old_connections()
        try:
            self.write(mails)
        except DatabaseError as error:
            log.warning("mail can not be stored now", mails=len(mails), why=str(error))
            return False
        return True


def _plain(text: str) -> str:
    """As any database takes it."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
