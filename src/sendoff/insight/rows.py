"""The rows behind a number: from what an address bar says to messages. It only reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sendoff.feedback import public as feedback
from sendoff.insight import advice
from sendoff.insight.waiting import Waiting
from sendoff.mail.stages import BY_NAME, STAGES, State, position
from sendoff.outbox import public as outbox
from sendoff.tracking import public as tracking

PAGE = 100
_PLAIN = ("state", "provider", "fault", "category")
_WHOM = {
    "human": "by a person",
    "machine": "by machines alone",
    "privacy_proxy": "by a privacy proxy",
    "unknown": "by we don't know whom",
}
_HITS = {"opened": "opened", "clicked": "clicked", "unsubscribed": "unsubscribed"} | {
    f"{did}_{label}": f"{did} {_WHOM[label]}"
    for did in ("opened", "clicked")
    for label in tracking.LABELS
}
_MAILS = {"bounced": "bounced", "complained": "complained", "unsubscribed": "unsubscribed"}
DID = _HITS | _MAILS
TLS = ("1.3", "1.2", "none")  # of accepted messages: the version, or that they went in clear


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a rows page shows. `reached` names the stage that all of them got to.

    `stage` is one stage or several with commas between; `tls` is a word of TLS, `did` of DID.
    """

    state: str | None = None
    stage: str | None = None
    provider: str | None = None
    fault: str | None = None
    category: str | None = None
    tls: str | None = None
    reached: str | None = None
    did: str | None = None
    after: int = 0

    def query(self) -> str:
        """The same as it stands in an address."""
        return urlencode({name: value for name, value in self.parts()} | self._after())

    def parts(self) -> list[tuple[str, str]]:
        """Each condition that is set."""
        named = (
            (name, getattr(self, name)) for name in (*_PLAIN, "stage", "tls", "reached", "did")
        )
        return [(name, value) for name, value in named if value is not None]

    def without(self, name: str) -> "Wanted":
        """The same with one condition less, from the first page."""
        left: dict[str, Any] = {name: None, "after": 0}
        return replace(self, **left)

    def _after(self) -> dict[str, str]:
        return {"after": str(self.after)} if self.after else {}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition in words, with the address of the page without it."""

    words: str
    without: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows, and the address of the next ones where there are more."""

    rows: list[outbox.MessageRow]
    conditions: list[Condition]
    next: str


def read(asked: Mapping[str, str]) -> Wanted:
    """What an address asks for; stages and states that do not exist are left out."""
    after = asked.get("after", "")
    return Wanted(
        state=_one_of(tuple(State), asked.get("state")),
        stage=_stages(asked.get("stage", "")),
        provider=asked.get("provider"),
        fault=asked.get("fault"),
        category=asked.get("category"),
        tls=_one_of(TLS, asked.get("tls")),
        reached=_one_of(tuple(BY_NAME), asked.get("reached")),
        did=_one_of(tuple(DID), asked.get("did")),
        after=int(after) if after.isdecimal() and len(after) < 19 else 0,
    )


def _one_of(known: tuple[str, ...], word: str | None) -> str | None:
    return word if word in known else None


def _stages(words: str) -> str | None:
    return ",".join(word for word in words.split(",") if word in BY_NAME) or None


def page(campaign_id: int, wanted: Wanted) -> Page:
    """One page of rows in order of their number."""
    found = (_that if wanted.did else _messages)(campaign_id, wanted, PAGE + 1)
    rows = found[:PAGE]
    more = replace(wanted, after=rows[-1].seq).query() if len(found) > PAGE else ""
    conditions = [
        Condition(words=_words(name, value), without=wanted.without(name).query())
        for name, value in wanted.parts()
    ]
    return Page(rows=rows, conditions=conditions, next=more)


def _that(campaign_id: int, wanted: Wanted, limit: int) -> list[outbox.MessageRow]:
    """Rows whose people did something, a slice of their numbers at a time."""
    found: list[outbox.MessageRow] = []
    after = wanted.after
    while len(found) < limit:
        seqs = _numbers(campaign_id, str(wanted.did), after, limit)
        if not seqs:
            break
        after = seqs[-1]
        found += _messages(campaign_id, wanted, limit, tuple(seqs))
    return found[:limit]


def _numbers(campaign_id: int, did: str, after: int, limit: int) -> list[int]:
    """The next numbers of those that did something, by link or by mail."""
    by_hit = tracking.messages_that(campaign_id, did, after, limit) if did in _HITS else []
    by_mail = feedback.messages_that(campaign_id, did, after, limit) if did in _MAILS else []
    return sorted({*by_hit, *by_mail})[:limit]


def _messages(
    campaign_id: int, wanted: Wanted, limit: int, seqs: tuple[int, ...] | None = None
) -> list[outbox.MessageRow]:
    plain = outbox.Filter(
        **{name: getattr(wanted, name) for name in _PLAIN},
        stages=tuple(wanted.stage.split(",")) if wanted.stage else None,
        tls=wanted.tls,
        seqs=seqs,
        after_seq=wanted.after,
        limit=limit,
    )
    if wanted.reached is None or wanted.stage is not None:
        return outbox.messages(campaign_id, plain)
    # Each stage from there on has an index of its own; merged by number they are one page.
    from_here = [s.name for s in STAGES if position(s.name) >= position(wanted.reached)]
    found = [
        m for stage in from_here for m in outbox.messages(campaign_id, replace(plain, stage=stage))
    ]
    return sorted(found, key=lambda row: row.seq)[:limit]


def next_step(row: outbox.MessageRow, waiting: Waiting | None = None) -> str:
    """What happens next to a message, in words; `waiting` says it best where it was read."""
    if waiting:
        return waiting.sentence
    if row.state == State.ACCEPTED:
        return ""
    if row.state == State.WAITING and row.claimed:
        return "A worker has it now."
    rule = advice.advise(row.state, row.stage, row.fault, row.category)
    hold = advice.hold_words(row.hold) if row.state == State.WAITING else ""
    return hold or (rule.next_for(row.state) if rule else "")


def _words(name: str, value: str) -> str:
    return _WORDS[name](value)


def _stopped(value: str) -> str:
    reads = (BY_NAME[stage].reads.lower() for stage in value.split(","))
    return f"stopped at: {' or '.join(reads)}"


_WORDS: dict[str, Callable[[str], str]] = {
    "state": lambda value: "we don't know" if value == State.UNKNOWN else value,
    "provider": lambda value: f"provider: {value or 'none yet'}",
    "fault": lambda value: f"fault: {advice.fault_words(value)}",
    "category": lambda value: advice.category_words(value) if value else "no category",
    "stage": _stopped,
    "did": lambda value: DID[value],
    "tls": lambda value: "not encrypted" if value == "none" else f"TLS {value}",
    "reached": lambda value: f"got as far as: {BY_NAME[value].reads.lower()}",
}
