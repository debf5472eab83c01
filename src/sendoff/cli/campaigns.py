"""`sendoff campaign …`: what a marketer does on the pages, for programs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from sendoff.cli import office

commands = typer.Typer(help="Write, send, watch and stop campaigns.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(commands, name="campaign")


@commands.command()
def create(
    name: str = typer.Option(..., help="For yourself."),
    to: list[str] = typer.Option(..., "--list", help="A list; may be given more than once."),
    from_email: str = typer.Option(..., "--from", help="Address people see."),
    subject: str = typer.Option(..., help="With merge fields."),
    content: Path = typer.Option(..., help="An .html or .mjml file."),
    from_name: str = typer.Option("", help="Name people see."),
    reply_to: str = typer.Option("", help="Where answers go."),
    preheader: str = typer.Option("", help="The line beside the subject."),
    no_merge: bool = typer.Option(False, help="Send the text as it stands."),
    purpose: str = typer.Option("marketing", help="marketing, or transactional: goes first."),
    through: str = typer.Option("", help="A server or a pool; else the first server."),
    per_minute: int = typer.Option(0, help="At most so many a minute; 0: no limit."),
    retry_after: str = typer.Option("", help="Seconds between tries, as 300,900,1800."),
    time_to_live: int = typer.Option(48 * 3600, help="Seconds until a message is given up."),
    as_json: bool = office.JSON,
) -> None:
    """Write a draft."""
    office.ready()
    from sendoff.campaigns import public as campaigns

    workspace = office.workspace_id()
    text = campaigns.DraftText(
        name=name,
        list_ids=tuple(_list(workspace, each) for each in to),
        from_email=from_email,
        from_name=from_name,
        reply_to=reply_to,
        subject=subject,
        preheader=preheader,
        kind="mjml" if content.suffix == ".mjml" else "html",
        source=_read(content),
        merging=not no_merge,
        purpose=purpose,
    )
    text = replace(text, **_terms(per_minute, retry_after, time_to_live))
    text = replace(text, **_through(workspace, through))
    _drafted(campaigns.draft(workspace, text), as_json)


@commands.command()
def send(
    campaign: int,
    dry_run: bool = typer.Option(False, help="Only say what would happen."),
    override: str = typer.Option(
        "", metavar="DOMAIN", help="Send though this domain would be refused; it is recorded."
    ),
    as_json: bool = office.JSON,
) -> None:
    """Send: freeze content, sender and audience and begin to queue. Twice acts once."""
    office.ready()
    from sendoff.campaigns import public as campaigns

    check = campaigns.check(campaign)
    problems = [f"{p.place}: {p.sentence}" for p in check.problems]
    if problems and not _was_sent(campaign):
        office.fail("\n".join(problems), 1)
    launched = False if dry_run else _launch(campaign, override)
    words = (
        f"Queued for {check.audience:,} people."
        if launched
        else "It was sent before; nothing was done."
    )
    if dry_run:
        words = f"It would go to {check.audience:,} people."
    words += "".join(
        f"\nOf {count:,} no {name} is known; nothing is printed there."
        for name, count in check.missing_fields.items()
        if count
    )
    found = {"audience": check.audience, "missing_fields": check.missing_fields}
    _say(as_json, {"id": campaign, "launched": launched, **found}, words)


@commands.command()
def show(campaign: int, as_json: bool = office.JSON) -> None:
    """The books, the way and what needs attention. 1: the books are off."""
    office.ready()
    from sendoff.cli import words
    from sendoff.insight import public as insight

    summary = insight.campaign_summary(campaign)
    if as_json:
        office.answer(summary)
    else:
        words.campaign(summary)
    raise typer.Exit(0 if summary["balanced"] else 1)


@commands.command()
def pause(campaign: int, why: str = "", as_json: bool = office.JSON) -> None:
    """Begin no new message; what is on the wire is finished."""
    office.ready()
    from sendoff.campaigns import public as campaigns

    done = campaigns.pause(campaign, "command line", why)
    _say(
        as_json,
        {"id": campaign, "paused": done},
        "Paused." if done else "It is not being sent; nothing to pause.",
    )


@commands.command()
def resume(campaign: int, as_json: bool = office.JSON) -> None:
    """Go on where it stood."""
    office.ready()
    from sendoff.campaigns import public as campaigns

    done = campaigns.resume(campaign, "command line")
    _say(as_json, {"id": campaign, "resumed": done}, "Resumed." if done else "It is not paused.")


@commands.command()
def cancel(campaign: int, why: str = "", as_json: bool = office.JSON) -> None:
    """End it for good: what still waits is skipped."""
    office.ready()
    from sendoff.campaigns import public as campaigns

    done = campaigns.cancel(campaign, "command line", why)
    _say(
        as_json,
        {"id": campaign, "cancelled": done},
        "Cancelled." if done else "It is over already, or was never sent.",
    )


@commands.command()
def retry(
    campaign: int,
    only: str = typer.Option(..., metavar="refused|unknown|expired", help="Which messages."),
    dry_run: bool = typer.Option(False, help="Only say what would happen."),
    as_json: bool = office.JSON,
) -> None:
    """Try messages again that ended without being accepted: same rows, same Message-IDs.

    refused: all that were refused, those given up among them. expired: only those given up when
    their time was over. unknown: cut after the final dot; some people may get it twice.
    Suppressed people and those who opted out are left alone.
    """
    office.ready()
    from sendoff.outbox import public as outbox

    if only not in tuple(outbox.Only):
        office.fail(f"--only {only}: write refused, unknown or expired.")
    done = outbox.retry(campaign, outbox.Only(only), "command line", dry_run=dry_run)
    words = f"{done.moved:,} {'would be' if dry_run else 'are'} tried again."
    if done.left_out:
        words += f" {done.left_out:,} are left alone: suppressed, opted out or deleted."
    found = {"moved": done.moved, "left_out": done.left_out, "dry_run": dry_run}
    _say(as_json, {"id": campaign, "only": only, **found}, words)


@commands.command()
def rerun(campaign: int, as_json: bool = office.JSON) -> None:
    """A new draft with the same text and lists."""
    office.ready()
    from sendoff.campaigns import public as campaigns

    new = campaigns.rerun(campaign)
    _say(as_json, {"id": new}, f"Draft {new} is a copy. Send it: sendoff campaign send {new}")


def _launch(campaign: int, override: str) -> bool:
    from sendoff.campaigns import public as campaigns

    try:
        return campaigns.launch(campaign, "command line", override)
    except campaigns.NotCleared as refused:
        how = f'Or add: --override "{refused.word}"'
        office.fail("\n".join((refused.sentence, *refused.objections, how)), 1)


def _drafted(campaign: int, as_json: bool) -> None:
    words = f"Draft {campaign} is written. Send it: sendoff campaign send {campaign}"
    _say(as_json, {"id": campaign}, words)


def _terms(per_minute: int, retry_after: str, time_to_live: int) -> dict[str, Any]:
    """How it is sent; what is not said stays as every draft has it."""
    terms: dict[str, Any] = {"per_minute": per_minute or None, "time_to_live_s": time_to_live}
    if waits := _waits(retry_after):
        terms["retry_after_s"] = waits
    return terms


def _read(content: Path) -> str:
    try:
        return content.read_text(encoding="utf-8")
    except OSError as error:
        office.fail(f"--content {content}: {error.strerror}.")
    except UnicodeDecodeError as error:
        office.fail(f"--content {content}: byte {error.start} is not UTF-8; save it as UTF-8.")


def _waits(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        office.fail(f"--retry-after {text}: write whole seconds with commas, as 300,900,1800.")
    return tuple(map(int, parts))


def _list(workspace: int, name: str) -> int:
    from sendoff.audience import public as audience

    found = audience.find_list(workspace, name)
    if found is None:
        office.fail(f"There is no list “{name}”. Make it with: sendoff import FILE --list “{name}”")
    return found


def _through(workspace: int, name: str) -> dict[str, Any]:
    from sendoff.senders import public as senders

    if not name:
        return {}
    if pool := senders.find_pool(workspace, name):
        return {"pool_id": pool.id}
    if server := senders.find_server(workspace, name):
        return {"server_id": server.id}
    office.fail(f"--through {name}: there is no such server or pool. See: sendoff server list")


def _was_sent(campaign: int) -> bool:
    from sendoff.campaigns import public as campaigns

    return campaigns.get(campaign).launched_at is not None


def _say(as_json: bool, document: dict[str, object], sentence: str) -> None:
    if as_json:
        office.answer(document)
    else:
        office.tell(sentence)
