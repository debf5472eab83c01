"""Tell where addresses and domains of ours stand in blocklists, now and before. Reads alone."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from sendoff.reputation import zones
from sendoff.reputation.models import Listing, Standing
from sendoff.reputation.zones import ZoneRule, kind_of

SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One listing. `until_ms` None: it lasts. `grave`: many receivers go by this list."""

    id: int
    workspace_id: int
    subject: str
    zone: str
    zone_name: str
    why: str
    codes: str
    since_ms: int
    seen_ms: int
    until_ms: int | None
    grave: bool
    delist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """What one list said last of one subject."""

    subject: str
    kind: str
    zone: str
    zone_name: str
    state: str
    why: str
    asked_ms: int
    since_ms: int | None
    delist: str


def standings(workspace_id: int) -> list[Stands]:
    """Every subject at every list, those listed first, then those we don't know of."""
    order = {"listed": 0, "unknown": 1, "clean": 2}
    rows = Standing.objects.filter(workspace_id=workspace_id)
    since = {(each.subject, each.zone): each.since_ms for each in listings(workspace_id, True)}
    made = [_stands(row, since.get((row.subject, row.zone))) for row in rows]
    return sorted(made, key=lambda each: (order[each.state], each.subject, each.zone))


def listings(workspace_id: int, open_only: bool = False) -> list[Listed]:
    """Listings of a workspace, newest first; those that are over too."""
    found = Listing.objects.filter(workspace_id=workspace_id)
    if open_only:
        found = found.filter(until_ms=None)
    return [_listed(row) for row in found.order_by("-since_ms", "-id")[:SHOWN]]


def listed_now(workspace_id: int, subjects: Collection[str]) -> list[Listed]:
    """Which of these subjects are listed now."""
    return [each for each in listings(workspace_id, True) if each.subject in subjects]


def changed_after(moment_ms: int, limit: int) -> list[Listed]:
    """Listings of any workspace that began or ended after a moment, in that order."""
    found = Listing.objects.filter(Q(since_ms__gt=moment_ms) | Q(until_ms__gt=moment_ms))
    return [_listed(row) for row in found.order_by("since_ms", "id")[:limit]]


def _stands(row: Standing, since_ms: int | None) -> Stands:
    rule = zones.find(row.zone)
    return Stands(
        subject=row.subject,
        kind=kind_of(row.subject),
        zone=row.zone,
        zone_name=_name(rule, row.zone),
        state=row.state,
        why=row.why,
        asked_ms=row.asked_ms,
        since_ms=since_ms,
        delist=rule.delist_link(row.subject) if rule else "",
    )


def _listed(row: Listing) -> Listed:
    rule = zones.find(row.zone)
    return Listed(
        id=row.pk,
        workspace_id=row.workspace_id,
        subject=row.subject,
        zone=row.zone,
        zone_name=_name(rule, row.zone),
        why=row.why,
        codes=row.codes,
        since_ms=row.since_ms,
        seen_ms=row.seen_ms,
        until_ms=row.until_ms,
        grave=row.grave,
        delist=rule.delist_link(row.subject) if rule else "",
    )


def _name(rule: ZoneRule | None, zone: str) -> str:
    return rule.name if rule else zone
