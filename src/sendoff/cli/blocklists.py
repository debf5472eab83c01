"""`sendoff blocklists`: where our addresses and domains are listed. It asks only when told to."""

from dataclasses import asdict
from typing import Any

import typer

from sendoff.cli import office


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("blocklists")(blocklists)


def blocklists(
    ask: bool = typer.Option(False, "--ask", help="Ask the lists now, and wait for them."),
    zones: bool = typer.Option(False, "--zones", help="The lists there are, with their terms."),
    as_json: bool = office.JSON,
) -> None:
    """What blocklists say of our addresses and domains. 1: something is listed."""
    office.ready()
    from sendoff.reputation import public as reputation

    if zones:
        _zones(reputation, as_json)
        return
    if ask:
        reputation.ask_blocklists(office.settings())
    found = reputation.blocklist_standings(office.workspace_id())
    if as_json:
        office.answer({"standings": [_document(each) for each in found]})
    else:
        for each in found:
            office.tell(_in_words(each))
        if not found:
            office.tell("No list was asked yet: sendoff blocklists --ask")
    if any(each.state == "listed" for each in found):
        raise typer.Exit(1)


def _zones(room: Any, as_json: bool) -> None:
    asked = {zone.id for zone in room.chosen_blocklists(office.settings().blocklists)}
    for zone in room.known_blocklists():
        told = {"id": zone.id, "zone": zone.zone, "lists": list(zone.lists), "terms": zone.terms}
        if as_json:
            office.answer(told | {"asked": zone.id in asked})
        else:
            state = "asked" if zone.id in asked else "not asked"
            office.tell(f"{zone.id:14}{zone.zone:28}{state:11}{zone.terms}")


def _document(each: Any) -> dict[str, Any]:
    from sendoff.lib import clock

    told = asdict(each)
    times = {name: clock.iso(told.pop(f"{name}_ms")) for name in ("asked", "since")}
    return told | times


def _in_words(each: Any) -> str:
    words = {"listed": "is listed", "clean": "is not listed", "unknown": "we don't know"}
    why = f": {each.why}" if each.why else ""
    link = f"  {each.delist}" if each.state == "listed" and each.delist else ""
    return f"{each.subject} at {each.zone_name} {words[each.state]}{why}{link}"
