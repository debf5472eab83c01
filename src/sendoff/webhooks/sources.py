"""Read what happened from the rooms upstream, through their doors, as events. It keeps no mark.

A source is read by a growing number, an id or a moment; `newest` is where one who begins to listen
begins. What is only known by its moment is read again from a little before, since a transaction may
end later than the moment it wrote.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.feedback import public as feedback
from sendoff.insight import public as insight
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.reputation import public as reputation
from sendoff.senders import public as senders
from sendoff.tracking import public as tracking
from sendoff.webhooks import told
from sendoff.webhooks.happening import Happened

PAGE = 500
ALL = 100_000  # of what people and rules do now and then


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Events in order, how far they reach, and whether there may be more at once."""

    happened: Sequence[Happened]
    reaches: int
    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`kinds` are what it may tell of; `by_moment`: its number is in milliseconds, not an id."""

    name: str
    kinds: frozenset[str]
    newest: Callable[[], int]
    read: Callable[[int], Page]
    by_moment: bool = False


def _changes(after: int) -> Page:
    found = campaigns.changes_after(after, PAGE)
    happened: list[Happened] = []
    for each in found:
        done = each.badge == campaigns.Badge.DONE
        books = outbox.books(each.campaign_id) if done else None
        happened.append(told.change(each, books))
        if done:
            happened += _attention_of(each.campaign_id, each.workspace_id)
    return _page(happened, [each.id for each in found], after)


def attention() -> list[Happened]:
    """What asks for a person now, of campaigns under way."""
    badges = (campaigns.Badge.QUEUED, campaigns.Badge.SENDING)
    found = [_attention_of(each.id, each.workspace_id) for each in campaigns.with_badge(*badges)]
    return [each for of_one in found for each in of_one]


def _attention_of(campaign_id: int, workspace_id: int) -> list[Happened]:
    asks = insight.campaign_summary(campaign_id)["attention"]
    return [told.attention(campaign_id, workspace_id, each) for each in asks]


def _events(after: int) -> Page:
    found = feedback.events_after(after, PAGE)
    return _page([told.came_back(e) for e in found if told.tells(e)], [e.id for e in found], after)


def _hits(after: int) -> Page:
    found = tracking.hits_after(after, PAGE)
    happened: list[Happened] = []
    for campaign_id in sorted({each.campaign_id for each in found}):
        hits = [each for each in found if each.campaign_id == campaign_id and each.counts]
        whose = outbox.whose(campaign_id, sorted({each.seq for each in hits}))
        emails = audience.addresses_of({owner.contact_id for owner in whose.values()})
        workspace_id = campaigns.get(campaign_id).workspace_id if whose else 0
        for hit in hits:
            if owner := whose.get(hit.seq):
                email = emails.get(owner.contact_id, "")
                happened.append(told.hit(hit, workspace_id, owner.contact_id, email))
    return _page(happened, [each.id for each in found], after)


def _grounds(after: int) -> Page:
    found = audience.grounds_after(after, PAGE)
    return _page([told.suppressed(each) for each in found], [each.id for each in found], after)


def _grounds_ended(after_ms: int) -> Page:
    found = audience.grounds_ended_after(clock.at(after_ms), ALL)
    return _by_moment([told.lifted(each) for each in found], after_ms)


def _imports(after_ms: int) -> Page:
    found = audience.imports_ended_after(clock.at(after_ms), ALL)
    return _by_moment([told.imported(each) for each in found], after_ms)


def _actions(after_ms: int) -> Page:
    begun = [told.begun(each, _server(each)) for each in outbox.acted_after(after_ms, ALL)]
    undone = [told.undone(each, _server(each)) for each in outbox.undone_after(after_ms, ALL)]
    return _by_moment([*begun, *undone], after_ms)


def _server(action: outbox.ActionRow) -> str:
    return "" if action.server_id is None else senders.server(action.server_id).name


def _sickness(after_ms: int) -> Page:
    sick = [
        told.sick(each, senders.server(each.server_id))
        for each in senders.sick_after(after_ms, ALL)
    ]
    well = [
        told.well(each, senders.server(each.server_id))
        for each in senders.well_between(after_ms, clock.now_ms(), ALL)
    ]
    return _by_moment([*sick, *well], after_ms)


def _listings(after_ms: int) -> Page:
    changed = reputation.listings_changed_after(after_ms, ALL)
    begun = [told.listed(each) for each in changed if each.since_ms > after_ms]
    over = [told.delisted(each) for each in changed if (each.until_ms or 0) > after_ms]
    return _by_moment([*begun, *over], after_ms)


def _page(happened: Sequence[Happened], ids: Sequence[int], after: int) -> Page:
    return Page(happened=happened, reaches=ids[-1] if ids else after, full=len(ids) == PAGE)


def _by_moment(happened: Sequence[Happened], after_ms: int) -> Page:
    ordered = sorted(happened, key=lambda each: (each.at_ms, each.key))
    return Page(happened=ordered, reaches=ordered[-1].at_ms if ordered else after_ms)


SOURCES = (
    Source(
        name="badges",
        kinds=frozenset(f"campaign.{each}" for each in (*campaigns.Badge, "attention")),
        newest=campaigns.newest_change,
        read=_changes,
    ),
    Source(
        name="feedback",
        kinds=frozenset(told.CAME_BACK.values()),
        newest=feedback.newest_event,
        read=_events,
    ),
    Source(
        name="hits",
        kinds=frozenset(told.HITS.values()),
        newest=tracking.newest_hit,
        read=_hits,
    ),
    Source(
        name="grounds",
        kinds=frozenset({"contact.suppressed"}),
        newest=audience.newest_ground,
        read=_grounds,
    ),
    Source(
        name="grounds ended",
        kinds=frozenset({"contact.suppression_lifted"}),
        newest=clock.now_ms,
        read=_grounds_ended,
        by_moment=True,
    ),
    Source(
        name="imports",
        kinds=frozenset(told.IMPORTS.values()),
        newest=clock.now_ms,
        read=_imports,
        by_moment=True,
    ),
    Source(
        name="actions",
        kinds=frozenset({"lane.action_begun", "lane.action_undone"}),
        newest=clock.now_ms,
        read=_actions,
        by_moment=True,
    ),
    Source(
        name="listings",
        kinds=frozenset({"blocklist.listed", "blocklist.delisted"}),
        newest=clock.now_ms,
        read=_listings,
        by_moment=True,
    ),
    Source(
        name="sickness",
        kinds=frozenset({"server.sick", "server.well"}),
        newest=clock.now_ms,
        read=_sickness,
        by_moment=True,
    ),
)
