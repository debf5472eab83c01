"""`sendoff server …`: ways out, pools, quotas, warm-up and health, for people and programs."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import office
from sendoff.cli.setting_up import server_config

if TYPE_CHECKING:
    from sendoff.senders import public as senders

commands = typer.Typer(help="Servers and pools: add, bound, rest and ask.", no_args_is_help=True)

_NAME = typer.Argument(..., help="The server's name.")
_PASSWORD = typer.Option(
    "", envvar="SENDOFF_RELAY_PASSWORD", help="Better given in the environment."
)
_HOURLY = typer.Option(0, help="At most so many an hour; 0: any number.")
_DAILY = typer.Option(0, help="At most so many a day; 0: any number.")
_WARMUP = typer.Option("", help="conservative or quick; empty: it is warm.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(commands, name="server")


@commands.command("list")
def list_servers(as_json: bool = office.JSON) -> None:
    """Every server with what it may send, has sent, how warm it is, and whether it is well."""
    office.ready()
    from sendoff.insight import public as insight

    found = insight.sources(office.workspace_id())
    if as_json:
        office.answer({"servers": found})
        return
    for each in found:
        office.tell("{name} ({driver} {source_ip}{host}): {health}".format_map(each))


@commands.command()
def add(
    name: str = _NAME,
    driver: str = typer.Option("direct", help="direct or smtp."),
    host: str = typer.Option("", help="The relay, as host:port, for the smtp driver."),
    source_ip: str = typer.Option("", help="Address to send from."),
    helo: str = typer.Option(..., help="The name to introduce ourselves by."),
    tls: str = typer.Option("", help="none, opportunistic, required or implicit."),
    username: str = typer.Option("", help="Name at the relay."),
    relay_password: str = _PASSWORD,
    hourly: int = _HOURLY,
    daily: int = _DAILY,
    warmup: str = _WARMUP,
    shared: bool = typer.Option(False, help="For all workspaces."),
    as_json: bool = office.JSON,
) -> None:
    """Add a server."""
    login = {"username": username, "password": relay_password, "tls": tls}
    config = server_config(driver, host, helo=helo, source_ip=source_ip, **login)
    office.ready()
    from sendoff.senders import public as senders

    owner = None if shared else office.workspace_id()
    made = senders.add_server(owner, name, config, quotas=_quotas(hourly, daily, warmup))
    _say(as_json, asdict(made), f"Server {made.name} is there.")


@commands.command()
def login(
    name: str = _NAME,
    username: str = typer.Option("", help="Name at the relay; empty: it asks for none."),
    relay_password: str = _PASSWORD,
    as_json: bool = office.JSON,
) -> None:
    """Change name and password at a relay; workers take them up within seconds."""
    office.ready()
    from sendoff.senders import public as senders

    changed = senders.set_login(_find(name).id, username, relay_password)
    _say(as_json, asdict(changed), f"Changed: {name}.")


@commands.command()
def quota(
    name: str = _NAME,
    hourly: int = _HOURLY,
    daily: int = _DAILY,
    per_minute: int = typer.Option(0, help="At most so many a minute, to all; 0: any number."),
    warmup: str = _WARMUP,
    as_json: bool = office.JSON,
) -> None:
    """Set what a server may send; what is not said is not bounded."""
    office.ready()
    from sendoff.senders import public as senders

    senders.set_quotas(_find(name).id, _quotas(hourly, daily, warmup))
    changed = senders.set_pace(_find(name).id, per_minute or None)
    _say(as_json, asdict(changed), f"Changed: {name}.")


@commands.command()
def switch(
    name: str = _NAME,
    on: bool = typer.Option(..., "--on/--off", help="Use it, or no longer."),
    as_json: bool = office.JSON,
) -> None:
    """Use a server, or no longer; in a pool the others take over."""
    office.ready()
    from sendoff.senders import public as senders

    changed = senders.switch(_find(name).id, on)
    _say(as_json, asdict(changed), f"{name} is switched {'on' if on else 'off'}.")


@commands.command()
def well(name: str = _NAME, as_json: bool = office.JSON) -> None:
    """Say that a sick server is well again, before its time is over."""
    office.ready()
    from sendoff.senders import public as senders

    ended = senders.well(_find(name).id, "command line")
    _say(as_json, {"name": name, "ended": ended}, f"{name}: {ended} sicknesses ended.")


@commands.command()
def pool(
    name: str = typer.Argument(..., help="The pool's name; it is made where it is not there."),
    put: str = typer.Option("", help="A server to put in, or to change."),
    take_out: str = typer.Option("", help="A server to take out."),
    weight: int = typer.Option(1, help="Its share beside the others'."),
    purpose: str = typer.Option("", help="Only for marketing or transactional mail."),
    from_domain: str = typer.Option("", help="Only for mail from this domain."),
    provider: list[str] = typer.Option([], help="Only for these providers."),
    shared: bool = typer.Option(False, help="A new pool is for all workspaces."),
    as_json: bool = office.JSON,
) -> None:
    """Make a pool, put servers in and take them out; says who is in it."""
    office.ready()
    from sendoff.senders import public as senders

    workspace = office.workspace_id()
    found = senders.find_pool(workspace, name)
    if found is None:
        found = senders.add_pool(None if shared else workspace, name)
    if put:
        part = senders.Part(
            server_id=_find(put).id,
            weight=weight,
            purpose=purpose,
            from_domain=from_domain,
            providers=tuple(provider),
        )
        found = senders.put_in(found.id, part)
    if take_out:
        found = senders.take_out(found.id, _find(take_out).id)
    members = [{"server": m.server.name, **asdict(m.part)} for m in found.members]
    names = ", ".join(f"{each['server']} ({each['weight']})" for each in members) or "nobody yet"
    document = {"id": found.id, "name": name, "kind": found.kind, "members": members}
    _say(as_json, document, f"{name} ({found.kind}): {names}.")


@commands.command()
def advice(as_json: bool = office.JSON) -> None:
    """Shared addresses or your own? By your own volume, cadence and list."""
    office.ready()
    from sendoff.insight import public as insight

    given = insight.source_advice(office.workspace_id())
    numbers = (
        f"{given['a_month']:,} messages a month, {given['days_a_week']} days a week,"
        f" {given['bounced_percent']}% bad addresses, over {given['over_days']} days"
    )
    _say(as_json, given, f"{given['advice'].capitalize()}: {given['why']} ({numbers}.)")


def _quotas(hourly: int, daily: int, warmup: str) -> "senders.Quotas":
    from sendoff.senders import public as senders

    return senders.Quotas(hourly=hourly or None, daily=daily or None, warmup=warmup)


def _find(name: str) -> "senders.Server":
    from sendoff.senders import public as senders

    found = senders.find_server(office.workspace_id(), name)
    if found is None:
        office.fail(f"There is no server “{name}”. See: sendoff server list")
    return found


def _say(as_json: bool, document: dict[str, Any], sentence: str) -> None:
    if as_json:
        office.answer(document)
    else:
        office.tell(sentence)
