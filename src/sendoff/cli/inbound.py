"""`sendoff inbound`: take and fetch mail that comes back, and read it."""

import typer

from sendoff.cli import office


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("inbound")(inbound)


def inbound() -> None:
    """The mail server for bounces, complaints and opt-outs by mail, and the reader of the mailbox.

    `sendoff run` starts it where SENDOFF_INBOUND_LISTEN or SENDOFF_MAILBOX_URL is set.
    """
    config = office.settings()
    config.secret("start")
    office.ready()
    from sendoff.feedback import public as feedback

    raise typer.Exit(feedback.run_inbound(config))
