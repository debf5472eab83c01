"""Run the named statements of queries.sql on Django's connection. Never builds SQL from values.

A line that begins with `-- postgresql:` is part of its statement there, and a comment to SQLite,
where a transaction is alone from its begin and has nothing to lock.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction

from sendoff.lib import clock, sqlfile

T = TypeVar("T")
QUERIES = sqlfile.load(Path(__file__).with_name("queries.sql"))
_ON_POSTGRESQL = {name: text.replace("-- postgresql: ", "") for name, text in QUERIES.items()}
_TRIES = 5
_IN_EACH_OTHERS_WAY = ("40P01", "40001")  # deadlock, serialization failure


def rows(name: str, **values: Any) -> list[tuple[Any, ...]]:
    """All rows a statement answers with."""
    with connection.cursor() as cursor:
        cursor.execute(_text(name), values)
        return list(cursor.fetchall())


def row(name: str, **values: Any) -> tuple[Any, ...] | None:
    """The first row, if any."""
    found = rows(name, **values)
    return found[0] if found else None


def run(name: str, **values: Any) -> int:
    """Execute and say how many rows changed."""
    with connection.cursor() as cursor:
        cursor.execute(_text(name), values)
        return int(cursor.rowcount)


def run_many(name: str, values: Sequence[Mapping[str, Any] | tuple[Any, ...]]) -> None:
    """Execute once for each set of values, by name or by place, prepared once."""
    if not values:
        return  # Django would send the statement with its parameters unconverted
    with connection.cursor() as cursor:
        cursor.executemany(_text(name), values)


def lock(name: str, **values: Any) -> set[Any] | None:
    """Hold the rows a statement finds until the transaction ends; None on SQLite: it holds all."""
    if not many_writers():
        return None
    return {found[0] for found in rows(name, **values)}


def on_postgresql(name: str) -> None:
    """Execute what SQLite has no need of."""
    if many_writers():
        run(name)


def many_writers() -> bool:
    """Whether others may write at the same moment: PostgreSQL."""
    return connection.vendor == "postgresql"


def now_us() -> int:
    """Microseconds since 1970 by the database's clock, which all hosts share; SQLite has ours."""
    return int(rows("clock")[0][0]) if many_writers() else clock.now_ms() * 1000


def whole(work: Callable[[], T]) -> T:
    """Do it in one transaction, once more where others were in its way. It must bear repeating."""
    for tries_left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            in_the_way = getattr(error.__cause__, "sqlstate", "") in _IN_EACH_OTHERS_WAY
            if not (in_the_way and tries_left) or connection.in_atomic_block:
                raise
    raise AssertionError("the last try answers or raises")


def _text(name: str) -> str:
    return (_ON_POSTGRESQL if many_writers() else QUERIES)[name]
