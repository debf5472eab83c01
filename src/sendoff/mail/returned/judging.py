"""Judge what a report says of one recipient by the rules that also judge replies. Pure."""

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sendoff.mail import diagnostics, replies
from sendoff.mail.replies import Verdict
from sendoff.mail.returned import formats, signs
from sendoff.mail.returned.saying import Said
from sendoff.mail.returned.values import Reported
from sendoff.mail.stages import Reply

#: In words for people; the reply itself stands beside them.
REASONS = {
    "bad_mailbox": "There is no such mailbox",
    "bad_domain": "The domain does not take mail",
    "mailbox_full": "The mailbox is full",
    "mailbox_inactive": "The mailbox is disabled or no longer used",
    "recipient_filtered": "The recipient does not accept this mail",
    "ip_or_sender_blocked": "The server blocks our address or domain",
    "auth_failure": "The message could not be authenticated",
    "content_or_policy": "The content, or a policy of the server, was against it",
    "rate_limited": "Too much mail in too short a time",
    "too_big": "The message is too big",
    "expired_or_network": "The server could not be reached in time",
    "remote_system": "A fault of the recipient's mail system",
    "delivered": "The server confirmed the delivery",
    "unknown": "No reason was given that we know",
}
_NOTHING_SAID = re.compile(r"[245]\.0\.0")
_TIME_RAN_OUT = re.compile(r"[45]\.4\.7")
_ENHANCED = re.compile(r"(?<![\d.])[45]\d\d[ #'\"-]{1,3}([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_GUESSED = "hint-"  # the rules of hints.toml
_STILL_TRYING = "Delivery delayed: no answer from host, connection timed out"
_READ = 4000  # characters of a text that are searched for codes
_HARD = ("bad_mailbox", "bad_domain", "mailbox_inactive")


@dataclass(frozen=True, slots=True)
class _Reading:
    """One text, the reply that was found in it and what the rules say of that."""

    text: str
    told: str  # the enhanced code that stands in it
    verdict: Verdict


def judge(said: Said) -> Reported:
    """Status, category, fault and hardness of what is said; by one understanding for all ways."""
    if said.action in ("delivered", "relayed", "expanded"):
        return _confirmed(said)
    best = _best(_readings(said))
    verdict = best.verdict
    final = said.action != "delayed"
    return Reported(
        recipient=said.recipient,
        original_recipient=said.original_recipient,
        action=said.action or "failed",
        status=_status([best.told, said.status, *_codes(said)]),
        hard=final and verdict.category in _HARD and not verdict.temporary,
        suppress=final and verdict.action == "suppress",
        category=verdict.category,
        fault=verdict.fault,
        temporary=verdict.temporary,
        reason=REASONS.get(verdict.category, ""),
        diagnostic=said.diagnostic or best.text,
        remote_mta=said.remote_mta,
        rule=verdict.rule,
    )


def _confirmed(said: Said) -> Reported:
    return Reported(
        recipient=said.recipient,
        original_recipient=said.original_recipient,
        action=said.action,
        status=said.status,
        category="delivered",
        reason=REASONS["delivered"],
        diagnostic=said.diagnostic,
        remote_mta=said.remote_mta,
    )


def _readings(said: Said) -> Iterator[_Reading]:
    """What each text says, best first; where all are silent, what the status and the action say."""
    delayed = said.action == "delayed"
    for text in filter(None, (said.diagnostic, *said.more)):
        yield _reading(text, said.status, delayed)
    silent = Reply(code=0, text=_STILL_TRYING if delayed else "")
    yield _Reading("", "", replies.understand(_completed(silent, said.status, delayed), ""))


@functools.lru_cache(maxsize=64)  # the recipients of one report share most of its words
def _reading(text: str, status: str, delayed: bool) -> _Reading:
    found = diagnostics.read(_without_boilerplate(text))
    reply = _completed(found.reply, status, delayed)
    return _Reading(text, found.reply.enhanced, replies.understand(reply, found.stage))


def _without_boilerplate(text: str) -> str:
    """Text without the sentences of every report, whose nouns would be read as causes."""
    for pattern in _boilerplate():
        text = pattern.sub(" ", text)
    return text


@functools.cache
def _boilerplate() -> tuple[re.Pattern[str], ...]:
    known = signs.known("boilerplate.toml")
    return tuple(formats.pattern(sign.pattern.pattern) for sign in known)


def _best(readings: Iterator[_Reading]) -> _Reading:
    """The first that is known for sure, else the first that is guessed from single words."""
    tried = []
    for each in readings:
        guessed = each.verdict.rule.startswith(_GUESSED)
        if each.verdict.category != "unknown" and not guessed:
            return each
        tried.append(each)
    return next((each for each in tried if each.verdict.category != "unknown"), tried[0])


def _completed(reply: Reply, status: str, delayed: bool) -> Reply:
    """The reply with the status of the report where it says more, and final where the report is.

    Whoever reports a failure has given up: of words without any code none is temporary.
    """
    enhanced = _status([reply.enhanced, status])
    if not enhanced and not reply.code and not delayed:
        enhanced = "5.0.0"
    return Reply(code=reply.code, enhanced=enhanced, text=reply.text)


def _codes(said: Said) -> Iterator[str]:
    texts = (said.diagnostic, *said.more)
    return (code for text in texts for code in _ENHANCED.findall(text[:_READ]))


def _status(codes: Iterable[str]) -> str:
    """The enhanced code that says most: that of a reply before that of the report, then others.

    x.0.0 says nothing and x.4.7 only that time ran out, so a code that says why goes before them.
    """
    given = list(filter(None, codes))
    telling = [code for code in given if not _NOTHING_SAID.fullmatch(code)]
    why = (code for code in telling if not _TIME_RAN_OUT.fullmatch(code))
    return next(why, telling[0] if telling else given[0] if given else "")
