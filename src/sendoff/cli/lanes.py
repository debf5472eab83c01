"""`sendoff lane`: how each lane stands, and what a person does to it, with a reason."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.outbox import public as outbox

_BY = "command line"
_WHY = typer.Option(..., "--reason", help="Why, for those who come after you.")
_MINUTES = typer.Option(0.0, "--minutes", help="For so long; 0: until somebody undoes it.")

commands = typer.Typer(help="See, slow, suspend, drain and empty lanes.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(commands, name="lane")


@commands.command("list")
def list_lanes(as_json: bool = office.JSON) -> None:
    """Every lane: what waits, what limits it by which rule, and when it opens."""
    office.ready()
    from sendoff.outbox import public as outbox

    for lane in outbox.lane_overview(office.workspace_id()):
        if as_json:
            office.answer(_lane(lane))
        else:
            office.tell(_sentence(lane))


@commands.command("actions")
def list_actions(as_json: bool = office.JSON) -> None:
    """What rules and people have put on lanes, newest first."""
    office.ready()
    from sendoff.outbox import public as outbox

    for action in outbox.actions(office.workspace_id()):
        if as_json:
            office.answer(_action(action))
        else:
            office.tell(
                f"{action.id}  {action.kind} by {action.rule_id}: {action.why}{_undone(action)}"
            )


@commands.command()
def slow(
    lane: int,
    reason: str = _WHY,
    per_minute: int = typer.Option(0, help="At most so many messages a minute."),
    connections: int = typer.Option(0, help="At most so many connections at once."),
    minutes: float = _MINUTES,
    as_json: bool = office.JSON,
) -> None:
    """Let fewer messages through."""
    limits = {"per_minute": per_minute or None, "connections": connections or None}
    _act("slow", lane, reason, minutes, as_json, **limits)


@commands.command()
def suspend(
    lane: int, reason: str = _WHY, minutes: float = _MINUTES, as_json: bool = office.JSON
) -> None:
    """Stop: nothing more goes out here, also of what workers have taken."""
    _act("suspend", lane, reason, minutes, as_json)


@commands.command()
def drain(
    lane: int, reason: str = _WHY, minutes: float = _MINUTES, as_json: bool = office.JSON
) -> None:
    """Finish what workers have taken, and take no more."""
    _act("drain", lane, reason, minutes, as_json)


@commands.command()
def expire(lane: int, reason: str = _WHY, as_json: bool = office.JSON) -> None:
    """Give up what waits here: it is refused, and can be tried again by campaign retry."""
    _act("expire", lane, reason, 0.0, as_json)


@commands.command()
def resume(lane: int, reason: str = _WHY, as_json: bool = office.JSON) -> None:
    """Open a lane that is suspended or drained, whoever shut it."""
    office.ready()
    from sendoff.outbox import public as outbox

    _done(outbox.resume(lane, _BY, reason), as_json)


@commands.command()
def undo(action: int, reason: str = _WHY, as_json: bool = office.JSON) -> None:
    """End one action now; see sendoff lane actions."""
    office.ready()
    from sendoff.outbox import public as outbox

    _done([outbox.undo(action, _BY, reason)], as_json)


def _act(
    kind: str, lane: int, reason: str, minutes: float, as_json: bool, **limits: int | None
) -> None:
    office.ready()
    from sendoff.outbox import public as outbox

    lasts = minutes * 60 or None
    wanted = outbox.Act(kind=kind, why=reason, by=_BY, lasts_s=lasts, **limits)
    _done([outbox.act(lane, wanted)], as_json)


def _done(actions: "list[outbox.ActionRow]", as_json: bool) -> None:
    for action in actions:
        if as_json:
            office.answer(_action(action))
        else:
            ended = "undone" if action.undone_ms else f"in force as action {action.id}"
            moved = f"{action.messages:,} messages given up" if action.kind == "expire" else ended
            office.tell(f"{action.kind}: {moved}.")


def _lane(lane: "outbox.LaneRow") -> dict[str, Any]:
    from sendoff.lib import clock

    shut = lane.suspended_until_ms > clock.now_ms()
    return {
        "lane": lane.id,
        "server": lane.server,
        "provider": lane.provider,
        "waiting": lane.waiting,
        "in_use": lane.in_use,
        "connections": lane.connections,
        "messages_per_connection": lane.messages_per_connection,
        "per_minute": lane.per_minute,
        "opens_at": clock.iso(lane.opens_ms) if lane.opens_ms else None,
        "suspended": shut,
        "why": lane.why if shut else None,
        "limits": [asdict(term) for term in lane.terms],
        "actions": [_action(action) for action in lane.actions],
    }


def _action(action: "outbox.ActionRow") -> dict[str, Any]:
    from sendoff.lib import clock

    facts = asdict(action)
    times = {name: facts.pop(name) for name in list(facts) if name.endswith("_ms")}
    said = {f"{name.removesuffix('_ms')}_at": clock.iso(ms or None) for name, ms in times.items()}
    return facts | said


def _undone(action: "outbox.ActionRow") -> str:
    return f"; undone by {action.undone_by}: {action.undone_why}" if action.undone_ms else ""


def _sentence(lane: "outbox.LaneRow") -> str:
    from sendoff.lib import clock

    pace = f"{lane.per_minute:,.0f} a minute" if lane.per_minute else "no pace"
    limits = f"{lane.in_use} of {lane.connections} connections, {pace}"
    shut = f"; shut by {lane.rule}: {lane.why}" if lane.suspended_until_ms > clock.now_ms() else ""
    return f"{lane.id}  {lane.provider} by {lane.server}: {lane.waiting:,} wait; {limits}{shut}"
