"""`sendoff setup` and `sendoff import`: secrets, tables, the owner, a domain, a server, people."""

import os
from dataclasses import asdict
from pathlib import Path

import typer

from sendoff.cli import office
from sendoff.lib import vault
from sendoff.lib.config import config


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
    as_json: bool = office.JSON,
) -> None:
    """Make secrets, tables, the owner and, if named, a domain with its server. Repeatable."""
    made_key = _secrets()
    office.ready()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    owner = _owner(email or typer.prompt("The owner's address"), password, workspace)
    records = _sender(owner.workspace_id, domain, driver, host, source_ip, helo) if domain else []
    if as_json:
        office.answer({**owner.__dict__, "records": records})
        return
    office.tell(
        "The tables are ready." + (" New secrets are in .env; keep a copy." if made_key else "")
    )
    for record in records:
        office.tell(
            f"Publish for {record['purpose']}: {record['host']} {record['type']} {record['value']}"
        )
    office.tell(f"Sign in within the hour: {owner.link}\nThen: sendoff run")


class _Owner:
    def __init__(self, user_id: int, workspace_id: int, link: str) -> None:
        self.user_id, self.workspace_id, self.link = user_id, workspace_id, link


def _owner(email: str, password: str, workspace: str) -> _Owner:
    from sendoff.accounts import public as accounts

    user = accounts.find_user(email)
    if user is None:
        user = accounts.create_owner(email, password or None, workspace).user_id
    token = accounts.make_sign_in_link(user)
    link = f"{config().base_url.rstrip('/')}/sign-in/link/{token}"
    return _Owner(user, accounts.default_workspace().id, link)


def _sender(
    workspace_id: int, domain: str, driver: str, host: str, source_ip: str, helo: str
) -> list[dict[str, str]]:
    from sendoff.drivers.contract import ServerConfig
    from sendoff.senders import public as senders

    if not senders.servers(workspace_id):
        name, _, port = host.partition(":")
        settings = ServerConfig(
            driver=driver,
            helo=helo or f"mail.{domain}",
            source_ip=source_ip,
            host=name,
            port=int(port or 25),
        )
        senders.add_server(workspace_id, driver, settings)
    found = [each for each in senders.domains(workspace_id) if each.name == domain]
    made = found[0] if found else senders.add_domain(workspace_id, domain)
    ips = senders.source_ips(workspace_id)
    return [asdict(record) for record in senders.records(made.id, ips)]


def _secrets() -> bool:
    """Write a key ring to .env where there is none; never over one that is there."""
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
