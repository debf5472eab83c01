"""What the templates of insight show, as plain values. Pure but for reading names."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sendoff.campaigns import public as campaigns
from sendoff.insight import attention, came_back, funnel, proved, rows, summary
from sendoff.insight.picture import Picture
from sendoff.lib import clock
from sendoff.mail.stages import State
from sendoff.outbox import public as outbox

FINISHED = ("done", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One number of the books with the address of its rows."""

    state: str
    words: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Past:
    """One line of the history: a change of badge, or what a person decided about messages."""

    at_ms: int
    badge: str
    why: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """One message that a search found."""

    row: outbox.MessageRow
    campaign: str
    next: str


def campaign(picture: Picture) -> dict[str, Any]:
    """The campaign page."""
    view, books = picture.campaign, picture.books
    change = picture.badges[-1] if picture.badges else None
    return {
        "campaign": view,
        "books": books,
        "live": view.badge not in FINISHED,
        "since": change.at if change else None,
        "since_why": change.why if change else "",
        "history": _history(picture),
        "need_attention": _need_attention(picture),
        "expected_done_ms": picture.expected_done_ms,
        "attention": [(each, _query(each)) for each in attention.look(picture)],
        "way": funnel.way(picture),
        "tls": _tls(picture),
        "oldest_ms": outbox.waiting_since_ms(view.id) if books.waiting else None,
        "providers": _providers(picture),
        "entries": _entries(picture),
        "engagement": picture.engagement,
        "came_back": came_back.came_back(picture.engagement),
        "mails_back": picture.came_back,
        "unsubscribed": picture.engagement.unsubscribed + picture.came_back.unsubscribed,
        "server": picture.server,
        "proved": proved.shares(picture.proofs.known) if books.accepted else [],
        "overrides": [
            {**each, "at": datetime.fromisoformat(each["at"])} for each in picture.overrides
        ],
    }


def named(found: list[campaigns.View], text: str) -> list[campaigns.View]:
    """Campaigns whose name or subject holds a text."""
    wanted = text.casefold()
    return [c for c in found if wanted and wanted in f"{c.name}\n{c.subject}".casefold()]


def with_names(found: list[outbox.MessageRow], workspace_id: int) -> list[Found]:
    """Messages with the names of their campaigns."""
    names = {each.id: each.name for each in campaigns.of_workspace(workspace_id)} if found else {}
    return [
        Found(row=row, campaign=names.get(row.campaign, ""), next=rows.next_step(row))
        for row in found
    ]


def _history(picture: Picture) -> list[Past]:
    changes = [
        Past(at_ms=clock.ms(each.at), badge=each.badge, why=each.why, by=each.by)
        for each in picture.badges
    ]
    decided = [
        Past(at_ms=each.at_ms, badge="", why=_decided(each), by=each.by)
        for each in picture.decisions
    ]
    return sorted([*changes, *decided], key=lambda past: past.at_ms)


def _decided(each: outbox.DecisionRow) -> str:
    words = {
        "leave": "of unknown fate left as they are",
        outbox.Only.UNKNOWN: "of unknown fate sent again",
        outbox.Only.EXPIRED: "given up tried again",
    }
    return f"{each.messages:,} {words.get(each.choice, 'refused tried again')}."


def _need_attention(picture: Picture) -> int:
    """Done does not mean that nobody is needed: how many messages a person should look at."""
    if picture.campaign.badge != "done":
        return 0
    return sum(each.count for each in attention.look(picture) if not each.arrived)


def _query(each: attention.Attention) -> str:
    if not each.count:
        return ""
    asked = {"state": each.state, "provider": each.provider, "category": each.category}
    if each.rule == "in-clear":
        return urlencode(asked | {"tls": "none"})
    if each.rule not in ("no-worker", "lane-suspended", "unknown"):
        asked |= {"stage": ",".join(each.stages), "fault": each.fault}
    return urlencode({name: value for name, value in asked.items() if value}, safe=",")


def _tls(picture: Picture) -> list[tuple[str, int]]:
    """How accepted messages were encrypted, the best first, in the words of `rows.TLS`."""
    counts = Counter(dict.fromkeys(rows.TLS, 0))
    for tally in picture.tallies:
        if tally.state == State.ACCEPTED:
            counts[tally.tls] += tally.count
    return [(name, count) for name, count in counts.items() if count]


def _providers(picture: Picture) -> list[dict[str, Any]]:
    document = summary.summary(picture)
    # Of several ways to one provider the one that opens first says how its mail goes on.
    by_opening = sorted(picture.lanes, key=lambda lane: -lane.suspended_until_ms)
    lanes = {lane.provider: lane for lane in by_opening}
    listed = []
    for each in document["providers"]:
        lane = lanes.get(each["provider"])
        until_ms = lane.suspended_until_ms if lane else 0
        shut = until_ms > picture.books.at_ms
        encrypted = [name for name in ("1.3", "1.2", "none") if each["tls"][name]]
        shown = {"shut": shut, "until_ms": until_ms if until_ms < outbox.FOR_EVER_MS else None}
        clicked = picture.labelled.get(each["provider"], {}).get(("click", "human"), 0)
        also = {"lane": lane, "encrypted": " · ".join(encrypted), "clicked": clicked}
        listed.append(each | shown | also)
    return listed


def _entries(picture: Picture) -> list[Entry]:
    books = picture.books
    words = (
        (State.ACCEPTED, "accepted", books.accepted),
        (State.REFUSED, "refused", books.refused),
        (State.SKIPPED, "skipped", books.skipped),
        (State.WAITING, "waiting", books.waiting),
        (State.UNKNOWN, "unknown", books.unknown),
    )
    return [Entry(state=state, words=text, count=count) for state, text, count in words]
