"""What the pretend internet answers over HTTP: records, ledger, events, mailboxes. Opens no socket.

PUT, DELETE and GET /records · GET /ledger, /ledger/summary, /events, /personalities,
/expect/ADDRESS · GET /mailboxes/ADDRESS, /mailboxes/ADDRESS/N and /mailboxes/ADDRESS.json
· POST /mailboxes/ADDRESS/N/spam reports that mail as spam.
"""

import json
import urllib.parse
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recipients import pages, reports
from recipients.httpd import Request, Response
from recipients.mx import Office
from recipients.personality import Personality, expected
from recipients.zone import Record, RecordError


class Registrar:
    """The desk: owners enter records, testers read what arrived."""

    def __init__(
        self,
        *,
        personalities: tuple[Personality, ...],
        office: Office,
        records_file: Path,
    ) -> None:
        self._personalities = personalities
        self._zone = office.zone
        self._ledger = office.ledger
        self._mailboxes = office.mailboxes
        self._events = office.events
        self._courier = office.courier
        self._file = records_file
        self._routes = {
            "records": self._records,
            "ledger": self._ledger_lines,
            "events": self._seen,
            "personalities": self._who,
            "expect": self._expect,
            "mailboxes": self._mailbox,
            "": self._home,
        }
        if records_file.exists():
            self._zone.enter(_records_in(records_file.read_bytes()))

    def handle(self, request: Request) -> Response:
        """Answer one request; a request that makes no sense gets one clear sentence."""
        first, *rest = [urllib.parse.unquote(p) for p in request.path.strip("/").split("/")]
        route = self._routes.get(first)
        if route is None:
            return _problem(404, f"There is nothing at /{first}; see registrar.py for the list.")
        if request.method == "POST" and first == "mailboxes" and rest[2:] == ["spam"]:
            return self._spam(rest)
        if request.method != "GET" and first != "records":
            return _problem(405, f"/{first} can only be read with GET.")
        return route(request, rest)

    def _records(self, request: Request, rest: list[str]) -> Response:
        if request.method not in ("GET", "PUT", "DELETE"):
            return _problem(405, "Use GET, PUT or DELETE for /records.")
        try:
            if request.method == "PUT":
                self._zone.enter(_records_in(request.body))
            elif request.method == "DELETE":
                whole = self._zone.entered
                self._zone.withdraw(_records_in(request.body) if request.body else whole)
        except RecordError as problem:
            return _problem(400, str(problem))
        entered = [asdict(record) for record in self._zone.entered]
        if request.method != "GET":
            self._file.write_text(json.dumps(entered, indent=1) + "\n")
        return _json(entered)

    def _ledger_lines(self, request: Request, rest: list[str]) -> Response:
        if rest == ["summary"]:
            return _json(self._ledger.summary())
        since = request.query.get("since", "0")
        if not since.isdecimal():
            return _problem(400, "since= takes the number `n` of the last line you have.")
        return _lines(self._ledger.since(int(since)))

    def _seen(self, request: Request, rest: list[str]) -> Response:
        query = request.query
        since = query.get("since", "0")
        if not since.isdecimal():
            return _problem(400, "since= takes a time in epoch milliseconds.")
        found = self._events.matching(
            query.get("command", ""), query.get("provider", ""), int(since)
        )
        return _lines(found)

    def _who(self, request: Request, rest: list[str]) -> Response:
        return _json([asdict(personality) for personality in self._personalities])

    def _expect(self, request: Request, rest: list[str]) -> Response:
        found = expected(self._personalities, rest[0] if rest else "")
        return _json(asdict(found)) if found else _problem(404, "No provider has that domain.")

    def _mailbox(self, request: Request, rest: list[str]) -> Response:
        if not rest or "@" not in rest[0]:
            return _problem(404, "Name a mailbox: /mailboxes/ana@greypost.test")
        as_data = rest[0].endswith(".json")
        address = rest[0].removesuffix(".json").lower()
        mails = self._mailboxes.mails(address)
        if as_data:
            return _json([pages.facts(n, mail) for n, mail in enumerate(mails, 1)])
        if len(rest) == 1:
            return _html(pages.mailbox(address, mails))
        number = int(rest[1]) if rest[1].isdecimal() else 0
        if not 1 <= number <= len(mails):
            return _problem(404, f"{address} has {len(mails)} mails, and no number {rest[1]}.")
        return _html(pages.mail(address, number, mails[number - 1]))

    def _spam(self, rest: list[str]) -> Response:
        """Report a mail as spam: by the feedback loop of the domain in its return path."""
        mails = self._mailboxes.mails(rest[0].lower())
        number = int(rest[1]) if rest[1].isdecimal() else 0
        if not 1 <= number <= len(mails):
            return _problem(404, f"{rest[0]} has {len(mails)} mails, and no number {rest[1]}.")
        filed = mails[number - 1].read_bytes()
        sender = pages.facts(number, mails[number - 1])["return_path"].strip("<>")
        if not sender:
            return _problem(409, "Nobody can be told: the mail has no return path.")
        to = f"feedback@{sender.rpartition('@')[2]}"
        host = f"fbl.{rest[0].rpartition('@')[2]}"
        mail = reports.spam(host=host, to=to, sender=sender, filed=filed)
        self._courier.post(host, to, mail)
        return _html(pages.reported(rest[0], to))

    def _home(self, request: Request, rest: list[str]) -> Response:
        return _html(pages.home(self._personalities, self._ledger.summary()))


def _records_in(body: bytes) -> list[Record]:
    try:
        rows = json.loads(body)
        return [
            Record(name=str(row["name"]), type=str(row["type"]), value=str(row.get("value", "")))
            for row in rows
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        shape = '[{"name": "shop.test", "type": "TXT", "value": "v=spf1 -all"}]'
        raise RecordError(
            f"Records are a JSON list like {shape}; this was not: {problem}"
        ) from None


def _json(value: Any, status: int = 200) -> Response:
    return Response(body=json.dumps(value).encode() + b"\n", status=status)


def _lines(rows: Iterable[dict[str, Any]]) -> Response:
    body = "".join(json.dumps(row) + "\n" for row in rows)
    return Response(body=body.encode(), content_type="application/x-ndjson")


def _html(page: str) -> Response:
    return Response(body=page.encode(), content_type="text/html; charset=utf-8")


def _problem(status: int, sentence: str) -> Response:
    return _json({"error": sentence}, status)
