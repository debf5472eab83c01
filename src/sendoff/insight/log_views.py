"""The pages of the logs, and the same as CSV or JSON lines. They show, and decide nothing."""

import csv
import json
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sendoff.accounts import public as accounts
from sendoff.insight import logbook
from sendoff.insight.log_forms import LogForm

PAGE = 100
_TITLES = {
    "attempts": ("Attempts", "Every try to hand over a message, newest first."),
    "bounces": (
        "Bounces",
        "What was refused for good or for now, in the session or by mail afterwards.",
    ),
    "feedback": (
        "Feedback",
        "What else came back by mail: complaints, opt-outs, confirmations, automatic replies.",
    ),
    "hits": ("Opens and clicks", "Every request for a picture or a link, and who made it."),
}


class _Line:
    """What a CSV writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


@login_required
@require_GET
def page(request: HttpRequest, log: str) -> HttpResponseBase:
    """One log, by the filters in its address; `format` csv or json is all of it as a file."""
    workspace_id = accounts.workspace_of(request.user).id
    form = LogForm(workspace_id, log, request.GET)
    wanted = form.wanted()
    if (asked := request.GET.get("format")) in _FORMATS:
        return _file(log, asked, logbook.entries(workspace_id, log, wanted))
    found = list(islice(logbook.entries(workspace_id, log, wanted, _place(request)), PAGE + 1))
    title, sentence = _TITLES[log]
    context = {
        "title": title,
        "sentence": sentence,
        "log": log,
        "form": form,
        "entries": found[:PAGE],
        "filtered": form.has_changed(),
        "asked": _query(request),
        "next": ".".join(map(str, found[PAGE - 1].place)) if len(found) > PAGE else "",
    }
    return render(request, "insight/log.html", context)


def _file(log: str, wanted: str, entries: Iterator[logbook.Entry]) -> HttpResponse:
    lines, kind = _FORMATS[wanted]
    answer = StreamingHttpResponse(lines(entries), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{log}.{wanted}"'
    return answer  # type: ignore[return-value]  # both are answers


def _csv(entries: Iterator[logbook.Entry]) -> Iterator[str]:
    sheet = csv.writer(_Line(), lineterminator="\r\n")
    yield sheet.writerow(logbook.SHAPE)
    for entry in entries:
        yield sheet.writerow([logbook.cell(value) for value in entry.document().values()])


def _json(entries: Iterator[logbook.Entry]) -> Iterator[str]:
    return (json.dumps(entry.document(), ensure_ascii=False) + "\n" for entry in entries)


_FORMATS = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "json": (_json, "application/x-ndjson"),
}


def _place(request: HttpRequest) -> tuple[int, ...]:
    numbers = request.GET.get("after", "").split(".")
    plain = all(each.isascii() and each.isdecimal() and len(each) < 19 for each in numbers)
    return tuple(map(int, numbers)) if plain else ()


def _query(request: HttpRequest) -> str:
    asked = [
        (name, value)
        for name, value in request.GET.items()
        if value and name not in ("after", "format")
    ]
    return urlencode(asked)
