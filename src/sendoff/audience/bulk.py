"""Change everybody who fits a filter: noted at once, done by the clerk in portions. Sends nothing.

How far it is stands in the row and moves with each portion, so that whoever comes after a crash
goes on where it stood. Who joined after it was asked for is not meant.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from sendoff.audience import browsing, contacts, suppression
from sendoff.audience.models import BulkChange, Contact, Status
from sendoff.lib import clock

PORTION = 50  # people a transaction: a tenth of a second, in which nobody else writes to SQLite
_A_TURN_MS = 500  # of the clerk, who has other things to do
_SHOWN, _LATELY = 5, timedelta(days=1)  # on the page


def start(workspace_id: int, wanted: dict[str, Any], do: str, why: str, by: int | None) -> int:
    """Ask for it; how many fit now. `wanted` as `browsing.fitting` takes it."""
    fitting = browsing.fitting(workspace_id, wanted)
    total, last = fitting.count(), fitting.order_by("-pk").values_list("pk", flat=True).first()
    if last is not None:
        BulkChange.objects.create(
            workspace_id=workspace_id,
            do=do,
            why=why,
            q=wanted.get("q") or "",
            status=wanted.get("status") or "",
            list=wanted.get("list"),
            last=last,
            total=total,
            created_by_id=by,
        )
    return total


def some() -> int:
    """Go on for a moment with what was asked for first; how many people that was for."""
    ends_ms, done = clock.steady_ms() + _A_TURN_MS, 0
    while clock.steady_ms() < ends_ms and (portion := _portion()):
        done += portion
    return done


def newest(workspace_id: int) -> list[BulkChange]:
    """Changes under way, and what was done in the last day, newest first."""
    lately = Q(finished_at=None) | Q(finished_at__gt=clock.now() - _LATELY)
    found = BulkChange.objects.filter(lately, workspace_id=workspace_id).order_by("-pk")
    return list(found[:_SHOWN])


def change(contact: Contact, do: str, why: str) -> None:
    """One person, as a person of ours decided. Twice does no harm."""
    if do == "unsubscribe":
        contacts.unsubscribe(contact.pk, why)
    elif contact.email is not None:
        suppression.lift(contact.workspace_id, contact.email, why)
        contacts.set_status(contact.pk, Status.SUBSCRIBED, why)


def _portion() -> int:
    with transaction.atomic():
        waiting = BulkChange.objects.select_for_update().filter(finished_at=None).order_by("pk")
        work = waiting.first()
        if work is None:
            return 0
        people = list(_fitting(work).filter(pk__gt=work.at, pk__lte=work.last)[:PORTION])
        for contact in people:
            change(contact, work.do, work.why)
        BulkChange.objects.filter(pk=work.pk).update(
            at=people[-1].pk if people else work.at,
            done=F("done") + len(people),
            finished_at=None if len(people) == PORTION else clock.now(),
        )
    return len(people)


def _fitting(work: BulkChange) -> QuerySet[Contact]:
    wanted = {"q": work.q, "status": work.status, "list": work.list_id}
    return browsing.fitting(work.workspace_id, wanted).order_by("pk")
