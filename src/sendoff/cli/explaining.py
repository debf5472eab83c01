"""`sendoff explain`: what a mail server's reply means. It asks no server; a database only for the
replies that no rule knows.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from sendoff.cli import office, unmatched_replies
from sendoff.mail import codes, diagnostics, replies, stages

MAX_LINE = 1024 * 1024  # bytes of a line of stdin; what is longer is cut, and answered
# What people call the providers of smtp/providers.toml.
_ALSO = {
    "gmail": "google",
    "googlemail": "google",
    "workspace": "google",
    "hotmail": "outlook",
    "live": "outlook",
    "outlook.com": "outlook",
    "microsoft": "outlook",
    "m365": "microsoft365",
    "o365": "microsoft365",
    "office365": "microsoft365",
    "exchange": "microsoft365",
    "aol": "yahoo",
    "icloud": "apple",
    "web.de": "gmx",
}
_ACTIONS = {
    "retry": "try again later",
    "slow": "send slower",
    "suspend": "stop sending to this provider for a time",
    "suppress": "stop writing to this address",
    "fix": "mend this on our side",
    "inspect": "look into it",
}


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("explain")(explain)


def explain(
    text: str = typer.Argument("", help="The reply. Without it, lines of JSON from stdin."),
    provider: str = typer.Option("", help="Whose reply it is: google, outlook, yahoo, …"),
    stage: str = typer.Option("", help="Where it was said: greeting, mail, rcpt, data, …"),
    unmatched: bool = typer.Option(
        False,
        "--unmatched",
        help="Replies met while sending that no rule knows, each with a draft.",
    ),
    days: int = typer.Option(7, min=1, help="With --unmatched: of so many days, today included."),
    as_json: bool = office.JSON,
) -> None:
    """Say whose fault a reply is and what to do. Lines from stdin are {text, provider, stage}."""
    if unmatched:
        unmatched_replies.show(days, as_json=as_json)
        return
    stage = stage.casefold()
    if stage and stage not in stages.BY_NAME:
        office.fail(f'"{stage}" is no stage; the stages are {", ".join(stages.BY_NAME)}.')
    if text:
        answer = meaning(text, provider, stage)
        office.answer(answer) if as_json else _say(text, answer)
        return
    if sys.stdin.isatty():
        office.fail('Give a reply: sendoff explain "550 5.1.1 User unknown" --provider google')
    for line in _lines():
        office.answer(_answer(line, provider, stage))


def meaning(text: str, provider: str, stage: str) -> dict[str, Any]:
    """The answer of `sendoff explain`, in the shape that programs may rely on."""
    found = diagnostics.read(text)
    named = provider.strip().casefold()
    verdict = replies.understand(found.reply, stage or found.stage, _ALSO.get(named, named))
    return {
        "stage": verdict.stage or None,
        "fault": str(verdict.fault),
        "category": verdict.category,
        "temporary": verdict.temporary,
        "action": verdict.action,
        "code": found.reply.code or None,
        "enhanced": found.reply.enhanced or None,
        "enhanced_reads": codes.reads(found.reply.enhanced),
        "rule": verdict.rule,
        "advice": verdict.advice,
        "link": verdict.link,
    }


def _lines() -> Iterator[str]:
    """Lines of stdin; bytes that are no UTF-8 are shown, not refused."""
    source = sys.stdin.buffer
    while line := source.readline(MAX_LINE):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE)
        if line.strip():
            yield line.decode("utf-8", "backslashreplace")


def _answer(line: str, provider: str, stage: str) -> dict[str, Any]:
    """One answer a line. What is not the JSON we know is taken for the reply itself."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        return meaning(line, provider, stage)
    told = str(asked.get("stage") or stage).casefold()
    return meaning(
        str(asked.get("text") or ""),
        str(asked.get("provider") or provider),
        told if told in stages.BY_NAME else "",
    )


def _say(text: str, answer: dict[str, Any]) -> None:
    console = Console(highlight=False)
    reply = diagnostics.read(text).reply
    said = reply.verbatim if reply.code else reply.text
    once = "for now" if answer["temporary"] else "for good"
    console.print(f"[dim]{escape(said[:400])}[/]", soft_wrap=True)
    for name, value in (
        ("what", f"[bold]{answer['category'].replace('_', ' ')}[/], {once}"),
        ("whose fault", stages.FAULT_READS[answer["fault"]]),
        ("where", answer["stage"] or "not said"),
        ("to do", _ACTIONS[answer["action"]]),
        ("advice", escape(answer["advice"])),
        ("code", _code(answer)),
        ("rule", answer["rule"]),
        ("read more", answer["link"]),
    ):
        if value:
            console.print(f"  {name:12} {value}", soft_wrap=True)


def _code(answer: dict[str, Any]) -> str:
    code, enhanced = answer["code"], answer["enhanced"]
    if not enhanced:
        return str(code or "none")
    words = f"{code or 'no basic code'}, {enhanced}: {answer['enhanced_reads']}"
    disagree = code and str(code)[0] != enhanced[0]
    return f"{words}. The basic code decides" if disagree else words
