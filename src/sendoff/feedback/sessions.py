"""Hear the refusals of sessions that are the recipient's fault, from the books. Moves no books.

A worker settles its attempts up to a tenth of a second after they ended, a host that was away much
later: so each look begins a little before the last one ended, and now and then a long way.
"""

from collections.abc import Iterator

from django.db import transaction

from sendoff.feedback import acting
from sendoff.feedback.effects import Happening, Kind, Source
from sendoff.feedback.models import Event, Mark
from sendoff.mail import replies
from sendoff.mail.stages import Fault, Reply
from sendoff.outbox import public as outbox

NAME = "sessions"
PAGE = 500
PORTION = 200  # acted on in one transaction
OVERLAP_MS = 5_000
LONG_MS = 1_200_000
_HARD = ("bad_mailbox", "bad_domain", "mailbox_inactive")


def hear() -> int:
    """Act on what is new since the last look, at most a portion; how many."""
    return _from(_mark() - OVERLAP_MS)


def hear_late() -> int:
    """Act on what was settled long after it ended, at most a portion; how many."""
    return _from(_mark() - LONG_MS)


def _from(since_ms: int) -> int:
    acted = 0
    for page in _pages(since_ms):
        told = {_key(each) for each in page}
        told &= set(Event.objects.filter(key__in=told).values_list("key", flat=True))
        fresh = [each for each in page if _key(each) not in told][: PORTION - acted]
        # By contact: two that act on the same people never wait for each other in a ring.
        fresh.sort(key=lambda each: (each.contact_id, each.ended_ms))
        with transaction.atomic():
            acted += len(acting.act(_news(each) for each in fresh))
            if acted < PORTION:
                _advance(page[-1].ended_ms)
        if acted >= PORTION:
            break
    return acted


def _pages(since_ms: int) -> Iterator[list[outbox.Blamed]]:
    while page := outbox.blamed(since_ms, PAGE):
        yield page
        since_ms = page[-1].ended_ms


def _news(each: outbox.Blamed) -> acting.News:
    return acting.News(
        subject=outbox.Subject(
            campaign_id=each.campaign_id,
            seq=each.seq,
            workspace_id=each.workspace_id,
            contact_id=each.contact_id,
        ),
        what=Happening(
            kind=Kind.BOUNCE,
            source=Source.SESSION,
            category=each.category,
            fault=Fault.RECIPIENT,
            sure=_sure(each),
        ),
        key=_key(each),
        at_ms=each.ended_ms,
        status=each.enhanced,
        text=each.reply,
    )


def _sure(each: outbox.Blamed) -> bool:
    """Whether a rule advises to suppress, or what was counted is no reply; a guess never does."""
    if each.code is None or each.category == "expired_or_network":
        return True
    text = each.reply.removeprefix(str(each.code)).strip().removeprefix(each.enhanced).strip()
    reply = Reply(code=each.code, enhanced=each.enhanced, text=text)
    verdict = replies.understand(reply, each.stage, each.provider)
    return verdict.action == "suppress" or each.category not in _HARD


def _key(each: outbox.Blamed) -> str:
    return f"session:{each.campaign_id}.{each.seq}.{each.n}"


def _mark() -> int:
    return Mark.objects.filter(name=NAME).values_list("ms", flat=True).first() or 0


def _advance(to_ms: int) -> None:
    row, _ = Mark.objects.get_or_create(name=NAME)
    Mark.objects.filter(pk=row.pk, ms__lt=to_ms).update(ms=to_ms)
