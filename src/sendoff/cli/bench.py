"""`sendoff bench`: what a message costs, in an installation of its own that is thrown away after.

It never reads or writes the installation it is called in.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.cli.bench_lab import Lab


class What(StrEnum):
    """What can be measured."""

    SEND = "send"
    PLAN = "plan"
    CLAIM = "claim"
    TRACKING = "tracking"
    MEMORY = "memory"
    IMPORT = "import"


class Tls(StrEnum):
    """Encryption between worker and sink."""

    NONE = "none"
    STARTTLS = "starttls"


class Database(StrEnum):
    """Where the messages are kept."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Sink(StrEnum):
    """Who takes the mail: our own sink with its ledger, or postfix' smtp-sink without one."""

    LEDGER = "ledger"
    SMTP_SINK = "smtp-sink"


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("bench")(bench)


def bench(
    what: What = typer.Argument(..., help="What to measure."),
    messages: int = typer.Option(50_000, min=100, help="People and messages; tracking: hits."),
    processes: int = typer.Option(2, min=1, help="Worker processes."),
    database: Database = typer.Option(Database.SQLITE, help="postgres: a server of its own."),
    domains: int = typer.Option(50, min=1, help="Domains of the people of `send`: a lane each."),
    tls: Tls = typer.Option(Tls.NONE, help="Encryption to the sink."),
    sink: Sink = typer.Option(Sink.LEDGER, help="Who takes the mail."),
    runs: int = typer.Option(5, min=1, help="Campaigns to send; the median counts."),
    as_json: bool = office.JSON,
) -> None:
    """Measure and print ratios to plain operations. 1: something was lost or doubled."""
    if sink is Sink.SMTP_SINK and tls is not Tls.NONE:
        office.fail("smtp-sink offers no STARTTLS here; use --sink ledger or --tls none.")
    sizes = {"messages": messages, "processes": processes, "runs": runs, "domains": domains}
    report = _report(what, database, {**sizes, "tls": tls.value, "sink": sink.value})
    report |= {"database": database.value, "processes": processes, "sink": sink.value}
    _say(report, as_json)
    whole = report.get("complete", True) and not report.get("lost") and not report.get("duplicated")
    raise typer.Exit(0 if whole else 1)


def _report(what: What, database: Database, wanted: dict[str, Any]) -> dict[str, Any]:
    """Measure in a laboratory that is gone afterwards."""
    from sendoff.cli import bench_meter
    from sendoff.cli.bench_lab import LabError

    try:
        with _lab(database) as lab:
            _enter(lab)
            from sendoff.cli.bench_send import Order

            report = _measurement(what)(lab, Order(**wanted))
    except LabError as error:
        office.fail(str(error), 1)
    return {**report, "cpu": bench_meter.cpu_name()}


@contextmanager
def _lab(database: Database) -> "Iterator[Lab]":
    from sendoff.cli.bench_lab import Lab
    from sendoff.cli.bench_postgres import Postgres

    with ExitStack() as parts:
        folder = parts.enter_context(tempfile.TemporaryDirectory(prefix="sendoff-bench-"))
        server = parts.enter_context(Postgres()) if database is Database.POSTGRES else None
        lab = parts.enter_context(Lab(Path(folder)))
        if server:
            lab.use_database(server.url, server.pid)
        yield lab


def _enter(lab: "Lab") -> None:
    """From here on this process lives in the laboratory, not where it was called."""
    from sendoff.lib.config import config

    for name in [name for name in os.environ if name not in lab.env]:
        del os.environ[name]
    os.environ.update(lab.env)
    config.cache_clear()
    office.ready(tables=False)


def _measurement(what: What) -> "Callable[[Lab, Any], dict[str, Any]]":
    from sendoff.cli import bench_rooms, bench_send, bench_tracking

    return {
        What.SEND: bench_send.measure,
        What.PLAN: bench_rooms.plan,
        What.CLAIM: bench_rooms.claim,
        What.TRACKING: bench_tracking.measure,
        What.MEMORY: bench_rooms.memory,
        What.IMPORT: bench_rooms.people,
    }[what]


def _say(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        office.answer(report)
        return
    for name, value in report.items():
        office.tell(f"{name:>26}  {value}")
