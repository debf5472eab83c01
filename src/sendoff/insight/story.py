"""The way of one message in words, a line a stage, with its evidence. Pure; it reads nothing."""

from dataclasses import dataclass
from typing import Any

from sendoff.campaigns import public as campaigns
from sendoff.feedback import public as feedback
from sendoff.insight import advice, evidence, proved
from sendoff.insight.evidence import Line
from sendoff.insight.waiting import Waiting
from sendoff.lib import clock
from sendoff.mail.stages import BY_NAME, Kind, State, position
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders
from sendoff.tracking import public as tracking

_ON_THE_WIRE = ("compose", "dns", "connect", "greeting", "ehlo", "tls", "mail", "rcpt", "data")
_EVENTS = {
    "open": "Opened",
    "click": "Clicked",
    "unsubscribe": "Unsubscribed",
    "trap": "Followed a hidden link",
}
_BY = {
    "human": "By a person",
    "machine": "By a machine",
    "privacy_proxy": "By a privacy proxy",
    "unknown": "By we don't know whom",
}
_MAILS = {
    "bounce": "Came back: it bounced",
    "soft_bounce": "Came back: it bounced for now",
    "delayed": "Came back: still being tried by a server on the way",
    "confirmed": "Came back: a server confirmed it",
    "complaint": "Came back: reported as spam",
    "unsubscribe": "Unsubscribed by mail",
    "autoreply": "Came back: an automatic reply",
    "not-spam": "Came back: reported as not spam",
    "auth-failure": "Came back: a report of failed authentication",
    "report": "Came back: a mail that says nothing we can act on",
}
_HARMLESS = ("delayed", "confirmed", "unsubscribe", "autoreply", "not-spam", "report")


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is known of one message, read by the caller. `route` is what DNS said last, or
    None; `again` who had it tried again last, if anybody did; `signature` of what it is made, and
    `keys` all that ever signed for its domain."""

    row: outbox.MessageRow
    campaign: campaigns.View
    attempts: tuple[outbox.AttemptRow, ...]
    events: tuple[tracking.TrackedEvent, ...]
    mails: tuple[feedback.EventRow, ...] = ()
    route: dict[str, Any] | None = None
    again: outbox.DecisionRow | None = None
    signature: campaigns.Signature | None = None
    proofs: proved.Proofs = proved.Proofs()
    keys: tuple[senders.Key, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Where it stands, if it is not accepted: whose fault, what it means, what happens next."""

    stage: str
    fault: str
    category: str
    words: str
    sentence: str
    next: str
    due_ms: int | None
    why: str
    actions: tuple[advice.Action, ...]


def tell(source: Source) -> list[Line]:
    """Every line from planning to what came back; stages that nobody can see say so."""
    row = source.row
    lines = [_planned(source)]
    if row.state == State.SKIPPED and row.stage == "plan":
        return lines
    lines.append(_queued(source))
    lines += _rolled_up(source)
    again = _again(source)
    for attempt in source.attempts:
        if again and attempt.started_ms >= (again[0].at_ms or 0):
            lines, again = lines + again, []
        lines += _try(source, attempt)
    return [*lines, *again, *_afterwards(source)]


def stop(row: outbox.MessageRow, waiting: Waiting | None = None) -> Stop | None:
    """What to say where a message stands; None once it was accepted. `waiting`: why it waits."""
    rule = advice.advise(row.state, row.stage, row.fault, row.category)
    if rule is None:
        return None
    return Stop(
        stage=BY_NAME[row.stage].reads,
        fault=advice.fault_words(row.fault) if row.fault else "",
        category=advice.category_words(row.category) if row.category else "",
        words=row.reason,
        sentence=rule.sentence,
        next=waiting.sentence if waiting else rule.next_for(row.state),
        due_ms=waiting.opens_ms if waiting else None,
        why=rule.why,
        actions=tuple(advice.ACTIONS[key] for key in rule.actions),
    )


def _planned(source: Source) -> Line:
    row = source.row
    if row.state == State.SKIPPED:
        words = row.reason or "Left out on purpose."
        status = "stopped" if row.stage == "plan" else "passed"
        return Line(
            title="Prepared", status=status, state="skipped", at_ms=row.queued_ms, sentence=words
        )
    people = f" of {source.campaign.audience:,}" if source.campaign.audience else ""
    words = f"Message {row.seq:,}{people}."
    return Line(title="Prepared", at_ms=_first_queued_ms(source), sentence=words)


def _first_queued_ms(source: Source) -> int | None:
    """A message that was queued again says no more when that was first; its campaign does."""
    if source.again is None:
        return source.row.queued_ms
    launched = source.campaign.launched_at
    return clock.ms(launched) if launched else None


def _again(source: Source) -> list[Line]:
    if source.again is None:
        return []
    words = f"{source.again.by} had it tried again: same Message-ID and Date, its time began anew."
    return [Line(title="Queued again", at_ms=source.again.at_ms, sentence=words)]


def _queued(source: Source) -> Line:
    row = source.row
    if source.attempts:
        queued_ms = _first_queued_ms(source)
        return Line(
            title="Queued",
            at_ms=queued_ms,
            ms=max(0, source.attempts[0].started_ms - queued_ms) if queued_ms else None,
            sentence="Until its first try.",
        )
    if row.state == State.WAITING:
        return Line(
            title="Queued",
            status="stopped",
            state="waiting",
            at_ms=row.queued_ms,
            sentence="Not tried yet.",
        )
    if row.attempts:
        return Line(title="Queued", at_ms=row.queued_ms, sentence="Until its first try.")
    return Line(
        title="Queued", status="stopped", state=row.state, at_ms=row.queued_ms, sentence=row.reason
    )


def _rolled_up(source: Source) -> list[Line]:
    """What is left of tries that are long past: how many, and the last words of the last."""
    gone = source.row.attempts - len(source.attempts)
    if gone <= 0:
        return []
    tries = "One older try" if gone == 1 else f"{gone} older tries"
    words = f"{tries}: the details are gone and only counted by day. {source.row.reason}"
    return [Line(title="Tried", at_ms=source.row.settled_ms, sentence=words.strip())]


def _try(source: Source, attempt: outbox.AttemptRow) -> list[Line]:
    seen = evidence.Seen.of(attempt)
    many = len(source.attempts) > 1
    lines = [_head(attempt)] if many else []
    for stage in _ON_THE_WIRE:
        if position(stage) <= _last_stage(attempt) and (
            line := _stage(source, attempt, seen, stage)
        ):
            lines.append(line)
    if attempt.outcome == Kind.ACCEPTED:
        lines.append(_accepted(attempt, seen))
    return lines


def _last_stage(attempt: outbox.AttemptRow) -> int:
    return position("data" if attempt.outcome == Kind.ACCEPTED else attempt.stage)


def _head(attempt: outbox.AttemptRow) -> Line:
    words = (
        "It may be a second copy: the try before was cut after the last dot."
        if attempt.may_be_duplicate
        else ""
    )
    took = attempt.ended_ms - attempt.started_ms
    return Line(
        title=f"Try {attempt.n}", status="try", at_ms=attempt.started_ms, ms=took, sentence=words
    )


def _stage(
    source: Source, attempt: outbox.AttemptRow, seen: evidence.Seen, stage: str
) -> Line | None:
    stopped = attempt.outcome != Kind.ACCEPTED and attempt.stage == stage
    exchanges = seen.exchanges(stage)
    sentence = evidence.sentence(stage, seen, source.row.domain, source.route)
    if stage == "compose":
        sentence = _written(source, attempt)
    proof = source.proofs.of(attempt) if stage == "mail" else None
    sentence = " ".join(filter(None, (sentence, proved.sentence(proof))))
    if not (stopped or sentence or exchanges):
        return None
    return Line(
        title=BY_NAME[stage].reads,
        status="stopped" if stopped else "passed",
        state=attempt.outcome if stopped else "",
        at_ms=attempt.ended_ms if stopped else None,
        ms=seen.ms(stage),
        sentence=_stopped(attempt) if stopped else sentence,
        exchanges=exchanges,
        facts=evidence.facts(stage, seen, source.route) + proved.facts(proof),
    )


def _written(source: Source, attempt: outbox.AttemptRow) -> str:
    """Where there is no way to a domain, its messages are never written."""
    if source.signature is None or attempt.stage == "dns":
        return ""
    made, by = source.signature.version_at, source.signature
    keys = senders.signed_by(source.keys, attempt.started_ms)
    return f"From the version of {made:%d %b %H:%M}, signed for {by.domain} by {keys}."


def _stopped(attempt: outbox.AttemptRow) -> str:
    if attempt.outcome == Kind.UNKNOWN:
        return "The line was cut after the last dot, before the answer. They may have it already."
    said = f"“{attempt.reply}”" if attempt.code else attempt.reply
    verb = "" if attempt.outcome == Kind.DEFERRED else "Refused: "  # the heading says "put off"
    fault = f" Whose fault: {advice.fault_words(attempt.fault)}." if attempt.fault else ""
    words = said or advice.category_words(attempt.category)
    return f"{verb}{words}{'' if words.endswith(('.', '”')) else '.'}{fault}"


def _accepted(attempt: outbox.AttemptRow, seen: evidence.Seen) -> Line:
    by = seen.session.get("mx") or attempt.server or "the other side"
    return Line(
        title=f"Accepted by {by}",
        state="accepted",
        at_ms=attempt.ended_ms,
        ms=seen.ms("accepted"),
        sentence=f"“{attempt.reply}”" if attempt.reply else "",
        exchanges=seen.exchanges("accepted"),
    )


def _afterwards(source: Source) -> list[Line]:
    """What came back is told of a message we know nothing of too: an open is news then."""
    hits = [
        Line(title=_EVENTS.get(e.type, e.type), at_ms=e.at_ms, sentence=_event(e))
        for e in source.events
    ]
    came_back = sorted([*hits, *map(_mail, source.mails)], key=lambda line: line.at_ms or 0)
    if source.row.state != State.ACCEPTED:
        return came_back
    provider = source.row.provider or "the other side"
    unseen = Line(
        title="Filtered and placed",
        status="unseen",
        sentence=f"Not observable: only {provider} knows whether it is in the inbox or elsewhere.",
    )
    nothing = "Nothing yet: no bounce, complaint, open, click or unsubscribe."
    return [unseen, *(came_back or [Line(title="Came back", status="unseen", sentence=nothing)])]


def _mail(event: feedback.EventRow) -> Line:
    """A bounce, a complaint or another mail that came back, with its words and what was done."""
    said = f"“{event.text}”" if event.text else advice.category_words(event.category)
    return Line(
        title=_MAILS.get(event.kind, event.kind),
        status="passed" if event.kind in _HARMLESS else "stopped",
        state="" if event.kind in _HARMLESS else "refused",
        at_ms=event.at_ms,
        sentence=" ".join(filter(None, (said, event.effect))),
    )


def _event(event: tracking.TrackedEvent) -> str:
    """What was asked for, then who asked and how we can tell."""
    if event.type == "unsubscribe":
        return event.detail
    who = _BY.get(event.label, "By whom is looked into in a few seconds")
    because = f": {event.why[:1].lower()}{event.why[1:]}" if event.why else "."
    return f"{event.detail + '. ' if event.detail else ''}{who}{because}"
