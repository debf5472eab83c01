"""`sendoff engagement …`: who opened and clicked, by the rules as they are now. It drops no hit."""

import json
import sys
from typing import Any

import typer

from sendoff.cli import office

commands = typer.Typer(help="Tell people from machines among opens and clicks.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(commands, name="engagement")


@commands.command()
def label(
    user_agent: str = typer.Argument("", help="Without it, lines from stdin."),
    as_json: bool = office.JSON,
) -> None:
    """Say who a program is: human, machine, privacy_proxy or unknown.

    Lines from stdin are user agents, or {user_agent, kind, ip, method, after_ms, links}.
    """
    office.ready(tables=False)
    if user_agent or sys.stdin.isatty():
        _say(_answer({"user_agent": user_agent}), as_json)
        return
    for number, line in enumerate(sys.stdin.buffer, 1):
        _say(_answer(_read(line.decode("utf-8", "replace").rstrip("\r\n"), number)), as_json)


@commands.command()
def relabel(
    campaign: int = typer.Option(0, help="This campaign alone."), as_json: bool = office.JSON
) -> None:
    """Label all hits anew, as after a change of the rules; the counts follow."""
    office.ready()
    from sendoff.tracking import public as tracking

    done = 0
    for step in tracking.relabel(campaign or None):
        done += step
    if as_json:
        office.answer({"relabelled": done})
    else:
        office.tell(f"{done:,} hits are labelled anew.")


def _read(line: str, number: int) -> dict[str, Any]:
    if not line.startswith("{"):
        return {"user_agent": line}
    try:
        asked = json.loads(line)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        office.fail(f"Line {number} is no JSON object; write one, or a user agent as it is.")
    return asked


def _answer(told: dict[str, Any]) -> dict[str, Any]:
    from sendoff.tracking import public as tracking

    asked = tracking.Asked(
        kind=str(told.get("kind") or "open"),
        user_agent=str(told.get("user_agent") or ""),
        ip=str(told.get("ip") or ""),
        method=str(told.get("method") or "GET"),
    )
    after_ms, links = told.get("after_ms"), told.get("links")
    around = tracking.Context(
        after_ms=after_ms if isinstance(after_ms, int) else None,
        links=links if isinstance(links, int) else 0,
    )
    found = tracking.label(asked, around)
    return {
        "user_agent": asked.user_agent,
        "label": found.label,
        "rule": found.rule,
        "why": found.why,
    }


def _say(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        office.answer(found)
    else:
        office.tell(f"{found['label']}: {found['why']} (rule {found['rule']})")
