"""The `sendoff` command. Loads no Django until a command needs the database."""

import sys

import typer

from sendoff.cli import (
    authenticating,
    bench,
    blocklists,
    campaigns,
    demo,
    domain_checks,
    domain_keys,
    domains,
    engagement,
    explaining,
    inbound,
    lanes,
    logbook,
    office,
    outside,
    preflighting,
    processes,
    reading,
    reading_returns,
    reports,
    resealing,
    servers,
    setting_up,
    suppression,
    webhooks,
)
from sendoff.lib.errors import PlainError

app = typer.Typer(
    help="Sendoff: email marketing that accounts for every message.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
setting_up.register(app)
processes.register(app)
campaigns.register(app)
lanes.register(app)
reading.register(app)
reading_returns.register(app)
demo.register(app)
bench.register(app)
explaining.register(app)
inbound.register(app)
suppression.register(app)
authenticating.register(app)
preflighting.register(app)
servers.register(app)
engagement.register(app)
logbook.register(app)
webhooks.register(app)
reports.register(app)
domains.register(app)
domain_checks.register()
domain_keys.register()
resealing.register(app)
blocklists.register(app)
outside.register(app)


def main() -> None:
    """Run one command; what cannot be done ends it with one sentence and exit code 2."""
    try:
        app()
    except PlainError as error:
        office.tell(str(error))
        sys.exit(2)
