"""`sendoff setup` and `sendoff import`: secrets, tables, the owner, a domain, a server, people."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.drivers.contract import ServerConfig


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("setup")(setup)
    app.command("import")(import_people)


def setup(
    email: str = typer.Option("", help="The owner's address; asked where absent."),
    password: str = typer.Option("", help="The owner's password; without one, a sign-in link."),
    workspace: str = typer.Option("My workspace", help="Name of the first workspace."),
    domain: str = typer.Option("", help="A sending domain to make a key for."),
    driver: str = typer.Option("direct", help="How to send: direct or smtp."),
    host: str = typer.Option("", help="The relay, as host:port, for the smtp driver."),
    source_ip: str = typer.Option("", help="Address to send from."),
    helo: str = typer.Option("", help="The name to introduce ourselves by."),
    tls: str = typer.Option(
        "",
        help="none, opportunistic, required or implicit; without it, implicit for port 465 and"
        " opportunistic for others.",
    ),
    username: str = typer.Option("", help="Name at the relay."),
    relay_password: str = typer.Option(
        "", envvar="SENDOFF_RELAY_PASSWORD", help="Better given in the environment."
    ),
    as_json: bool = office.JSON,
) -> None:
    """Make secrets, tables, the owner and, if named, a domain with its server. Repeatable."""
    name = helo or f"mail.{domain}"
    login = {"username": username, "password": relay_password, "tls": tls}
    server = server_config(driver, host, helo=name, source_ip=source_ip, **login)
    made_key = _secrets()
    office.settings().data.mkdir(parents=True, exist_ok=True)
    office.ready(tables=False)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    owner = _owner(email or typer.prompt("The owner's address"), password, workspace)
    records = _sender(owner.workspace_id, domain, server) if domain else []
    if as_json:
        office.answer({**asdict(owner), "records": records})
        return
    kept = "New secrets are in .env; keep a copy." if made_key else "The secrets were there."
    office.tell(f"The tables are ready. {kept}")
    for record in records:
        office.tell("Publish for {purpose}: {host} {type} {value}".format_map(record))
    office.tell(f"Sign in within the hour: {owner.link}\nThen: sendoff run")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    user_id: int
    workspace_id: int
    link: str


def _owner(email: str, password: str, workspace: str) -> _Owner:
    from sendoff.accounts import public as accounts

    user = accounts.find_user(email)
    if user and password:
        office.tell(f"{email} is there already; the password stays as it was.")
    if user is None:
        user = accounts.create_owner(email, password or None, workspace).user_id
    token = accounts.make_sign_in_link(user)
    link = f"{office.settings().base_url.rstrip('/')}/sign-in/link/{token}"
    return _Owner(user_id=user, workspace_id=accounts.default_workspace().id, link=link)


def _sender(workspace_id: int, domain: str, server: "ServerConfig") -> list[dict[str, str]]:
    """The domain's records to publish; domain and server are made where they are not there yet."""
    from sendoff.senders import public as senders

    if not senders.servers(workspace_id):
        senders.add_server(workspace_id, server.driver, server)
    found = [each for each in senders.domains(workspace_id) if each.name == domain]
    made = found[0] if found else senders.add_domain(workspace_id, domain)
    ips = senders.source_ips(workspace_id)
    return [asdict(record) for record in senders.records(made.id, ips)]


def server_config(driver: str, place: str, **more: str) -> "ServerConfig":
    """The way out as the options name it; a relay needs its place."""
    from sendoff.drivers import findings
    from sendoff.drivers.contract import ServerConfig
    from sendoff.drivers.registry import DRIVERS

    host, _, port = place.partition(":")
    if driver not in DRIVERS:
        office.fail(f"--driver {driver}: choose one of {', '.join(DRIVERS)}.")
    if driver == "smtp" and not host:
        office.fail("--host: say which relay, as relay.example:587.")
    if port and not port.isdecimal():
        office.fail(f"--host {place}: write it as host:port, as relay.example:587.")
    more["tls"] = more["tls"] or ("implicit" if port == "465" else "opportunistic")
    config = ServerConfig(driver=driver, host=host, port=int(port or 25), **more)  # type: ignore[arg-type]  # all of `more` is text
    if wrong := findings.why_wrong(config):
        office.fail(f"--tls {config.tls}: {wrong}")
    return config


def _secrets() -> bool:
    """Write a key ring to .env where there is none; never over one that is there."""
    from sendoff.lib import vault
    from sendoff.lib.config import config

    if config().keys:
        return False
    path = Path(os.environ.get("SENDOFF_ENV_FILE", ".env"))
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, f"SENDOFF_KEYS={vault.new_key()}\n".encode())
    os.close(fd)
    config.cache_clear()
    return True


def import_people(
    file: Path = typer.Argument(..., help="A CSV with a header line."),
    to: str = typer.Option(..., "--list", help="The list to add them to; made if it is new."),
    as_json: bool = office.JSON,
) -> None:
    """Add people from a CSV file to a list."""
    if not file.is_file():
        office.fail(f"There is no file {file}.")
    office.ready()
    from sendoff.audience import public as audience

    workspace = office.workspace_id()
    list_id = audience.find_list(workspace, to) or audience.create_list(workspace, to)
    report = audience.run_import(workspace, list_id, file)
    if as_json:
        office.answer(asdict(report))
    else:
        office.tell(
            f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged,"
            f" {report.rejected:,} rejected of {report.rows:,} rows. {report.problem}"
        )
    raise typer.Exit(1 if report.problem else 0)
