"""Say why a message waits: which limit, whose rule, its place in line, when that opens.

Pure: `standing` reads what it needs. It estimates, and promises nothing.
"""

from dataclasses import dataclass
from typing import Any

from sendoff.campaigns import public as campaigns
from sendoff.insight import moments
from sendoff.lib import clock
from sendoff.outbox import public as outbox

# The word for a limit in documents, by the first word of its name.
_KINDS = {
    "campaign": "campaign_pace",
    "server": "server_pace",
    "identity": "identity_pace",
    "quota": "quota",
    "warmup": "warm_up",
}
START = "Start one: sendoff worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Everything the waiting messages of one campaign are under at `now_ms`.

    `lanes` and `rates` (messages a minute, measured lately) are by provider, `under` is what its
    messages are under in each lane; `sharing` lanes have
    messages of this campaign; `routed` are the domains to which the way is known.
    """

    now_ms: int
    campaign: campaigns.View
    lanes: tuple[outbox.LaneRow, ...]
    rates: dict[str, float]
    sharing: int
    under: dict[int, outbox.Under]
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
    def under(self) -> outbox.Under | None:
        return self.limits.under.get(self.lane.id) if self.lane else None

    @property
    def lane(self) -> outbox.LaneRow | None:
        """The lane in whose line it stands; before that, one to its provider."""
        lanes, place, to = self.limits.lanes, self.place, self.row.provider
        here = (each for each in lanes if each.id == place.lane)
        return next(here, next((each for each in lanes if each.provider == to), None))


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
    if row.hold == "pace":
        again = moments.said(row.due_ms, now)
        words = f"{row.reason} It is looked at again at {again}."
        return _at(standing, "servers", row.reason, words, row.due_ms)
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
    lane, shut = standing.lane, standing.under.shut if standing.under else None
    if lane is None or shut is None or standing.row.claimed:
        return None
    when = "it opens when a person says so"
    if shut.opens_ms is not None:
        when = f"it opens again at {moments.said(shut.opens_ms, standing.limits.now_ms)}"
    who = f"{lane.provider} asked us to slow down ({shut.reply or shut.why})"
    if shut.rule == outbox.OPERATOR:
        done = {"suspend": "suspended", "drain": "drained"}[shut.kind]
        who = f"The lane of {lane.provider} was {done} by {shut.by} ({shut.why})"
    return _at(standing, "lane_suspended", shut.rule_id, f"{who}: {when}.", shut.opens_ms)


def _paced(standing: Standing) -> Waiting | None:
    """The limit that lets it go last, if any limits it."""
    if standing.under is None or not standing.under.limits:
        return None
    now = standing.limits.now_ms
    found = [
        (each.opens_ms(standing.place.ahead * _share(each.limit, standing), now), each.limit)
        for each in standing.under.limits
    ]
    opens, limit = max(found, key=lambda each: (each[0], -(each[1].per_minute or 0)))
    kind = _KINDS.get(limit.name.partition(":")[0], "lane_rate")
    opens = max(opens, now)
    about = _about(standing, opens)
    if kind == "lane_rate" and standing.lane:
        pace = f"{limit.per_minute or 0:,.0f} a minute"
        rule = f"the lane of {standing.lane.provider}: {pace} ({limit.rule})"
        words = f"at {pace} that is {about}"
    elif kind == "campaign_pace":
        rule = f"this campaign: {limit.per_minute:,.0f} a minute"
        words = (
            f"the campaign's own pace is {limit.per_minute:,.0f} a minute in all: that is {about}"
        )
    elif limit.most is not None:
        rule = f"{limit.rule}: {limit.most:,} in {moments.length(limit.window_s or 0)}"
        words = f"{rule}; it is let go {about}"
    else:
        rule = f"{limit.rule}: {limit.per_minute:,.0f} a minute"
        words = f"{rule}: that is {about}"
    return _at(standing, kind, rule, f"{_first(standing)}; {words}.", opens)


def _share(limit: outbox.Limit, standing: Standing) -> int:
    """How many lines one limit serves in turn: as many go between two of ours."""
    if limit.name.startswith(("lane:", "action:", "warmup:")):
        return standing.under.rivals if standing.under else 1
    return max(standing.limits.sharing, 1)


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
