"""`sendoff log`: attempts, bounces, feedback, opens and clicks, newest first, as they are read."""

from datetime import UTC, datetime

import typer

from sendoff.cli import office


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("log")(log)


def log(
    name: str = typer.Argument(..., help="attempts, bounces, feedback or hits."),
    campaign: int = typer.Option(0, help="This campaign alone."),
    of_list: str = typer.Option("", "--list", help="People who are on this list now."),
    provider: str = typer.Option("", help="As google, or a domain."),
    status: str = typer.Option("", help="Beginning of a status, as 5 or 5.7; or a code, as 550."),
    category: str = typer.Option("", help="As bad_mailbox; of hits: human, machine, …"),
    fault: str = typer.Option("", help="As recipient or our_ip."),
    kind: str = typer.Option("", "--type", help="As refused, complaint or click."),
    since: str = typer.Option("", help="From this moment: 2026-11-22 or 2026-11-22T14:00 (UTC)."),
    until: str = typer.Option("", help="Up to this moment."),
    limit: int = typer.Option(0, min=0, help="At most so many lines; 0: all."),
    as_json: bool = office.JSON,
) -> None:
    """Tell what was tried and what came back, newest first, a line each."""
    office.ready()
    from sendoff.insight import public as insight

    if name not in insight.LOGS:
        office.fail(f'There is no log "{name}"; the logs are {", ".join(insight.LOGS)}.')
    workspace = office.workspace_id()
    wanted = insight.LogWanted(
        campaign=campaign,
        list=_list(workspace, of_list),
        provider=provider,
        status=status,
        category=category,
        fault=fault,
        type=kind,
        **{key: _ms(text) for key, text in (("since_ms", since), ("until_ms", until)) if text},
    )
    for number, line in enumerate(insight.log(workspace, name, wanted), 1):
        if as_json:
            office.answer(line)
        else:
            said = f" “{line['diagnostic_code']}”" if line["diagnostic_code"] else ""
            to = line["recipient"] or "(erased)"
            office.tell(f"{line['at']}  {to}  {line['type']}: {line['reason']}{said}")
        if number == limit:
            return


def _list(workspace: int, name: str) -> int:
    if not name:
        return 0
    from sendoff.audience import public as audience

    found = audience.find_list(workspace, name)
    if found is None:
        office.fail(f"There is no list “{name}”.")
    return found


def _ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        office.fail(f'"{text}" is no moment; write it as 2026-11-22 or 2026-11-22T14:00.')
    from sendoff.lib import clock

    return clock.ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
