"""Read stored mails and act on them; one that can not be read stops no other."""

from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from sendoff.feedback import acting, loopchecks
from sendoff.feedback.intake import TURN
from sendoff.feedback.models import InboundMail
from sendoff.feedback.naming import Names
from sendoff.feedback.places import Places
from sendoff.feedback.reading import Read, Reader
from sendoff.lib import clock

PORTION = 20
TRIES = 3  # a mail that ended the process so often is not tried again
FORGET_AT_ONCE = 500
DAY_MS = 86_400_000

State = InboundMail.State
log = structlog.get_logger()


@dataclass(slots=True)
class Sorter:
    """Goes through what is stored, oldest first."""

    places: Places
    names: Names
    reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Reader(self.places, self.names)

    def sort(self) -> int:
        """Read the next portion and act on it; how many mails it was."""
        mails = list(InboundMail.objects.filter(state=State.STORED).order_by("id")[:PORTION])
        # Counted before a mail is looked into: one that ends this process is found out by it.
        waiting = InboundMail.objects.filter(pk__in=[mail.pk for mail in mails])
        with TURN:
            waiting.update(tries=F("tries") + 1)
        for mail in mails:
            _settle(mail, self._read(mail))
        return len(mails)

    def _read(self, mail: InboundMail) -> Read | None:
        """What it comes to; None where it can not be read."""
        if mail.tries >= TRIES:
            return None
        try:
            return self.reader.read(mail)
        except DatabaseError:
            raise
        except Exception:
            log.exception("a mail can not be read", mail=mail.pk, peer=mail.peer, size=mail.size)
            return None


def forget(days: int) -> int:
    """Empty the mails that are older; what was read from them stays. How many, one portion."""
    old = InboundMail.objects.filter(received_ms__lt=clock.now_ms() - days * DAY_MS)
    kept = old.exclude(state=State.STORED).exclude(content=b"")
    due = kept.exclude(Q(passed_on=False) & ~Q(report="")).order_by("received_ms")
    return InboundMail.objects.filter(
        pk__in=list(due.values_list("pk", flat=True)[:FORGET_AT_ONCE])
    ).update(content=b"")


def _settle(mail: InboundMail, found: Read | None) -> None:
    """One transaction a mail, so that who acts on the same people never waits in a ring."""
    try:
        with TURN, transaction.atomic():
            _act(mail, found)
    except (OperationalError, InterfaceError):
        raise  # the database is away or busy: the mail waits
    except Exception:
        log.exception("a mail can not be acted on", mail=mail.pk)
        with TURN, transaction.atomic():
            _act(mail, None)


def _act(mail: InboundMail, found: Read | None) -> None:
    """Act, and note that it was done; another process may have been faster."""
    if found is None:
        state, why = State.FAILED, "It could not be read; the log says more."
    elif found.dropped:
        state, why = State.DROPPED, found.dropped
    else:
        state, why = State.READ, found.said
    workspace = found.news[0].subject.workspace_id if found and found.news else None
    mine = InboundMail.objects.filter(pk=mail.pk, state=State.STORED)
    report = found.report if found else ""
    said = acting.plain(why)[:500]
    if not mine.update(state=state, why=said, workspace_id=workspace, report=report):
        return
    if state != State.READ:
        log.warning("mail without effect", mail=mail.pk, why=why, peer=mail.peer)
    if found:
        acting.act(found.news)
        if found.check is not None:
            loopchecks.answered(found.check)
