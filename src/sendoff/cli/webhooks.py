"""`sendoff webhook …`: tell other programs what happens, and see what they answered."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.webhooks import public as webhooks

commands = typer.Typer(help="Tell other programs what happens.", no_args_is_help=True)

_ENDPOINT = typer.Argument(..., help="Number of the endpoint.")
_KINDS = typer.Option([], "--event", help="An event to be told; several times for several.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(commands, name="webhook")


@commands.command()
def add(
    url: str = typer.Argument(..., help="Where to post, with https://."),
    event: list[str] = _KINDS,
    all_events: bool = typer.Option(False, "--all", help="Every event there is."),
    as_json: bool = office.JSON,
) -> None:
    """Add an endpoint and show its secret, once."""
    room = _room()
    kinds = [each.id for each in room.emitted()] if all_events else event
    made = room.add(office.workspace_id(), url, kinds, "command line")
    _say_secret(made, as_json)


@commands.command("list")
def list_endpoints(as_json: bool = office.JSON) -> None:
    """Every endpoint with the events it chose."""
    found = _room().endpoints_of(office.workspace_id())
    if as_json:
        office.answer({"endpoints": [_endpoint(each) for each in found]})
        return
    for each in found:
        state = "on" if each.enabled else f"off: {each.off_why}"
        office.tell(f"{each.id}  {each.url}  {state}  ({', '.join(each.kinds)})")


@commands.command()
def events(as_json: bool = office.JSON) -> None:
    """What an endpoint may choose to be told."""
    found = _room().emitted()
    if as_json:
        office.answer(
            {"events": [{"id": e.id, "version": e.version, "when": e.when} for e in found]}
        )
        return
    for each in found:
        office.tell(f"{each.id}: {each.when}.")


@commands.command()
def choose(
    endpoint: int = _ENDPOINT, event: list[str] = _KINDS, as_json: bool = office.JSON
) -> None:
    """Tell an endpoint these events from now on, and no others."""
    changed = _room().choose(office.workspace_id(), endpoint, event)
    _say(_endpoint(changed), f"{changed.url} is told {', '.join(changed.kinds)}.", as_json)


@commands.command()
def switch(
    endpoint: int = _ENDPOINT,
    on: bool = typer.Option(..., "--on/--off", help="Use it, or no longer."),
    as_json: bool = office.JSON,
) -> None:
    """Use an endpoint, or no longer; what happens meanwhile is not told afterwards."""
    why = "" if on else "Switched off on the command line."
    changed = _room().switch(office.workspace_id(), endpoint, on, why)
    _say(_endpoint(changed), f"{changed.url} is switched {'on' if on else 'off'}.", as_json)


@commands.command()
def rotate(endpoint: int = _ENDPOINT, as_json: bool = office.JSON) -> None:
    """Give an endpoint a new secret; the old one signs too for a day."""
    _say_secret(_room().rotate(office.workspace_id(), endpoint), as_json)


@commands.command("test")
def send_test(endpoint: int = _ENDPOINT, as_json: bool = office.JSON) -> None:
    """Send a test event now and say what came back; exit 1 where it was not taken."""
    row = _room().test_now(office.workspace_id(), endpoint)
    _say(_delivery(row), _in_words(row), as_json)
    if row.state != "taken":
        raise typer.Exit(1)


@commands.command()
def log(
    endpoint: int = _ENDPOINT,
    state: str = typer.Option("", help="waiting, taken or given_up."),
    limit: int = typer.Option(50, min=1, max=1000, help="At most so many, newest first."),
    as_json: bool = office.JSON,
) -> None:
    """What an endpoint was told, one a line, newest first, with every try."""
    rows = _room().deliveries(office.workspace_id(), endpoint, state=state, limit=limit)
    for row in rows:
        _say(_delivery(row), _in_words(row), as_json)


@commands.command()
def replay(
    delivery: int = typer.Argument(..., help="Number of the delivery."),
    as_json: bool = office.JSON,
) -> None:
    """Send a delivery again, with the same id."""
    row = _room().replay(office.workspace_id(), delivery)
    _say(_delivery(row), f"Delivery {row.id} goes out again.", as_json)


@commands.command()
def remove(endpoint: int = _ENDPOINT, as_json: bool = office.JSON) -> None:
    """Forget an endpoint with its log."""
    _room().remove(office.workspace_id(), endpoint)
    _say({"removed": endpoint}, f"Endpoint {endpoint} is gone.", as_json)


def _room() -> Any:
    office.ready()
    from sendoff.webhooks import public as webhooks

    return webhooks


def _say(document: dict[str, Any], sentence: str, as_json: bool) -> None:
    office.answer(document) if as_json else office.tell(sentence)


def _say_secret(made: "webhooks.Made", as_json: bool) -> None:
    told = _endpoint(made.endpoint) | {"secret": made.secret}
    sentence = f"Endpoint {made.endpoint.id}. Its secret, shown this once: {made.secret}"
    _say(told, sentence, as_json)


def _endpoint(each: "webhooks.Endpoint") -> dict[str, Any]:
    from sendoff.lib import clock

    times = ("off_ms", "failing_since_ms", "since_ms")
    told = {name: value for name, value in asdict(each).items() if name not in times}
    names = ("off_at", "failing_since", "since")
    return told | {
        name: clock.iso(getattr(each, time)) for name, time in zip(names, times, strict=True)
    }


def _delivery(row: "webhooks.DeliveryRow") -> dict[str, Any]:
    from sendoff.lib import clock

    return {
        "delivery": row.id,
        "endpoint": row.endpoint_id,
        "event_id": row.event_id,
        "event": row.kind,
        "at": clock.iso(row.at_ms),
        "state": row.state,
        "due_at": clock.iso(row.due_ms) if row.state == "waiting" else None,
        "tries": [
            {
                "at": clock.iso(each.at_ms),
                "address": each.address,
                "status": each.status,
                "said": each.said,
                "ms": each.ms,
            }
            for each in row.log
        ],
        "body": row.body,
    }


def _in_words(row: "webhooks.DeliveryRow") -> str:
    last = row.log[-1] if row.log else None
    answer = f"{last.status or 'no answer'} {last.said} ({last.ms} ms)" if last else "not tried yet"
    return f"{row.id}  {row.kind}  {row.state.replace('_', ' ')}  {answer}"
