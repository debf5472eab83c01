"""The `sendoff` command. Loads no Django until a command needs the database."""

import sys

import typer

from sendoff.cli import campaigns, demo, processes, reading, setting_up
from sendoff.lib.config import ConfigError

app = typer.Typer(
    help="Sendoff: email marketing that accounts for every message.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
setting_up.register(app)
processes.register(app)
campaigns.register(app)
reading.register(app)
demo.register(app)


def main() -> None:
    """Run one command; a setting that is wrong ends it with its name."""
    try:
        app()
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command line's own voice
        sys.exit(2)
