"""`sendoff reports`: bring reports of receivers from disk, and see which arrived. Sends nothing."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.reputation import public as reputation

commands = typer.Typer(help="Reports of receivers: DMARC and TLS.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(commands, name="reports")


@commands.command()
def read(
    files: list[Path] = typer.Argument(help="XML, JSON, gzip, zip, or whole mails."),
    as_json: bool = office.JSON,
) -> None:
    """Count the reports in files, each once. 1: one of them could not be read, or is no report."""
    room, workspace_id = _room(), office.workspace_id()
    bad = False
    for path in files:
        filed = room.take_file(path, workspace_id)
        bad = bad or filed.state in ("unread", "none")
        if as_json:
            office.answer({"file": str(path), **asdict(filed)})
        else:
            office.tell(f"{path}: {filed.sentence}")
    if bad:
        raise typer.Exit(1)


@commands.command("list")
def list_reports(
    limit: int = typer.Option(50, min=1, max=10_000, help="At most so many, newest first."),
    as_json: bool = office.JSON,
) -> None:
    """The reports that arrived, newest first, one a line."""
    for each in _room().arrivals(office.workspace_id(), limit=limit):
        _say(each, as_json)


@commands.command()
def show(
    domain: str = typer.Argument(help="A sending domain, or one that reports tell of."),
    days: int = typer.Option(30, min=1, max=400, help="Over so many days."),
    as_json: bool = office.JSON,
) -> None:
    """Who sends as a domain, and whether its DMARC policy may go a step further."""
    room, workspace_id = _room(), office.workspace_id()
    picture = room.dmarc(workspace_id, domain.lower().rstrip("."), days)
    advice = room.advice(workspace_id, picture.domain)
    if as_json:
        office.answer(_document(picture, advice))
        return
    for source, sums in picture.by_source.items():
        office.tell(f"{source:10}{sums.messages:>12,} messages, {sums.passed:,} passed DMARC")
    for each in picture.addresses:
        office.tell(f"  {each.source:10}{each.ip:40}{each.sums.messages:>10,}")
    office.tell(f"{advice.sentence} {advice.would_lose if advice.messages else ''}".strip())


def _room() -> Any:
    office.ready()
    from sendoff.reputation import public as reputation

    return reputation


def _say(each: "reputation.Arrival", as_json: bool) -> None:
    from sendoff.lib import clock

    if as_json:
        times = {"begin": clock.iso(each.begin_ms), "received": clock.iso(each.received_ms)}
        told = asdict(each)
        del told["begin_ms"], told["received_ms"]
        office.answer(told | times)
        return
    end = each.problem or f"{each.messages:,} counted, {each.passed:,} passed"
    if each.state == "not_ours":
        end = "kept apart: no sending domain here has this name"
    office.tell(f"{each.id}  {clock.iso(each.received_ms)}  {each.org}  {each.domain}  {end}")


def _document(picture: "reputation.DmarcPicture", advice: "reputation.Advice") -> dict[str, Any]:
    return {
        "domain": picture.domain,
        "days": picture.days,
        "policy": picture.policy or None,
        "sources": {str(source): asdict(sums) for source, sums in picture.by_source.items()},
        "addresses": [
            {
                "ip": each.ip,
                "source": str(each.source),
                **asdict(each.sums),
                "spf": each.spf,
                "dkim": each.dkim,
            }
            for each in picture.addresses
        ],
        "by_day": [
            {"day": str(each.on), "passed": each.passed, "failed": each.failed}
            for each in picture.by_day
        ],
        "advice": asdict(advice),
    }
