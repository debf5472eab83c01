"""Show a pretend mailbox as HTML: the mails as filed, what the receiver found. Read only."""

import email
import email.message
import email.policy
import html
from pathlib import Path
from typing import Any
from urllib.parse import quote

from recipients.mailboxes import VERDICT
from recipients.personality import Personality

HEAD_BYTES = 64 * 1024
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #8884;
 vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: 1rem; }
iframe { width: 100%; height: 40rem; border: 1px solid #8886; background: #fff; }
.pass { color: #14713d; } .fail { color: #b3261e; }
@media (prefers-color-scheme: dark) { .pass { color: #6fd39a; } .fail { color: #ff8a80; } }
"""


def home(personalities: tuple[Personality, ...], summary: dict[str, Any]) -> str:
    """All providers, with what they do and what must become of a message to them."""
    rows = "".join(
        f"<tr><th>{_(p.domains[0])}<td>{_(p.reads)}<td>{_(p.expect.outcome)} at {_(p.expect.stage)}"
        for p in personalities
    )
    taken = (
        f"<p>{summary['accepted']:,} copies accepted, {summary['distinct']:,} different ones.</p>"
    )
    table = f"<table><tr><th>Domain<th>What it does<th>A message ends{rows}</table>"
    return _page("Pretend providers", taken + table)


def mailbox(address: str, mails: list[Path]) -> str:
    """The list of a mailbox, newest first."""
    if not mails:
        return _page(address, "<p>No mail has come to this mailbox yet.</p>")
    rows = []
    for number, path in reversed(list(enumerate(mails, 1))):
        row = facts(number, path)
        link = f"/mailboxes/{quote(address)}/{number}"
        subject = _(row["subject"]) or "(no subject)"
        rows.append(
            f'<tr><td><a href="{link}">{subject}</a><td>{_(row["from"])}<td>{_(row["date"])}'
            f"<td>{_verdict_words(row)}"
        )
    head = "<tr><th>Subject<th>From<th>Date<th>What the receiver found"
    return _page(f"Mailbox of {address}", f"<table>{head}{''.join(rows)}</table>")


def mail(address: str, number: int, path: Path) -> str:
    """One mail: verdict, headers, text part, HTML part (scripts off, links open beside)."""
    data = path.read_bytes()
    message = email.message_from_bytes(data, policy=email.policy.default)
    row = facts(number, path)
    reasons = "".join(f"<li>{_(part)}" for part in row["verdict"].split("; ")[3:])
    back = f'<p><a href="/mailboxes/{quote(address)}">All mails of {_(address)}</a></p>'
    body = (
        f"{back}<p>From {_(row['from'])}, {_(row['date'])}, {len(data):,} bytes as filed.</p>"
        f'<form method="post" action="/mailboxes/{quote(address)}/{number}/spam">'
        "<button>Report spam</button></form>"
        f"<h2>What the receiver found</h2><p>{_verdict_words(row)}</p><ul>{reasons}</ul>"
        f"{_rich(_part(message, 'html'))}"
        f"<h2>Text part</h2><pre>{_(_part(message, 'plain')) or 'There is none.'}</pre>"
        f"<h2>Headers as filed</h2><pre>{_(_head(data))}</pre>"
    )
    return _page(row["subject"] or "(no subject)", body)


def reported(address: str, to: str) -> str:
    """After a mail was reported as spam."""
    back = f'<p><a href="/mailboxes/{quote(address)}">All mails of {_(address)}</a></p>'
    return _page("Reported as spam", f"<p>A report goes to {_(to)}.</p>{back}")


def facts(number: int, path: Path) -> dict[str, Any]:
    """What a list says about one mail."""
    with path.open("rb") as file:
        head = email.message_from_bytes(
            file.read(HEAD_BYTES).partition(b"\r\n\r\n")[0], policy=email.policy.default
        )
    verdict = str(head.get(VERDICT, ""))
    words = dict(part.split("=", 1) for part in verdict.split("; ")[:3] if "=" in part)
    return {
        "number": number,
        "message_id": str(head.get("Message-ID", "")),
        "subject": str(head.get("Subject", "")),
        "from": str(head.get("From", "")),
        "to": str(head.get("To", "")),
        "date": str(head.get("Date", "")),
        "return_path": str(head.get("Return-Path", "")),
        "spf": words.get("spf", ""),
        "dkim": words.get("dkim", ""),
        "dmarc": words.get("dmarc", ""),
        "verdict": verdict,
        "bytes": path.stat().st_size,
        "file": path.name,
    }


def _verdict_words(row: dict[str, Any]) -> str:
    names = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}
    return ", ".join(
        f'<span class="{"pass" if row[key] == "pass" else "fail"}">{name} {_(row[key])}</span>'
        for key, name in names.items()
    )


def _rich(source: str) -> str:
    if not source:
        return "<h2>HTML part</h2><p>There is none.</p>"
    document = html.escape(f'<base target="_blank">{source}')
    # No script and no form runs in there; links may open beside, so that a click can be tried.
    allowed = "allow-popups allow-popups-to-escape-sandbox"
    return (
        f'<h2>HTML part</h2><iframe sandbox="{allowed}" title="The mail as HTML" '
        f'srcdoc="{document}"></iframe>'
    )


def _part(message: email.message.EmailMessage, kind: str) -> str:
    found = message.get_body(preferencelist=(kind,))
    if found is None:
        return ""
    try:
        return str(found.get_content())
    except (LookupError, ValueError) as problem:  # a charset nobody knows
        return f"This part cannot be read: {problem}"


def _head(data: bytes) -> str:
    return data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n", "\n")


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{_(title)}</title><style>{STYLE}</style><h1>{_(title)}</h1>{body}</html>"
    )


def _(text: object) -> str:
    return html.escape(str(text))
