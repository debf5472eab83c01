"""`sendoff inbound`: take and fetch mail that comes back, and read it."""

import time
from dataclasses import asdict

import typer

from sendoff.cli import office


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("inbound")(inbound)


def inbound(
    check: bool = typer.Option(False, "--check", help="Send a mail that must come back; wait."),
    to: str = typer.Option("", help="With --check: an address that bounces; else our own."),
    wait_s: float = typer.Option(60.0, "--wait", help="With --check: seconds to wait."),
    as_json: bool = office.JSON,
) -> None:
    """The mail server for bounces, complaints and opt-outs by mail, and the reader of the mailbox.

    `sendoff run` starts it where SENDOFF_INBOUND_LISTEN or SENDOFF_MAILBOX_URL is set. With --check
    it only asks whether the way back is connected. 1: nothing came back in time.
    """
    if check:
        raise typer.Exit(_check(to, wait_s, as_json))
    config = office.settings()
    config.secret("start")
    office.ready()
    from sendoff.feedback import public as feedback

    raise typer.Exit(feedback.run_inbound(config))


def _check(to: str, wait_s: float, as_json: bool) -> int:
    office.ready()
    from sendoff.feedback import public as feedback
    from sendoff.lib import clock

    found = feedback.start_check(office.workspace_id(), to)
    until = clock.steady_ms() + wait_s * 1000
    while found.state == "waiting" and clock.steady_ms() < until:
        time.sleep(0.5)
        found = feedback.check(found.id)
    if as_json:
        document = asdict(found)
        times = {name: clock.iso(document.pop(f"{name}_ms")) for name in ("started", "back")}
        office.answer(document | {f"{name}_at": at for name, at in times.items()})
    else:
        office.tell(found.sentence)
    return 0 if found.state == "back" else 1
