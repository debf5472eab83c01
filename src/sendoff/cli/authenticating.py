"""`sendoff auth`: whether a message is from whom it says, as a receiver would judge it.

It needs no database; without a zone it asks DNS. What the verdicts are is `mail.auth`'s alone.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import auth_words, office
from sendoff.lib import clock
from sendoff.lib.errors import PlainError

if TYPE_CHECKING:
    from sendoff.mail.auth.names import Resolver

MAX_MESSAGE = 128 * 1024 * 1024  # bytes; no receiver takes more
MAX_LINE = 64 * 1024 * 1024  # bytes of a line of stdin: a case with its zone


class AuthError(PlainError, ValueError):
    """A case cannot be evaluated as it was given; the message is one sentence."""


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("auth")(auth)


def auth(
    file: str = typer.Argument("", help="The message; - is stdin."),
    ip: str = typer.Option("", help="Address of the server that sent it."),
    mail_from: str = typer.Option("", help="Envelope sender; <> for none."),
    helo: str = typer.Option("", help="What that server called itself."),
    zone: str = typer.Option("", help="File with a zone as JSON; without it DNS is asked."),
    at: str = typer.Option("", help="Moment to judge at, as 2026-11-22T04:00:00Z. Default: now."),
    spf: bool = typer.Option(False, "--spf", help="SPF alone: --ip, --mail-from, --helo."),
    dmarc: bool = typer.Option(False, "--dmarc", help="DMARC alone: --from and what passed."),
    from_: list[str] = typer.Option([], "--from", help="Address or domain in From."),
    spf_pass: list[str] = typer.Option([], help="Domain that SPF proved."),
    dkim_pass: list[str] = typer.Option([], help="Domain that DKIM proved."),
    batch: bool = typer.Option(False, "--batch", help="Cases as lines of JSON from stdin."),
    as_json: bool = office.JSON,
) -> None:
    """Evaluate SPF, DKIM, DMARC and ARC of a message, or SPF or DMARC alone."""
    case: dict[str, Any] = {"ip": ip, "mail_from": mail_from, "helo": helo, "at": at}
    case["zone"] = _zone_of(zone) if zone else None
    if batch:
        asyncio.run(_batch(case["zone"]))
        return
    if dmarc:
        case |= {"from": from_, "spf_pass": spf_pass, "dkim_pass": dkim_pass}
    elif not spf:
        if not file:
            office.fail("Name a message: sendoff auth message.eml; or --spf, --dmarc or --batch.")
        case["file"] = file
    answer = asyncio.run(_answer(case))
    office.answer(_named(answer)) if as_json else auth_words.say(answer)


async def _batch(zone: object) -> None:
    """One answer a line; a line that is no case is answered with an error and the exit code 1."""
    wrong = False
    for line in _lines():
        try:
            case = json.loads(line)
            if not isinstance(case, dict):
                raise AuthError("A case is one JSON object a line.")
            if case.get("file") == "-":
                raise AuthError("stdin holds the cases, so no message can come from there.")
            office.answer(_named(await _answer({"zone": zone, **case})))
        except PlainError as error:
            wrong = True
            office.answer({"error": str(error)})
        except (ValueError, RecursionError):
            wrong = True
            office.answer({"error": "The line is not JSON."})
    if wrong:
        raise typer.Exit(1)


def _named(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer of SPF or DMARC alone stands under its name too, as in that of a message."""
    if "dkim" in answer:
        return answer
    return {**answer, "spf" if "trace" in answer else "dmarc": answer}


def _lines() -> Iterator[str]:
    """Lines of stdin that say something; one that is too long is cut, and so answered."""
    source = sys.stdin.buffer
    while line := source.readline(MAX_LINE):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE)
        if line.strip():
            yield line.decode("utf-8", "replace")


async def _answer(case: dict[str, Any]) -> dict[str, Any]:
    """The answer to one case: a message, a From with what passed, or an arrival alone."""
    from sendoff.mail.auth import dmarc, evaluation, spf

    resolver = _resolver(case.get("zone"))
    ip, mail_from, helo = (_text(case, name) for name in ("ip", "mail_from", "helo"))
    if case.get("file") is not None:
        arrival = evaluation.Arrival(ip=ip, mail_from=mail_from, helo=helo) if ip else None
        data = _message(_text(case, "file"))
        told = await evaluation.evaluate(data, arrival, resolver, _moment(case.get("at")))
        return evaluation.document(told)
    if "from" in case:
        spf_pass, dkim_pass = (
            dmarc.Identifiers(passed=_texts(case.get(name))) for name in ("spf_pass", "dkim_pass")
        )
        author = _author(_texts(case["from"]))
        return evaluation.dmarc_document(
            await dmarc.evaluate(author, spf_pass, dkim_pass, resolver)
        )
    if not ip:
        raise AuthError("SPF needs the address of the sending server: --ip 192.0.2.1.")
    return evaluation.spf_document(await spf.check(ip, mail_from, helo, resolver))


def _author(named: list[str]) -> Any:
    """The author that addresses or bare domains name; several are several From."""
    from sendoff.mail.auth import author

    if len(named) > 1:
        return author.Author(several=True, why=f"There are {len(named)} From.")
    try:
        return author.one_of(
            [domain for each in named for domain in _domains(each, author.addresses)]
        )
    except author.Malformed as problem:
        return author.Author(why=f"From cannot be read: {problem}.")


def _domains(named: str, addresses: Any) -> list[str]:
    return list(addresses(named)) if "@" in named else [named]


def _resolver(zone: object) -> "Resolver":
    if zone is not None:
        from sendoff.mail.auth.zone import Zone

        return Zone(zone)
    from sendoff.mail.auth.live import Live

    return Live(office.settings().resolver)


def _zone_of(path: str) -> object:
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        raise AuthError(f"The zone {path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise AuthError(f"The zone {path} is not JSON.") from None


def _message(file: str) -> bytes:
    """The bytes of a message; an empty file is one too."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MAX_MESSAGE + 1)
        else:
            with Path(file).open("rb") as source:
                data = source.read(MAX_MESSAGE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such name"
        raise AuthError(f"The message {file!r} cannot be read: {reason}.") from None
    if len(data) > MAX_MESSAGE:
        raise AuthError(f"The message is larger than {MAX_MESSAGE // 1024 // 1024} MB.")
    return data


def _moment(told: object) -> datetime:
    """A moment from RFC 3339 or seconds since 1970; now where nothing was said."""
    if told is None or told == "":
        return clock.now()
    try:
        if isinstance(told, int | float) or (isinstance(told, str) and told.isdigit()):
            return datetime.fromtimestamp(float(told), UTC)
        moment = datetime.fromisoformat(str(told))
    except (ValueError, OverflowError, OSError):
        raise AuthError(f"{told!r} is no time; write 2026-11-22T04:00:00Z.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(case: dict[str, Any], name: str) -> str:
    value = case.get(name)
    return "" if value is None else str(value)


def _texts(value: object) -> list[str]:
    """A list of texts; one text is a list of one."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
