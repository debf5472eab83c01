"""`sendoff preflight`: whether a campaign's mail would be taken, before it is sent."""

from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from sendoff.cli import office

SIGNS = {
    "complies": "[green]●[/] complies",
    "unknown": "[magenta]?[/] not known",
    "would_defer": "[yellow]◔[/] would be put off",
    "would_refuse": "[red]✕[/] would be refused",
}

_console = Console(stderr=True, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("preflight")(preflight)


def preflight(
    campaign: int,
    seconds: float = typer.Option(20, min=0, help="For asking the ways to all domains."),
    as_json: bool = office.JSON,
) -> None:
    """Prove a campaign before it is sent: a real signed message for each provider, from each
    source, by their published rules. 1: it does not comply, or that is not known."""
    office.ready()
    from sendoff.proving import public as proving

    found = proving.preflight(campaign, office.settings(), seconds)
    if as_json:
        office.answer(found)
    else:
        _say(found)
    raise typer.Exit(0 if found["complies"] else 1)


def _say(found: dict[str, Any]) -> None:
    for each in found["providers"]:
        people = "message" if each["messages"] == 1 else "messages"
        _console.print(
            f"{SIGNS[each['verdict']]}  [bold]{escape(each['reads'])}[/]"
            f"  {each['messages']:,} {people}"
        )
        if each["why_not"]:
            _console.print(f"    {escape(each['why_not'])}")
        for rule in each["rules"]:
            if not rule["ok"]:
                sign = "[magenta]?[/]" if rule["ok"] is None else "[red]▲[/]"
                _console.print(f"  {sign} {rule['rule']}: {escape(rule['sentence'])}")
    _say_domain(found["domain"])
    if found["no_route"]:
        ends = ", ".join(each["domain"] for each in found["endings"][:5])
        _console.print(f"{found['no_route']:,} end at DNS: {escape(ends)}")
    if found["not_asked"]["domains"]:
        _console.print(
            f"DNS has not answered yet for {found['not_asked']['domains']:,} domains"
            f" ({found['not_asked']['messages']:,} messages)."
        )
    if found["expected_done"]:
        _console.print(f"Sent now, it would be done about {found['expected_done']}.")


def _say_domain(found: dict[str, Any]) -> None:
    """What the From domain publishes and should not, or lacks."""
    for record in found["records"]:
        said = f"{record['purpose']}: {record['sentence']} {record['mend']}"
        _console.print(f"[red]▲[/] {escape(said.strip())}")
