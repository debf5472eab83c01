"""Write and count hits by the SQL of this room. It decides nothing about them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.backends.utils import CursorWrapper

from sendoff.lib import sqlfile
from sendoff.tracking import hits, labels
from sendoff.tracking.recorder import StoreAway

_SQL = sqlfile.load(Path(__file__).with_name("queries.sql"))
TOGETHER = 50  # rows of one statement: fewer turns for the lock that the web's threads share
_INSERT, _, _ROW = _SQL["put_hit"].partition("VALUES ")
_PUT_HITS = f"{_INSERT}VALUES {', '.join([_ROW] * TOGETHER)}"
_FIRSTS = {
    hits.OPEN: "first_open",
    hits.CLICK: "first_click",
    hits.UNSUBSCRIBE: "first_unsubscribe",
}
FRESH = 20_000  # counted one by one at most, while nobody labels: some milliseconds
_AWAY = (OperationalError, InterfaceError)  # locked, full, not reachable: worth another try


def write(batch: Sequence[hits.Hit]) -> None:
    """Write a batch in one transaction, whole or not at all; StoreAway if the database is.

    Nothing is counted here: a hit costs the web process one row (`labelling` does the rest).
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            rows = [_storable(hit) for hit in batch]
            whole = len(rows) - len(rows) % TOGETHER
            if whole:  # all at once: Django reads a statement through each time it is executed
                together = (rows[at : at + TOGETHER] for at in range(0, whole, TOGETHER))
                cursor.executemany(_PUT_HITS, [[*chain.from_iterable(each)] for each in together])
            if whole < len(rows):
                cursor.executemany(_SQL["put_hit"], rows[whole:])
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


def opt_out(hit: hits.Hit) -> None:
    """Write and count an unsubscribe inside the caller's transaction: it shows at once."""
    label = labels.label(labels.Asked(kind=hit.kind, user_agent=hit.user_agent))
    with connection.cursor() as cursor:
        cursor.execute(_SQL["put_opt_out"], (*_storable(hit), label.label, label.rule))
    count(hits.add_up([hit]))


def count(sums: hits.Sums) -> None:
    """Add what hits brought back to engagements and tallies; inside the caller's transaction."""
    with connection.cursor() as cursor:
        if sums.messages:
            rows = [(*m, sums.opens[m], sums.clicks[m]) for m in sums.messages]
            cursor.executemany(_SQL["add_to_engagement"], rows)
        fresh = {kind: _mark_firsts(cursor, kind, sums.firsts[kind]) for kind in hits.KINDS}
    opened, clicked, unsubscribed = (fresh[kind] for kind in hits.KINDS)
    add_to_tallies([(c, opened[c], clicked[c], unsubscribed[c], n) for c, n in sums.hits.items()])


def add_to_tallies(rows: Sequence[tuple[int, int, int, int, int]]) -> None:
    """Move campaigns' counts: messages opened, clicked, unsubscribed, and hits."""
    _many("add_to_tally", sorted(rows))


def ripe(before_ms: int, *, limit: int) -> list[tuple[Any, ...]]:
    """Hits without a label that are older, in the columns of `surroundings.Stored`."""
    return _rows("ripe", before_ms, limit)


def fresh(campaign: int) -> dict[str, tuple[int, int]]:
    """Of a campaign's hits without a label, FRESH at most: messages and hits by kind."""
    return {kind: (messages, found) for kind, messages, found in _rows("fresh", campaign, FRESH)}


def messages_after(campaign: int, seq: int, *, limit: int) -> list[hits.Message]:
    """The next messages that have hits, in order."""
    return [
        (found[0], found[1]) for found in _rows("messages_after", campaign, campaign, seq, limit)
    ]


def forget(rows: Sequence[hits.Message]) -> None:
    """Take opens and clicks out of engagements; inside the caller's transaction."""
    _many("forget_counts", rows)


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


def _rows(name: str, *values: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], values)
        return list(cursor.fetchall())


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
