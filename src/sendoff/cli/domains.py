"""`sendoff domain …`: the group of commands about sending domains. Others register into it."""

from typing import TYPE_CHECKING

import typer

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.senders import public as senders

commands = typer.Typer(help="Sending domains: their records and keys.", no_args_is_help=True)
NAME = typer.Argument(..., help="The domain, as in shop.example.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(commands, name="domain")


def named(name: str) -> "senders.Domain":
    """The sending domain of this name; without one the command ends."""
    from sendoff.senders import public as senders

    known = senders.domains(office.workspace_id())
    found = [each for each in known if each.name == name.strip().lower().rstrip(".")]
    if not found:
        office.fail(f"{name} is no sending domain. There are: {', '.join(d.name for d in known)}.")
    return found[0]
