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
    from sendoff.proving import public as proving
    from sendoff.senders import public as senders

    wanted = proving.read_domain(name)
    known = senders.domains(office.workspace_id())
    found = [each for each in known if each.name == wanted]
    if not found:
        there = f" There are: {', '.join(each.name for each in known)}." if known else ""
        office.fail(f"{wanted} is no sending domain; add it: sendoff domain add {wanted}.{there}")
    return found[0]
