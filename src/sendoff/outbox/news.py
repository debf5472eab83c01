"""Tell what becomes of messages to who asked for it: each change once, whoever dies meanwhile.

The news are written in the transaction of the change, for workspaces that are listened to alone,
and forgotten in the transaction of the one who took them. It decides nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from sendoff.outbox import acting, sql
from sendoff.outbox.models import Action, Listener, News


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageNews:
    """What became of a message: accepted, refused, unknown, skipped, or waiting to be tried again.

    `n` is the attempt that brought it about, 0 where none did; `email` is "" after erasure.
    """

    id: int
    workspace_id: int
    campaign_id: int
    seq: int
    n: int
    state: str
    at_ms: int
    contact_id: int
    email: str
    provider: str
    stage: str
    fault: str
    category: str
    code: int | None
    enhanced: str
    reply: str


@transaction.atomic
def listen(workspaces: Collection[int]) -> None:
    """From now on the news of these workspaces are kept, and of no others."""
    Listener.objects.exclude(pk__in=workspaces).delete()
    wanted = [Listener(workspace_id=each) for each in sorted(workspaces)]
    Listener.objects.bulk_create(wanted, ignore_conflicts=True)


def any_news() -> bool:
    """Whether there are news to take: one small look."""
    return News.objects.exists()


def take(limit: int) -> list[MessageNews]:
    """The oldest news, which are forgotten with the caller's transaction."""
    found = [
        MessageNews(**dict(zip(MessageNews.__slots__, row, strict=True)))
        for row in sql.rows("news", limit=limit)
    ]
    News.objects.filter(pk__in=[each.id for each in found]).delete()
    return found


def acted_after(moment_ms: int, limit: int) -> list[acting.ActionRow]:
    """Actions that began after a moment, oldest first."""
    rows = Action.objects.filter(since_ms__gt=moment_ms).order_by("since_ms", "id")
    return [acting.row_of(row) for row in rows[:limit]]


def undone_after(moment_ms: int, limit: int) -> list[acting.ActionRow]:
    """Actions that were undone after a moment, oldest first."""
    rows = Action.objects.filter(undone_ms__gt=moment_ms).order_by("undone_ms", "id")
    return [acting.row_of(row) for row in rows[:limit]]
