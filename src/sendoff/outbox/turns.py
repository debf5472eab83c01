"""Whose turn it is to plan, where several hosts share one database. Waits for nobody."""

from threading import local

from django.db import connection

from sendoff.outbox import sql

_CLERK = 0x53656E64  # any number that no other program locks in our database
_held = local()  # the connection that has the turn: a new one must ask again


def clerks_turn() -> bool:
    """Whether this thread's connection may plan now. On SQLite the data folder's lock says it."""
    if not sql.many_writers():
        return True
    connection.ensure_connection()
    if getattr(_held, "by", None) is not connection.connection:
        found = sql.row("take_clerks_turn", key=_CLERK)
        _held.by = connection.connection if found and found[0] else None
    return _held.by is not None
