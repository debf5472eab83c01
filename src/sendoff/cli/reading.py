"""`sendoff trace`: what became of one person's messages."""

import typer

from sendoff.cli import office


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("trace")(trace)


def trace(
    who: str = typer.Argument("", help="An address, a Message-ID, or campaign.number."),
    campaign: int = typer.Option(0, help="Only this campaign."),
    everybody: bool = typer.Option(False, "--all", help="Every message of the campaign."),
    as_json: bool = office.JSON,
) -> None:
    """Follow one person's messages, stage by stage. 1: there is none."""
    if not who and not (everybody and campaign):
        office.fail("Say whom to follow, or a whole campaign: sendoff trace --campaign 7 --all")
    office.ready()
    from sendoff.cli import words
    from sendoff.insight import public as insight

    found = False
    lines = insight.journeys(campaign) if everybody else insight.trace(who, campaign or None)
    for journey in lines:
        found = True
        if as_json:
            office.answer(journey)
        else:
            words.journey(journey)
    if not found:
        office.fail(f"No message to {who} is known.", 1)
