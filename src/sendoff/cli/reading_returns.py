"""`sendoff read`: what mails that came back say. It loads no Django and asks no database."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import typer
from rich.console import Console
from rich.markup import escape

from sendoff.cli import office
from sendoff.lib.errors import PlainError
from sendoff.mail import returned
from sendoff.mail.returned import MAX_BYTES, Reported, Returned

_KINDS = {
    "bounce": "a bounce: the mail could not reach its recipient",
    "delayed": "a notice of delay: the other server goes on trying",
    "complaint": "a complaint: the recipient reported the mail as spam",
    "autoreply": "an automatic answer",
    "delivered": "a confirmation",
    "report": "a report for programs",
    "none": "ordinary mail: it says nothing of a mail that came back",
}


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("read")(read)


def read(
    files: list[str] = typer.Argument(help="Files with one mail each; - is stdin."),
    mbox: bool = typer.Option(False, "--mbox", help="The files hold many mails (mbox)."),
    as_json: bool = office.JSON,
) -> None:
    """Say what mails that came back are: bounces, delays, complaints, automatic answers, …"""
    unreadable = []
    for name in files:
        try:
            for raw in _mails(name, mbox):
                answer = told(name, returned.read(raw))
                office.answer(answer) if as_json else _say(answer)
        except PlainError as error:
            office.tell(str(error))
            unreadable.append(name)
    if unreadable:
        raise typer.Exit(2)


def told(name: str, found: Returned) -> dict[str, Any]:
    """The answer of `sendoff read`, in the shape that programs may rely on."""
    original = asdict(found.original)
    return {
        "file": name,
        "kind": str(found.kind),
        "recipients": [_recipient(each) for each in found.recipients],
        "feedback_type": found.feedback_type or None,
        "report": _report(found),
        "original": {
            **{key: value or None for key, value in original.items()},
            "message": None,  # without a database nobody can know
            "campaign": None,
        },
        "reporting_mta": found.reporting_mta or None,
        "envelope_id": found.envelope_id or None,
        "format": found.format or None,
    }


def _recipient(each: Reported) -> dict[str, Any]:
    texts = ("original_recipient", "action", "status", "diagnostic", "remote_mta")
    return {
        "recipient": each.recipient,
        "hard": each.hard,
        "category": each.category,
        "fault": str(each.fault),
        "reason": each.reason,
        "rule": each.rule or None,
        **{name: getattr(each, name) or None for name in texts},
    }


def _report(found: Returned) -> dict[str, Any] | None:
    if not found.report:
        return None
    report = found.report
    fields = {name: list(values) for name, values in report.fields.items()}
    return {
        "type": report.type,
        **({"fields": fields} if fields else {}),
        **(report.inside.document() if report.inside else {}),
        **({"problem": report.problem} if report.problem else {}),
    }


def _mails(name: str, mbox: bool) -> Iterator[bytes]:
    """The mails of a file, one at a time; PlainError where it cannot be read."""
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as source:
            yield from _split(source) if mbox else [source.read(MAX_BYTES)]
    except OSError as error:
        raise PlainError(f"{name} cannot be read: {error.strerror or error}.") from None


def _split(source: BinaryIO) -> Iterator[bytes]:
    """The mails of an mbox (RFC 4155): each begins with a line `From ` behind an empty one."""
    lines: list[bytes] = []
    size, blank = 0, True
    while line := source.readline(MAX_BYTES):
        if blank and line.startswith(b"From ") and lines:
            yield b"".join(lines)
            lines, size = [], 0
        if size < MAX_BYTES:
            lines.append(line)
        size += len(line)
        blank = not line.strip()
    if lines:
        yield b"".join(lines)


def _say(answer: dict[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(f"{escape(answer['file'])}: [bold]{_KINDS[answer['kind']]}[/]", soft_wrap=True)
    for each in answer["recipients"]:
        lasting = ", for good" if each["hard"] else ""
        status = f" ({each['status']})" if each["status"] else ""
        console.print(f"  {escape(each['recipient'])}: {each['reason']}{lasting}{status}")
        if each["diagnostic"]:
            said = " ".join(each["diagnostic"].split())[:300]
            console.print(f"    [dim]{escape(said)}[/]", soft_wrap=True)
    if answer["feedback_type"]:
        console.print(f"  feedback type: {escape(answer['feedback_type'])}")
    if answer["original"]["message_id"]:
        console.print(f"  about the mail {escape(answer['original']['message_id'])}")
