"""`sendoff run`, `web` and `worker`: the processes, and the one that keeps the others alive."""

import os
import sys
from typing import TYPE_CHECKING

import typer

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.sending import public as sending


REPORT_DAYS = 400  # a year and a little, so that a month can be held against last year's


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("run")(run)
    app.command("web")(web)
    app.command("worker")(worker)


def run() -> None:
    """Everything on this machine: pages, planning, workers, slow work, and mail that comes back."""
    _checked()
    config = office.settings()
    others = {"web": _command("web", "--here")}
    if config.inbound_listen or config.mailbox_url:
        others["inbound"] = _command("inbound")
    raise typer.Exit(_supervise(others | _sending(config.workers)))


def worker(
    processes: int = typer.Option(0, help="Sending processes; 0: as SENDOFF_WORKERS says."),
    jobs: bool = typer.Option(
        True, help="Slow work such as imports too; not on a host without the pages' data folder."
    ),
    here: str = typer.Option("", hidden=True, help="Be one part: sender, clerk or jobs."),
) -> None:
    """The sending side alone: planning, workers and slow work, without pages."""
    if here:
        raise typer.Exit(_be(here))
    _checked(imports=jobs)
    parts = _sending(processes or office.settings().workers)
    if not jobs:
        del parts["jobs"]
    raise typer.Exit(_supervise(parts))


def web(here: bool = typer.Option(False, "--here", hidden=True)) -> None:
    """The pages and the tracking links alone."""
    if not here:
        _checked()
    from granian.constants import Interfaces
    from granian.server import Server

    office.ready()
    address, _, port = office.settings().listen.rpartition(":")
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
    if part == "sender" and office.settings().signing_trial:
        _sign_fast()
    office.ready()
    from sendoff.sending import public as sending

    if part == "sender":
        return sending.run_worker(office.settings())
    if part == "clerk":
        return sending.run_clerk(office.settings(), _chores_of_rooms())
    if part == "jobs":
        from django.core.management import call_command

        call_command("db_worker", verbosity=1)
        return 0
    office.fail(f"There is no part called {part}.")


def _chores_of_rooms() -> "list[sending.Chore]":
    """What the clerk does for rooms that it cannot know, since they lie downstream."""
    return [*_in_portions(), *_ticking()]


def _in_portions() -> "list[sending.Chore]":
    """Work of which there may be much: some of it at a time."""
    from sendoff.audience import public as audience
    from sendoff.feedback import public as feedback
    from sendoff.reputation import public as reputation
    from sendoff.sending import public as sending
    from sendoff.tracking import public as tracking
    from sendoff.webhooks import public as webhooks

    found = (
        ("label hits", 2_000, tracking.label_fresh),
        ("hear what sessions said of recipients", 1_000, feedback.hear_sessions),
        ("hear what was settled late", 60_000, feedback.hear_late_sessions),
        ("change contacts in bulk", 1_000, audience.change_some),
        ("expire suppressions", 60_000, lambda: len(audience.expire_suppressions())),
        ("note events for webhooks", 1_000, webhooks.pull),
        ("note events that came late", 15_000, webhooks.pull_late),
        ("note what asks for a person", 30_000, webhooks.pull_attention),
        ("forget old webhooks", 600_000, webhooks.forget_old),
        ("read reports that came by mail", 5_000, reputation.take_mail),
        ("forget old reports", 600_000, lambda: reputation.forget_reports(REPORT_DAYS)),
    )
    return [
        sending.Chore(name=name, every_ms=every_ms, work=work, in_portions=True)
        for name, every_ms, work in found
    ]


def _ticking() -> "list[sending.Chore]":
    """What looks by itself what is due."""
    from sendoff.proving import public as proving
    from sendoff.reputation import public as reputation
    from sendoff.senders import public as senders
    from sendoff.sending import public as sending
    from sendoff.webhooks import public as webhooks

    settings = office.settings()
    found = (
        ("send webhooks", 250, webhooks.Post(settings)),
        ("prove what is being sent", 5_000, proving.Prover(settings)),
        ("take DKIM keys on", 500, senders.KeyWatch(settings)),
        ("look at domains", 10_000, proving.Watch(settings)),
        ("ask blocklists", 5_000, reputation.Watch(settings)),
        ("look through outside eyes", 5_000, reputation.EyeWatch(settings)),
    )
    return [
        sending.Chore(name=name, every_ms=every_ms, work=each.tick)
        for name, every_ms, each in found
    ]


def _sign_fast() -> None:
    """Begin anew with the environment in which OpenSSL signs faster here, if there is one."""
    from sendoff.mail import arithmetic

    if better := arithmetic.better(office.settings().data / "signing"):
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **better})  # noqa: S606 - ourselves


def _checked(*, imports: bool = True) -> None:
    """Fail here, once and in words, rather than in every child."""
    office.settings().secret("start")
    office.settings().data.mkdir(parents=True, exist_ok=True)
    office.ready(tables=False)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from sendoff.audience import public as audience
    from sendoff.reputation import public as reputation

    reputation.chosen_blocklists(office.settings().blocklists)
    if imports:
        audience.resume_imports()


def _sending(workers: int) -> dict[str, list[str]]:
    """The parts of the sending side, by name."""
    senders = {f"worker {n + 1}": _command("worker", "--here", "sender") for n in range(workers)}
    others = {name: _command("worker", "--here", name) for name in ("clerk", "jobs")}
    return others | senders


def _supervise(commands: dict[str, list[str]]) -> int:
    from sendoff.cli.supervisor import Part, Supervisor

    return Supervisor([Part(name, command) for name, command in commands.items()]).run()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "sendoff", *words]
