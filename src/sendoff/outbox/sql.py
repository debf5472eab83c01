"""Run the named statements of queries.sql on Django's connection. Never builds SQL from values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connection

from sendoff.lib import sqlfile

QUERIES = sqlfile.load(Path(__file__).with_name("queries.sql"))


def rows(name: str, **values: Any) -> list[tuple[Any, ...]]:
    """All rows a statement answers with."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[name], values)
        return list(cursor.fetchall())


def row(name: str, **values: Any) -> tuple[Any, ...] | None:
    """The first row, if any."""
    found = rows(name, **values)
    return found[0] if found else None


def run(name: str, **values: Any) -> int:
    """Execute and say how many rows changed."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[name], values)
        return int(cursor.rowcount)


def run_many(name: str, values: Sequence[Mapping[str, Any]]) -> None:
    """Execute once for each set of values, prepared once."""
    if not values:
        return  # Django would send the statement with its parameters unconverted
    with connection.cursor() as cursor:
        cursor.executemany(QUERIES[name], values)
