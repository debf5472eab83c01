"""DATABASE_URL says where everything is kept; what it cannot say is told in a sentence."""

from pathlib import Path

import pytest

from sendoff.lib.config import ConfigError
from sendoff.web import database

DATA = Path("/srv/sendoff")


def test_nothing_said_is_sqlite_in_the_data_folder():
    found = database.named("", DATA)
    assert found["ENGINE"] == "django.db.backends.sqlite3"
    assert str(found["NAME"]).endswith("/srv/sendoff/sendoff.sqlite3")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_server_is_named_with_user_password_host_port_and_name(scheme):
    found = database.named(f"{scheme}://ana:p%40ss%2Fword@db.shop.test:5433/send%20off", DATA)
    named = [found[part] for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME")]
    assert named == ["ana", "p@ss/word", "db.shop.test", "5433", "send off"]
    assert found["CONN_HEALTH_CHECKS"]


def test_what_follows_the_question_mark_is_for_libpq():
    options = database.named("postgres:///sendoff?host=/run/pg&sslmode=disable", DATA)["OPTIONS"]
    assert (options["host"], options["sslmode"]) == ("/run/pg", "disable")


def test_a_commit_is_on_the_disk_when_it_is_answered_whatever_the_server_thinks():
    asked = database.named("postgres://db/x?options=-c%20lock_timeout%3D9s", DATA)["OPTIONS"]
    assert "-c synchronous_commit=on" in asked["options"]
    assert asked["options"].endswith("-c lock_timeout=9s")


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("mysql://db/x", "postgres://user:password@host:port/name"),
        ("postgres://db", "names no database"),
        ("postgres://ana:secret@db:port/x", "port"),
        ("postgres://ana:secret@db/x?sslmode", "special characters as %XX"),
    ],
)
def test_what_cannot_be_used_is_told_with_the_mend_and_without_the_password(url, mend):
    with pytest.raises(ConfigError, match="DATABASE_URL") as told:
        database.named(url, DATA)
    assert mend in str(told.value)
    assert "secret" not in str(told.value)
