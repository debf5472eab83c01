"""Say why a message waits: which limit, whose rule, its place in line, when that opens.

Pure: `standing` reads what it needs. It estimates, and promises nothing.
"""

from dataclasses import dataclass
from typing import Any

from sendoff.campaigns import public as campaigns
from sendoff.insight import moments
from sendoff.lib import clock
from sendoff.outbox import public as outbox

START = "Start one: sendoff worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Everything the waiting messages of one campaign are under at `now_ms`.

    `lanes` and `rates` (messages a minute, measured lately) are by provider; `sharing` lanes have
    messages of this campaign; `routed` are the domains to which the way is known.
    """

    now_ms: int
    campaign: campaigns.View
    lanes: dict[str, outbox.LaneRow]
    rates: dict[str, float]
    sharing: int
    next_slot_ms: int
    routed: frozenset[str]
    finds_ways: bool
    workers_alive: int
    worker_seen_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Why one message waits. `place_in_line`: how many of its campaign and lane go before it."""

    limit: str
    rule: str
    sentence: str
    place_in_line: int | None = None
    opens_ms: int | None = None

    def document(self) -> dict[str, Any]:
        """In the shape of a `trace` line."""
        return {
            "limit": self.limit,
            "rule": self.rule,
            "place_in_line": self.place_in_line,
            "opens_at": clock.iso(self.opens_ms),
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One waiting message, its place in line and the limits it is under."""

    row: outbox.MessageRow
    place: outbox.Place
    limits: Limits

    @property
    def lane(self) -> outbox.LaneRow | None:
        return self.limits.lanes.get(self.row.provider)


def explain(standing: Standing) -> Waiting:
    """The first thing that keeps a message from going out now."""
    for check in (_halted, _put_off, _not_in_line, _shut, _paced, _full):
        if found := check(standing):
            return found
    return _turn(standing)


def no_worker(seen_ms: int | None, now_ms: int) -> str:
    """That nobody sends, and since when."""
    if seen_ms is None:
        return "no worker has run yet"
    return f"no worker is running since {moments.said(seen_ms, now_ms)}"


def _halted(standing: Standing) -> Waiting | None:
    limits = standing.limits
    if limits.campaign.badge == campaigns.Badge.CANCELLED:
        words = "The campaign was cancelled: this message is skipped in a moment."
        return Waiting(limit="cancelled", rule="the campaign was cancelled", sentence=words)
    if limits.campaign.badge == campaigns.Badge.PAUSED:
        words = "The campaign is paused: it goes on where it stood when you resume it."
        return _at(standing, "paused", "the campaign is paused", words)
    if not limits.workers_alive:
        rule = no_worker(limits.worker_seen_ms, limits.now_ms)
        words = f"Nothing is being sent: {rule}. {START}"
        return _at(standing, "no_worker", rule, words)
    return None


def _put_off(standing: Standing) -> Waiting | None:
    row, now = standing.row, standing.limits.now_ms
    if row.due_ms <= now or standing.place.parcelled:
        return None
    waits = standing.limits.campaign.retry_after_s
    which = "this campaign's schedule is used up"
    if row.attempts <= len(waits):
        length = moments.length(waits[row.attempts - 1])
        which = f"wait {row.attempts} of {len(waits)} in this campaign's schedule, {length}"
    due = moments.said(row.due_ms, now)
    words = f"It waits for the next try: try {row.attempts + 1} is due at {due} ({which})."
    return _at(standing, "retry", which, words, row.due_ms)


def _not_in_line(standing: Standing) -> Waiting | None:
    if standing.place.parcelled and standing.lane:
        return None
    domain = standing.row.domain
    if standing.limits.finds_ways and domain not in standing.limits.routed:
        words = f"The way to {domain} is not known yet: its mail servers are being looked up."
        return _at(standing, "route", f"the route to {domain}", words)
    words = "It is due and is put into its provider's line in a moment."
    return _at(standing, "turn", "put into line", words, standing.limits.now_ms)


def _shut(standing: Standing) -> Waiting | None:
    lane, now = standing.lane, standing.limits.now_ms
    if lane is None or lane.suspended_until_ms <= now:
        return None
    opens = f"it opens again at {moments.said(lane.suspended_until_ms, now)}"
    until: int | None = lane.suspended_until_ms
    if lane.suspended_until_ms >= outbox.FOR_EVER_MS:
        opens, until = "it opens when a person says so", None
    who = f"{lane.provider} asked us to slow down ({lane.why})"
    if lane.rule.startswith(outbox.OPERATOR):
        who = f"The lane of {lane.provider} was suspended by {lane.by} ({lane.why})"
    return _at(standing, "lane_suspended", lane.rule, f"{who}: {opens}.", until)


def _paced(standing: Standing) -> Waiting | None:
    lane, pace = standing.lane, standing.limits.campaign.per_minute
    share = pace / max(standing.limits.sharing, 1) if pace else None
    if lane and lane.per_minute and (share is None or lane.per_minute <= share):
        opens = _opens(standing, lane.per_minute)
        words = f"at {lane.per_minute:,} a minute that is {_about(standing, opens)}"
        rule = f"the lane of {lane.provider}: {lane.per_minute:,} a minute"
        return _at(standing, "lane_rate", rule, f"{_first(standing)}; {words}.", opens)
    if pace and share:
        opens = _opens(standing, share)
        words = (
            f"the campaign's own pace is {pace:,} a minute in all: that is"
            f" {_about(standing, opens)}"
        )
        rule = f"this campaign: {pace:,} a minute"
        return _at(standing, "campaign_pace", rule, f"{_first(standing)}; {words}.", opens)
    return None


def _full(standing: Standing) -> Waiting | None:
    lane = standing.lane
    if standing.row.claimed:
        return _at(standing, "worker", "a worker holds its parcel", "A worker has it now.")
    if lane is None or lane.in_use < lane.connections:
        return None
    opens, about = _measured(standing)
    rule = f"the lane of {lane.provider}: {lane.in_use:,} of {lane.connections:,} connections"
    words = f"{_first(standing)}; all {lane.connections:,} connections are in use{about}."
    return _at(standing, "lane_connections", rule, words, opens)


def _turn(standing: Standing) -> Waiting:
    opens, about = _measured(standing)
    return _at(standing, "turn", "first come, first served", f"{_first(standing)}{about}.", opens)


def _at(
    standing: Standing, limit: str, rule: str, sentence: str, opens_ms: int | None = None
) -> Waiting:
    ahead = standing.place.ahead
    return Waiting(
        limit=limit, rule=rule, sentence=sentence, place_in_line=ahead, opens_ms=opens_ms
    )


def _first(standing: Standing) -> str:
    """Who goes before it."""
    provider = standing.row.provider
    to = provider if provider.startswith("by ") else f"to {provider}"  # a relay's lane is "by …"
    ahead, more = standing.place.ahead, standing.place.more
    if not ahead:
        return f"It is next to go {to}"
    count = f"{'more than ' if more else ''}{ahead:,}"
    return (
        f"Waits for its turn: {count} of this campaign {'goes' if ahead == 1 else 'go'} {to} first"
    )


def _measured(standing: Standing) -> tuple[int | None, str]:
    rate = standing.limits.rates.get(standing.row.provider)
    if not rate:
        return None, ""
    opens = _opens(standing, rate)
    return opens, f"; at {rate:,.0f} a minute lately that is {_about(standing, opens)}"


def _opens(standing: Standing, per_minute: float) -> int:
    limits, lane = standing.limits, standing.lane
    slot = limits.next_slot_ms if limits.campaign.per_minute else 0
    begins = max(limits.now_ms, slot, lane.opens_ms if lane else 0)
    return begins + int(standing.place.ahead / per_minute * 60_000)


def _about(standing: Standing, opens_ms: int) -> str:
    word = "not before" if standing.place.more else "about"
    return f"{word} {moments.said(opens_ms, standing.limits.now_ms)}"
