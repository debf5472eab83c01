"""`sendoff outside`: what Google and Microsoft tell of our mail. It never shows a key."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.reputation import public as reputation

commands = typer.Typer(help="What Google and Microsoft tell of our mail.", no_args_is_help=True)
_KIND = typer.Argument(..., help="google or snds.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(commands, name="outside")


@commands.command()
def connect(
    kind: str = _KIND,
    file: Path = typer.Argument(..., help="File with the JSON key, or with the link of SNDS."),
    as_json: bool = office.JSON,
) -> None:
    """Keep a key, sealed; the file may be removed then."""
    room = _room()
    try:
        text = file.read_text("utf-8", "replace")
    except OSError as error:
        office.fail(f"{file} can not be read: {error.strerror}.")
    _say(room.connect(office.workspace_id(), kind, text), as_json)


@commands.command()
def disconnect(kind: str = _KIND, as_json: bool = office.JSON) -> None:
    """Forget a key; what was told stays."""
    _room().disconnect(office.workspace_id(), kind)
    office.answer({"disconnected": kind}) if as_json else office.tell("The key is forgotten.")


@commands.command()
def look(as_json: bool = office.JSON) -> None:
    """Ask now, by every key. 1: one of them brought nothing."""
    found = _room().look_now(office.workspace_id())
    for each in found:
        _say(each, as_json)
    if any(each.problem for each in found):
        raise typer.Exit(1)


@commands.command()
def show(
    kind: str = _KIND,
    days: int = typer.Option(30, min=1, max=400, help="Over so many days."),
    as_json: bool = office.JSON,
) -> None:
    """What was told, one day of a domain or address a line, beside our own figures."""
    for row in _room().outside_days(office.workspace_id(), kind, days):
        told = {"day": str(row.on), "subject": row.subject, **row.figures, "we_sent": row.ours}
        if as_json:
            office.answer(told | {"we_saw_blocked": row.blocked})
        else:
            office.tell("  ".join(f"{name} {value}" for name, value in told.items()))


def _room() -> Any:
    office.ready()
    from sendoff.reputation import public as reputation

    return reputation


def _say(eye: "reputation.Eye", as_json: bool) -> None:
    from sendoff.lib import clock

    if as_json:
        told = asdict(eye)
        looked = clock.iso(told.pop("looked_ms") or None)
        office.answer(told | {"looked": looked})
        return
    state = eye.problem or (f"connected as {eye.who}" if eye.connected else eye.how)
    office.tell(f"{eye.name}: {state}")
    for sentence in eye.said:
        office.tell(f"  {sentence}")
