"""Write hits by the SQL of this room, in one transaction a batch. Never labels a hit."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.backends.utils import CursorWrapper

from sendoff.lib import sqlfile
from sendoff.tracking import hits
from sendoff.tracking.recorder import StoreAway

_SQL = sqlfile.load(Path(__file__).with_name("queries.sql"))
_FIRSTS = {
    hits.OPEN: "first_open",
    hits.CLICK: "first_click",
    hits.UNSUBSCRIBE: "first_unsubscribe",
}
_AWAY = (OperationalError, InterfaceError)  # locked, full, not reachable: worth another try


def write(batch: Sequence[hits.Hit]) -> None:
    """Write a batch in one transaction, whole or not at all; StoreAway if the database is."""
    try:
        with transaction.atomic():
            insert(batch)
    except _AWAY as error:
        connection.close()  # the next try starts with a fresh one
        raise StoreAway(str(error)) from error


@contextmanager
def reachable() -> Iterator[None]:
    """Django's connection for a thread that Django does not look after; StoreAway if it fails."""
    close_old_connections()
    try:
        yield
    except _AWAY as error:
        raise StoreAway(str(error)) from error
    finally:
        close_old_connections()


def insert(batch: Sequence[hits.Hit]) -> None:
    """Write a batch inside the caller's transaction: hits, engagements and tallies together."""
    sums = hits.add_up(batch)
    with connection.cursor() as cursor:
        cursor.executemany(_SQL["insert_hit"], [_storable(hit) for hit in batch])
        if sums.messages:
            rows = [(*m, sums.opens[m], sums.clicks[m]) for m in sums.messages]
            cursor.executemany(_SQL["add_to_engagement"], rows)
        fresh = {kind: _mark_firsts(cursor, kind, sums.firsts[kind]) for kind in hits.KINDS}
        tally = [(c, *(fresh[kind][c] for kind in hits.KINDS), n) for c, n in sums.hits.items()]
        cursor.executemany(_SQL["add_to_tally"], sorted(tally))


def messages_after(campaign: int, seq: int, *, limit: int) -> list[hits.Message]:
    """The next messages that have hits, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["messages_after"], (campaign, campaign, seq, limit))
        return [(found[0], found[1]) for found in cursor.fetchall()]


def label_alone() -> None:
    """Keep others who label waiting until the caller's transaction ends; SQLite does so anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_SQL["label_alone"])


def put_labels(rows: Sequence[tuple[str, str, int]]) -> None:
    """Write labels, rules and the ids of their hits; inside the caller's transaction."""
    _many("put_label", rows)


def put_sums(
    *,
    engagements: Sequence[tuple[str, str, int, int]],
    providers: Sequence[tuple[int, str, str, str, int]],
    readers: Sequence[tuple[int, str, str, int, int]],
) -> None:
    """Move the sums by label; inside the caller's transaction."""
    _many("put_labels_of_message", engagements)
    _many("add_to_label_tally", providers)
    _many("add_to_reader", readers)


def _many(name: str, rows: Sequence[tuple[str | int, ...]]) -> None:
    if rows:  # Django would send the statement with its parameters unconverted
        with connection.cursor() as cursor:
            cursor.executemany(_SQL[name], rows)


def _mark_firsts(cursor: CursorWrapper, kind: str, firsts: dict[hits.Message, int]) -> Counter[int]:
    # Compare-and-set: the rows changed are the messages that did this for the first time ever,
    # whatever other processes write at the same moment.
    fresh: Counter[int] = Counter()
    for campaign, rows in hits.by_campaign(firsts).items():
        cursor.executemany(_SQL[_FIRSTS[kind]], rows)
        fresh[campaign] = cursor.rowcount
    return fresh


def _storable(hit: hits.Hit) -> hits.Hit:
    # PostgreSQL has no NUL in text, and one odd header must not hold up its whole batch.
    if hit.user_agent.isprintable():
        return hit
    return hit._replace(
        user_agent=hit.user_agent.encode("ascii", "replace").decode().replace("\0", "?")
    )
