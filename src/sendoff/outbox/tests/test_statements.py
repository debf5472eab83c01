"""No statement of the engine looks through all messages, however many there are."""

import re

import pytest
from django.db import connection

from sendoff.outbox import sql

pytestmark = pytest.mark.django_db

_NAMED = re.compile(r"%\((\w+)\)s")
_ALL_MESSAGES = re.compile(r"SCAN (m|outbox_message)\b")
WHOLE_TABLES = {"proof"}  # what the books are held against: every row of a campaign


def plan(text: str) -> str:
    """What SQLite would do, a line a step."""
    values = dict.fromkeys(_NAMED.findall(text), 1)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {text.replace('%s', '1')}", values or None)
        return "\n".join(step[3] for step in cursor.fetchall())


@pytest.fixture
def statements():
    if connection.vendor != "sqlite":
        return {}  # PostgreSQL rightly reads a small table whole
    sql.run("make_settling")
    of_postgresql = (
        "FOR UPDATE",
        "FOR NO KEY UPDATE",
        "ANALYZE",
        "jsonb",
        "pg_",
        "clock_timestamp",
    )
    return {
        name: text
        for name, text in sql.QUERIES.items()
        if not any(word in text for word in of_postgresql) and not text.startswith("CREATE")
    }


def test_no_statement_looks_through_all_messages_of_all_campaigns(statements):
    looking = {name for name, text in statements.items() if _ALL_MESSAGES.search(plan(text))}
    assert looking <= WHOLE_TABLES
