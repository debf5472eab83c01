"""What commands share: Django made ready, the workspace, answers for people and programs."""

import json
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from sendoff.lib.config import Config

JSON = typer.Option(False, "--json", help="One JSON document on one line of stdout.")


def ready(*, tables: bool = True) -> None:
    """Make the database usable; only commands that need it pay for loading Django.

    Without `tables` they need not be there yet: the command is about to make them.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "sendoff.web.settings"  # whatever the shell had
    import django

    from sendoff.cli import logs

    django.setup()
    logs.configure()
    if tables and not _tables():
        fail("There are no tables yet. Run `sendoff setup --email you@example.com` first.")


def _tables() -> bool:
    from django.db import DatabaseError, connection
    from django.db.migrations.recorder import MigrationRecorder

    try:
        return MigrationRecorder(connection).has_table()
    except DatabaseError:
        return False


def settings() -> "Config":
    """The settings; read here, since reading them costs a command that needs none a tenth."""
    from sendoff.lib.config import config

    return config()


def workspace_id() -> int:
    """The only workspace there is so far; without one, `setup` comes first."""
    from sendoff.accounts import public as accounts

    try:
        return accounts.default_workspace().id
    except accounts.AccountError as error:
        fail(str(error))


def tell(sentence: str) -> None:
    """Say something to a person: stderr, so that stdout stays a program's."""
    print(sentence, file=sys.stderr)  # noqa: T201 - the command line's own voice


def answer(document: Any) -> None:
    """One JSON document on one line of stdout."""
    sys.stdout.write(json.dumps(document, default=str, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def fail(sentence: str, code: int = 2) -> NoReturn:
    """End with one clear sentence. 2: the call was wrong; 1: the answer is bad."""
    tell(sentence)
    raise typer.Exit(code)
