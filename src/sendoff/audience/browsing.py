"""Find the rows that the audience pages show. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from sendoff.audience import membership, paging
from sendoff.audience.models import Contact, Import, ListMembership, Suppression
from sendoff.lib import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A list a contact is on, or was until then."""

    name: str
    left: datetime | None


def contacts(workspace_id: int, wanted: dict[str, Any], before: str) -> paging.Page[Contact]:
    """One page of those who fit."""
    return paging.newest(fitting(workspace_id, wanted), before)


def fitting(workspace_id: int, wanted: dict[str, Any]) -> QuerySet[Contact]:
    """Contacts that are not erased; `wanted` may hold q (part of an address), status and list."""
    found = Contact.objects.filter(workspace_id=workspace_id, deleted_at=None)
    if wanted.get("q"):
        found = found.filter(email__icontains=wanted["q"])
    if wanted.get("status"):
        found = found.filter(status=wanted["status"])
    if wanted.get("list"):
        here = ListMembership.objects.filter(
            membership.ON_THE_LIST, list=wanted["list"], contact_id=OuterRef("pk")
        )
        found = found.filter(Exists(here))
    return found


def stays(contact: Contact) -> list[Stay]:
    """The lists a contact is or was on, the last joined first."""
    found = ListMembership.objects.filter(contact=contact).select_related("list").order_by("-pk")
    return [
        Stay(name=row.list.name, left=None if row.left_at is None else clock.at(row.left_at))
        for row in found
    ]


def suppressions(workspace_id: int, part: str, before: str) -> paging.Page[Suppression]:
    """Suppressed addresses that contain `part`."""
    found = Suppression.objects.filter(workspace_id=workspace_id)
    return paging.newest(found.filter(email__icontains=part) if part else found, before)


def imports(workspace_id: int, before: str) -> paging.Page[Import]:
    """Imports with their lists."""
    return paging.newest(_imports(workspace_id), before)


def _imports(workspace_id: int) -> QuerySet[Import]:
    return Import.objects.filter(workspace_id=workspace_id).select_related("list")
