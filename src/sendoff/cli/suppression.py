"""`sendoff suppression`: whom no campaign writes to, why, since when, and how that ends."""

from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.audience import public as audience

_BY = "on the command line"
commands = typer.Typer(help="See, enter and lift suppressions.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(commands, name="suppression")


@commands.command("list")
def list_suppressions(
    reason: str = typer.Option("", help="bounce, complaint, unsubscribe or manual."),
    as_json: bool = office.JSON,
) -> None:
    """Every suppressed address with its strongest reason, newest first."""
    office.ready()
    from sendoff.audience import public as audience

    for row in audience.suppressions(office.workspace_id()):
        if reason and row.reason != reason:
            continue
        if as_json:
            office.answer(
                {"address": row.email, "reason": row.reason, "evidence": row.evidence, "at": row.at}
            )
        else:
            office.tell(f"{row.email}  {row.reason} since {row.at:%Y-%m-%d}: {row.evidence}")


@commands.command()
def why(address: str, as_json: bool = office.JSON) -> None:
    """Why does this person get no mail? Every reason there is and was. 1: nothing keeps it."""
    office.ready()
    from sendoff.audience import public as audience

    workspace = office.workspace_id()
    grounds = audience.grounds(workspace, address)
    contact = audience.find_contact(workspace, address)
    status = contact.status if contact else None
    kept = any(ground.ended_at is None for ground in grounds) or status not in (None, "subscribed")
    if as_json:
        rows = [_ground(ground) for ground in grounds]
        office.answer({"address": address, "suppressed": kept, "status": status, "grounds": rows})
    else:
        _say(address, kept, status, grounds)
    raise typer.Exit(0 if kept else 1)


@commands.command()
def add(
    address: str,
    because: str = typer.Option(..., "--because", help="Who said it, when and where."),
    as_json: bool = office.JSON,
) -> None:
    """Write to an address no more, in no campaign."""
    office.ready()
    from sendoff.audience import public as audience

    audience.suppress(office.workspace_id(), address, "manual", f"{because} (entered {_BY})")
    _done({"address": address, "suppressed": True}, f"Nobody writes to {address} now.", as_json)


@commands.command()
def lift(
    address: str,
    because: str = typer.Option(..., "--because", help="Why it may be written to again."),
    as_json: bool = office.JSON,
) -> None:
    """End every suppression of an address; the reasons stay as history. 1: there was none.

    Who bounced is subscribed again; who opted out or complained stays out until they subscribe.
    """
    office.ready()
    from sendoff.audience import public as audience

    if not audience.unsuppress(office.workspace_id(), address, f"{because} ({_BY})"):
        office.fail(f"{address} is not suppressed.", 1)
    said = f"{address} is not suppressed any more; who opted out stays unsubscribed."
    _done({"address": address, "suppressed": False}, said, as_json)


@commands.command()
def expire(as_json: bool = office.JSON) -> None:
    """End now what is over by its rule; the clerk does it every minute as well."""
    office.ready()
    from sendoff.audience import public as audience

    workspace, ended = office.workspace_id(), list[str]()
    while some := audience.expire_suppressions(workspace):
        ended += some
    _done({"expired": ended}, f"{len(ended):,} expired.", as_json)


def _done(document: dict[str, Any], sentence: str, as_json: bool) -> None:
    office.answer(document) if as_json else office.tell(sentence)


def _ground(ground: "audience.Ground") -> dict[str, Any]:
    return {
        "reason": ground.reason,
        "evidence": ground.evidence,
        "by": ground.rule or "a person",
        "at": ground.at,
        "expires_at": ground.expires_at,
        "ended_at": ground.ended_at,
        "ended_why": ground.ended_why or None,
    }


def _say(address: str, kept: bool, status: str | None, grounds: "list[audience.Ground]") -> None:
    known = f"a contact, {status}" if status else "no contact"
    office.tell(f"{address} is {known}, and {'gets no mail' if kept else 'may get mail'}.")
    for ground in grounds:
        by = f"by rule {ground.rule}" if ground.rule else "by a person or their own click"
        office.tell(f"  {ground.at:%Y-%m-%d %H:%M}  {ground.reason}, {by}: {ground.evidence}")
        if ground.ended_at:
            office.tell(f"      ended {ground.ended_at:%Y-%m-%d %H:%M}: {ground.ended_why}")
        elif ground.expires_at:
            office.tell(f"      ends by itself on {ground.expires_at:%Y-%m-%d}")
