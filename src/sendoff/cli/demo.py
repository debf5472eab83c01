"""`sendoff demo`: a real newsletter to 1,000 pretend people over real DNS and SMTP on loopback."""

import os
import shutil
import signal
import tempfile
import time
import webbrowser
from pathlib import Path
from typing import NoReturn

import typer

from sendoff.cli import demo_check, office, words
from sendoff.cli.demo_stage import NAME, PACED_S, PEOPLE, Stage, StageError

ONCE_LIMIT_S = 180


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("demo")(demo)


def demo(
    once: bool = typer.Option(False, help="Send unpaced, without pages, check, and end."),
    data: Path = typer.Option(Path("var/demo"), help="Folder of the demo; emptied first."),
    port: int = typer.Option(0, help="Port of the pages; 0 takes a free one."),
    as_json: bool = office.JSON,
) -> None:
    """Send a newsletter to 1,000 pretend people and watch where each one ends."""
    if once:
        data = Path(tempfile.mkdtemp(prefix="sendoff-demo-"))
    stage = Stage(data=data, port=port, paced=not once)
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _interrupt)  # so that nothing we started stays behind
    try:
        stage.build()
        code = _once(stage, as_json) if once else _show(stage)
    except StageError as error:
        office.tell(str(error))
        code = 1
    except KeyboardInterrupt:
        office.tell("Stopping.")
        code = 130
    finally:
        stage.end()
        if once:
            shutil.rmtree(data, ignore_errors=True)
    raise typer.Exit(code)


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def _once(stage: Stage, as_json: bool) -> int:
    began = time.monotonic()
    stage.start(pages=False)
    stage.send()
    summary = stage.summary()
    while summary["badge"] != "done":
        if time.monotonic() - began > ONCE_LIMIT_S:
            office.tell(f"Not done after {ONCE_LIMIT_S} s. {words.books(summary)}")
            return 1
        time.sleep(0.5)
        summary = stage.summary()
    differences = demo_check.differences(stage)
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        office.answer({"seconds": seconds, "differences": differences, **summary})
    office.tell(words.books(summary))
    if differences or not summary["balanced"]:
        office.tell(demo_check.table(differences))
        return 1
    office.tell(
        f"All {PEOPLE:,} messages ended as their providers were made to end them, in {seconds} s."
    )
    return 0


def _show(stage: Stage) -> NoReturn:
    link = stage.link
    stage.start(pages=True)
    stage.send()
    office.tell(_invitation(stage, link))
    if any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        webbrowser.open(link)  # without a desktop it would take over the terminal
    _watch(stage)


def _watch(stage: Stage) -> NoReturn:
    """Print the books as they move, until Ctrl-C."""
    last = ""
    while True:
        line = words.books(stage.summary())
        if line != last:
            office.tell(line)
            last = line
        time.sleep(2)


def _invitation(stage: Stage, link: str) -> str:
    home = f"SENDOFF_ENV_FILE={stage.env_file} .venv/bin/sendoff"
    worker = stage.a_worker()
    return f"""
{NAME} is on its way to {PEOPLE:,} people, paced to about {PACED_S} s. Sign in, once, here:
  {link}

Five things to try:
  1 follow Ana, greylisted and accepted at the second try:   {home} trace ana@greypost.test
  2 follow Ben, cut after the last dot ("we don't know"):     {home} trace ben@lastdot.test
  3 end a worker; it comes back and the books stay balanced:  kill -9 {worker}
  4 open Cy's pretend mailbox, with the receiver's verdict:   http://{stage.http}/mailboxes/cy@gmall.test
  5 press “Report spam” on a mail there, and ask what became of Cy: {home} trace cy@gmall.test

Ctrl-C ends it.
"""
