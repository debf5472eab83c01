"""Say a campaign or one message's journey on a terminal. Words only; the facts are insight's."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

SIGNS = {"accepted": "●", "waiting": "◔", "refused": "✕", "unknown": "?", "skipped": "–"}
COLOURS = {
    "accepted": "green",
    "waiting": "yellow",
    "refused": "red",
    "unknown": "magenta",
    "skipped": "bright_black",
}

_console = Console(stderr=True, highlight=False)


def campaign(summary: dict[str, Any]) -> None:
    """The books, the way and what needs attention."""
    _console.print(f"[bold]{escape(summary['name'])}[/]  {summary['badge']}")
    if summary["expected_done"]:
        _console.print(f"Done about {summary['expected_done']} under the present limits.")
    for each in summary["attention"]:
        _console.print(f"[red]▲[/] {escape(each['sentence'])}")
    _console.print(_way(summary))
    _console.print(books(summary), soft_wrap=True)


def books(summary: dict[str, Any]) -> str:
    """One line that adds up."""
    parts = " + ".join(f"{summary[state]:,} {state}" for state in SIGNS)
    proof = "✓ balanced" if summary["balanced"] else "✕ THE BOOKS ARE OFF"
    return f"{summary['audience']:,} = {parts}   {proof}"


def journey(line: dict[str, Any]) -> None:
    """One message, attempt by attempt, step by step."""
    state = line["state"]
    sign = f"[{COLOURS.get(state, 'white')}]{SIGNS.get(state, '·')} {state}[/]"
    _console.print(f"[bold]{escape(line['address'])}[/]  {sign}  {escape(line['message_id'])}")
    if rolled := line["rolled_up"]:
        _console.print(f"  Older tries: {rolled}. Their details were rolled up into daily counts.")
    for attempt in line["attempts"]:
        _attempt(attempt)
    if waiting := line.get("waiting"):
        _console.print(f"  {escape(waiting['sentence'])}")
    for event in line["events"]:
        _console.print(
            f"  {event['at']}  {event['type']} ({event['label']}) {escape(event['detail'])}"
        )


def _attempt(attempt: dict[str, Any]) -> None:
    fault = f", fault: {attempt['fault']}" if attempt["fault"] else ""
    _console.print(
        f"  try {attempt['n']} at {attempt['started_at']}: {attempt['outcome']} at"
        f" {attempt['stage']}{fault}"
    )
    for step in attempt["steps"]:
        command = escape(step["command"] or "(they speak first)")
        _console.print(
            f"    {step['stage']:9}{step['ms']:8.1f} ms  {command}\n"
            f"    {'':9}{'':8}     [dim]{escape(step['reply'])}[/]",
            soft_wrap=True,
        )


def _way(summary: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name, side in (("stage", "left"), ("reached", "right"), ("stopped here", "right")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]  # rich's own literals
    for stage, counts in summary["stages"].items():
        if counts["reached"] is not None:
            table.add_row(stage, f"{counts['reached']:,}", f"{counts['stopped']:,}")
    return table
