"""The logs: attempts, bounces, feedback, and opens and clicks, newest first. It only reads.

Entries are read a slice at a time as they are asked for, so that a log of any length fits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.feedback import public as feedback
from sendoff.insight import advice
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.tracking import public as tracking

SLICE = 500
SHAPE = (
    "at", "campaign_id", "message", "recipient", "provider", "type", "dsn_status",
    "diagnostic_code", "reason", "stage", "fault", "category",
)  # fmt: skip
BOUNCES = ("bounce", "soft_bounce")
FEEDBACK = (
    "complaint", "unsubscribe", "autoreply", "delayed", "confirmed", "not-spam", "auth-failure",
    "report",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries; "" and 0 mean any. `status` as `outbox.LogFilter` has it; times in ms.

    `type` is an outcome in the log of attempts, in the others what happened.
    """

    campaign: int = 0
    list: int = 0
    provider: str = ""
    status: str = ""
    category: str = ""
    fault: str = ""
    type: str = ""
    since_ms: int = 0
    until_ms: int = outbox.FAR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a log. `said` is verbatim, `words` say the same plainly; `place` is where to go
    on from."""

    place: tuple[int, ...]
    at_ms: int
    campaign: int | None
    seq: int | None
    contact_id: int | None
    recipient: str
    provider: str
    type: str
    status: str
    said: str
    words: str
    stage: str
    fault: str
    category: str

    def document(self) -> dict[str, Any]:
        """The line in the shape that programs rely on."""
        values = (
            clock.iso(self.at_ms),
            self.campaign,
            f"{self.campaign}.{self.seq}" if self.seq is not None else None,
            *(self.recipient or None, self.provider or None, self.type, self.status or None),
            *(self.said or None, self.words, self.stage or None, self.fault or None),
            self.category or None,
        )
        return dict(zip(SHAPE, values, strict=True))


Reader = Callable[[int, Wanted, tuple[int, ...]], Iterator[Entry]]


def entries(
    workspace_id: int, log: str, wanted: Wanted, after: tuple[int, ...] = ()
) -> Iterator[Entry]:
    """The entries of one of LOGS, newest first, or those that come after a place."""
    return LOGS[log](workspace_id, wanted, after)


def cell(value: object) -> str:
    """A value as a cell of CSV that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _attempts(workspace_id: int, wanted: Wanted, after: tuple[int, ...]) -> Iterator[Entry]:
    since, until = _span(wanted)
    asked = outbox.LogFilter(
        campaign=wanted.campaign,
        list=wanted.list,
        provider=wanted.provider,
        status=wanted.status,
        category=wanted.category,
        fault=wanted.fault,
        outcome=wanted.type,
        since_ms=since,
        until_ms=until,
    )
    place = outbox.place(after)
    while found := outbox.attempts_logged(workspace_id, asked, place, SLICE):
        yield from map(_attempt, found)
        place = found[-1].place


def _span(wanted: Wanted) -> tuple[int, int]:
    """From when to when a campaign was tried, so that what others did since is not read."""
    if not wanted.campaign:
        return wanted.since_ms, wanted.until_ms
    try:
        campaign = campaigns.get(wanted.campaign)
    except campaigns.CampaignError:
        return wanted.since_ms, wanted.until_ms
    since = clock.ms(campaign.launched_at) if campaign.launched_at else 0
    ended = clock.now_ms()
    if campaign.badge in (campaigns.Badge.DONE, campaigns.Badge.CANCELLED):
        ended = clock.ms(campaigns.badges_of(campaign.id)[-1].at) + 60_000
    return max(since, wanted.since_ms), min(ended, wanted.until_ms)


def _attempt(row: outbox.LogRow) -> Entry:
    accepted = row.outcome == "accepted"
    return Entry(
        place=row.place,
        at_ms=row.at_ms,
        campaign=row.campaign,
        seq=row.seq,
        contact_id=None,
        recipient=row.address,
        provider=row.provider,
        type=row.outcome,
        status=row.enhanced,
        said=row.reply,
        words="accepted" if accepted else advice.category_words(row.category),
        stage=row.stage,
        fault=row.fault,
        category=row.category,
    )


def _mails(kinds: tuple[str, ...]) -> Reader:
    def read(workspace_id: int, wanted: Wanted, after: tuple[int, ...]) -> Iterator[Entry]:
        asked = feedback.LogFilter(
            kinds=tuple(kind for kind in kinds if wanted.type in ("", kind)),
            campaign=wanted.campaign,
            status=wanted.status,
            category=wanted.category,
            fault=wanted.fault,
            since_ms=wanted.since_ms,
            until_ms=wanted.until_ms,
        )
        before = after[0] if after else None
        while found := feedback.logged(workspace_id, asked, before, SLICE):
            yield from _placed(map(_mail, found), wanted)
            before = found[-1].id

    return read


def _mail(row: feedback.EventRow) -> Entry:
    words = advice.category_words(row.category) if row.category else row.kind.replace("_", " ")
    return Entry(
        place=(row.id,),
        at_ms=row.at_ms,
        campaign=row.campaign_id,
        seq=row.seq,
        contact_id=row.contact_id,
        recipient=row.email,
        provider="",
        type=row.kind,
        status=row.status,
        said=row.text,
        words=f"{words}. {row.effect}" if row.effect else words,
        stage="" if row.source == "session" else "feedback",
        fault=row.fault,
        category=row.category,
    )


def _hits(workspace_id: int, wanted: Wanted, after: tuple[int, ...]) -> Iterator[Entry]:
    if wanted.status or wanted.fault:
        return  # a hit has neither
    own = [wanted.campaign] if wanted.campaign else []
    ids = [each.id for each in campaigns.of_workspace(workspace_id) if each.id in own or not own]
    asked = tracking.LogFilter(
        campaigns=tuple(ids),
        kind=wanted.type,
        label=wanted.category,
        since_ms=wanted.since_ms,
        until_ms=wanted.until_ms,
    )
    before = after[0] if after else None
    while found := tracking.logged(asked, before, SLICE):
        yield from _placed(map(_hit, found), wanted)
        before = found[-1].id


def _hit(row: tracking.LogRow) -> Entry:
    return Entry(
        place=(row.id,),
        at_ms=row.at_ms,
        campaign=row.campaign,
        seq=row.seq,
        contact_id=None,
        recipient="",
        provider="",
        type=row.kind,
        status="",
        said=row.user_agent,
        words=row.why or "looked at in a few seconds",
        stage="feedback",
        fault="",
        category=row.label,
    )


def _placed(found: Iterator[Entry], wanted: Wanted) -> Iterator[Entry]:
    """With provider and address of their messages; those of another provider or list left out."""
    listed = list(found)
    whose: dict[tuple[int, int], outbox.Whose] = {}
    messages = sorted((e.campaign, e.seq) for e in listed if e.campaign and e.seq)
    for campaign, group in groupby(messages, key=lambda each: each[0]):
        for seq, each in outbox.whose(campaign, [seq for _, seq in group]).items():
            whose[campaign, seq] = each
    with_owner = [(e, whose.get((e.campaign or 0, e.seq or 0))) for e in listed]
    people = {e.contact_id or (owner.contact_id if owner else 0) for e, owner in with_owner}
    addresses = audience.addresses_of(people)
    members = audience.on_list(wanted.list, people) if wanted.list else people
    for entry, owner in with_owner:
        contact = entry.contact_id or (owner.contact_id if owner else 0)
        provider = owner.provider if owner else ""
        if contact in members and wanted.provider in ("", provider):
            yield _filled(entry, entry.recipient or addresses.get(contact, ""), provider)


def _filled(entry: Entry, recipient: str, provider: str) -> Entry:
    same = {name: getattr(entry, name) for name in Entry.__slots__}
    return Entry(**same | {"recipient": recipient, "provider": provider})


LOGS: dict[str, Reader] = {
    "attempts": _attempts,
    "bounces": _mails(BOUNCES),
    "feedback": _mails(FEEDBACK),
    "hits": _hits,
}
TYPES: dict[str, tuple[str, ...]] = {
    "attempts": ("accepted", "deferred", "refused", "unknown"),
    "bounces": BOUNCES,
    "feedback": FEEDBACK,
    "hits": ("open", "click", "unsubscribe", "trap"),
}
