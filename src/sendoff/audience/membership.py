"""Who is on which list, and the frozen audience of a launched campaign. Never changes a status.

Everything that moves people locks the list's row first, and so does `watermark`: on a database with
many writers nobody slips below a watermark after it was read. SQLite has one writer anyway.
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from sendoff.audience.models import List, ListMembership
from sendoff.audience.values import AudienceError
from sendoff.lib import clock

ON_THE_LIST = Q(left_at__isnull=True)


def lock(list_id: int) -> List:
    """Hold a list until the transaction ends. AudienceError where it is gone."""
    found = List.objects.select_for_update().filter(pk=list_id).first()
    if found is None:
        raise AudienceError(f"There is no list {list_id}; it may have been removed.")
    return found


def join(of: List, contact_ids: Iterable[int]) -> None:
    """Put contacts on a list the caller has locked; who is on it already stays as they are."""
    now = clock.now_ms()
    rows = [
        ListMembership(workspace_id=of.workspace_id, list=of, contact_id=contact, joined_at=now)
        for contact in contact_ids
    ]
    ListMembership.objects.bulk_create(rows, ignore_conflicts=True)


def on_list(list_id: int, contact_ids: Collection[int]) -> set[int]:
    here = ListMembership.objects.filter(ON_THE_LIST, list=list_id, contact__in=contact_ids)
    return set(here.values_list("contact_id", flat=True))


@transaction.atomic
def leave(list_id: int, contact_id: int) -> bool:
    """Take a contact from a list; whether they were on it."""
    lock(list_id)
    return _end(ListMembership.objects.filter(list_id=list_id), contact_id)


@transaction.atomic
def leave_all(contact_id: int) -> bool:
    lists = ListMembership.objects.filter(ON_THE_LIST, contact_id=contact_id).values_list("list_id")
    for list_id in sorted(
        pk for (pk,) in lists
    ):  # in order, so that two callers never wait in a ring
        lock(list_id)
    return _end(ListMembership.objects.all(), contact_id)


def _end(memberships: QuerySet[ListMembership], contact_id: int) -> bool:
    # The first millisecond off the list: who leaves in the very millisecond of a launch belongs to
    # its audience, whenever that is counted.
    left = memberships.filter(ON_THE_LIST, contact_id=contact_id)
    return left.update(left_at=clock.now_ms() + 1) > 0


@transaction.atomic
def watermark(workspace_id: int) -> int:
    list(List.objects.select_for_update().filter(workspace_id=workspace_id).order_by("pk"))
    return ListMembership.objects.aggregate(last=Max("id"))["last"] or 0


def audience_size(list_ids: Collection[int], upto: int, launched_ms: int) -> int:
    frozen = ListMembership.objects.filter(
        ON_THE_LIST | Q(left_at__gt=launched_ms), list_id__in=list_ids, id__lte=upto
    )
    size: int = frozen.aggregate(people=Count("contact_id", distinct=True))["people"]
    return size
