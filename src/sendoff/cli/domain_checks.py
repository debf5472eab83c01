"""`sendoff domain add`, `list`, `check`, `records`: what to publish, and what is published."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import office
from sendoff.cli.domains import NAME, commands, named

if TYPE_CHECKING:
    from sendoff.proving import public as proving

SIGNS = {"ok": "●", "missing": "✕", "wrong": "✕", "pending": "◔", "unreachable": "?"}
_LEFT_OUT = ("repeated_s",)


def register() -> None:
    """Add these commands to those about domains."""
    commands.command("add")(add)
    commands.command("list")(list_domains)
    commands.command("check")(check)
    commands.command("records")(records)


def add(name: str = NAME, as_json: bool = office.JSON) -> None:
    """Make a key for a domain and say what to publish. A URL or an address is understood."""
    office.ready()
    from sendoff.proving import public as proving
    from sendoff.senders import public as senders

    made = senders.add_domain(office.workspace_id(), proving.read_domain(name))
    _tell_records(made.name, proving.wanted(made.id), as_json)


def list_domains(as_json: bool = office.JSON) -> None:
    """Every sending domain, and what the last check of it found."""
    office.ready()
    from sendoff.lib import clock
    from sendoff.proving import public as proving
    from sendoff.senders import public as senders

    workspace_id = office.workspace_id()
    checks = proving.last_of(workspace_id)
    for domain in senders.domains(workspace_id):
        last = checks.get(domain.id)
        wrong = [each.purpose for each in last.records if each.verdict != "ok"] if last else []
        if as_json:
            at = clock.iso(last.at_ms) if last else None
            ready = last.ready if last else None
            row = {"domain": domain.name, "ready": ready, "checked_at": at, "not_ok": wrong}
            office.answer(row)
        else:
            stands = "not checked yet" if last is None else "ready" if last.ready else "not ready"
            office.tell(f"{domain.name}: {stands}. {', '.join(wrong)}".strip())


def check(name: str = NAME, as_json: bool = office.JSON) -> None:
    """Ask DNS, the policy's web server and the mail server now; exit 1 where it is not ready."""
    office.ready()
    from sendoff.proving import public as proving

    checked = proving.check(named(name).id)
    if as_json:
        office.answer(_document(checked))
    else:
        for record in checked.records:
            office.tell(_sentence(record))
        office.tell(f"{checked.domain} is {'ready' if checked.ready else 'not ready'}.")
    raise typer.Exit(0 if checked.ready else 1)


def records(
    name: str = NAME,
    zone_file: bool = typer.Option(False, "--zone-file", help="As a zone file, on stdout."),
    as_json: bool = office.JSON,
) -> None:
    """What the domain's owner publishes."""
    office.ready()
    from sendoff.proving import public as proving

    domain = named(name)
    wanted = proving.wanted(domain.id)
    if zone_file:
        typer.echo(proving.zone_file(domain.name, wanted), nl=False)
    else:
        _tell_records(domain.name, wanted, as_json)


def _tell_records(name: str, wanted: "tuple[proving.Record, ...]", as_json: bool) -> None:
    found = [each for each in wanted if each.expected and each.type != "mailbox"]
    if as_json:
        keys = ("purpose", "kind", "host", "type", "expected", "needed")
        rows = [{key: getattr(each, key) for key in keys} for each in found]
        office.answer({"domain": name, "records": rows})
        return
    for record in found:
        lead = "Publish for" if record.needed else "If you wish, for"
        office.tell(f"{lead} {record.purpose}: {record.host} {record.type} {record.expected}")


def _document(checked: "proving.Checked") -> dict[str, Any]:
    from sendoff.lib import clock

    rows = [asdict(record) for record in checked.records]
    shown = [{k: v for k, v in row.items() if k not in _LEFT_OUT} for row in rows]
    return {
        "domain": checked.domain,
        "ready": checked.ready,
        "checked_at": clock.iso(checked.at_ms),
        "records": shown,
    }


def _sentence(record: "proving.Record") -> str:
    lines = [f"{SIGNS[record.verdict]} {record.purpose}: {record.sentence} {record.mend}".rstrip()]
    lines += [f"  {said.sentence} {said.mend}".rstrip() for said in record.advice]
    return "\n".join(lines)
