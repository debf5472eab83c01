"""`sendoff run`, `web` and `worker`: the processes, and the one that keeps the others alive."""

import sys

import typer

from sendoff.cli import office
from sendoff.cli.supervisor import Part, Supervisor
from sendoff.lib.config import config


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("run")(run)
    app.command("web")(web)
    app.command("worker")(worker)


def run() -> None:
    """Everything on this machine: web, planning, workers and slow work; restarted when they end."""
    _checked()
    parts = [Part("web", _command("web", "--here")), *_sending_parts(config().workers)]
    raise typer.Exit(Supervisor(parts).run())


def worker(
    processes: int = typer.Option(0, help="Sending processes; 0: as SENDOFF_WORKERS says."),
    here: str = typer.Option("", hidden=True, help="Be one part: sender, clerk or jobs."),
) -> None:
    """The sending side alone: planning, workers and slow work, without pages."""
    if here:
        raise typer.Exit(_be(here))
    _checked()
    raise typer.Exit(Supervisor(_sending_parts(processes or config().workers)).run())


def web(here: bool = typer.Option(False, "--here", hidden=True)) -> None:
    """The pages and the tracking links alone."""
    if not here:
        _checked()
    from granian.constants import Interfaces
    from granian.server import Server

    office.ready()
    address, _, port = config().listen.rpartition(":")
    Server(
        "sendoff.web.wsgi:application",
        address=address,
        port=int(port),
        interface=Interfaces.WSGI,
        blocking_threads=4,
        websockets=False,
        log_access=False,
    ).serve()


def _be(part: str) -> int:
    office.ready()
    from sendoff.sending import public as sending

    if part == "sender":
        return sending.run_worker(config())
    if part == "clerk":
        return sending.run_clerk(config())
    if part == "jobs":
        from django.core.management import call_command

        call_command("db_worker", verbosity=1)
        return 0
    office.fail(f"There is no part called {part}.")


def _checked() -> None:
    """Fail here, once and in words, rather than in every child."""
    config().secret("start")
    config().data.mkdir(parents=True, exist_ok=True)
    office.ready(tables=False)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from sendoff.audience import public as audience

    audience.resume_imports()


def _sending_parts(workers: int) -> list[Part]:
    senders = [
        Part(f"worker {n + 1}", _command("worker", "--here", "sender")) for n in range(workers)
    ]
    clerk = Part("clerk", _command("worker", "--here", "clerk"))
    jobs = Part("jobs", _command("worker", "--here", "jobs"))
    return [clerk, jobs, *senders]


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "sendoff", *words]
