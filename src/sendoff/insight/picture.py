"""Everything the pages say about one campaign, read once; what it means is decided elsewhere."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sendoff.campaigns import public as campaigns
from sendoff.feedback import public as feedback
from sendoff.insight import finish, proved
from sendoff.lib import clock
from sendoff.mail import stages
from sendoff.outbox import public as outbox
from sendoff.proving import public as proving
from sendoff.reputation import public as reputation
from sendoff.senders import public as senders
from sendoff.tracking import public as tracking

_RATE_MINUTES, _RATE_LEAST = 1.0, 0.1  # over how long the pace is measured
UNDER_WAY = ("queuing", "queued", "sending")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One campaign as it stood at `books.at_ms`. `rates` are messages a minute by provider."""

    campaign: campaigns.View
    server: str
    badges: tuple[campaigns.BadgeEntry, ...]
    books: outbox.Books
    tallies: tuple[outbox.Tally, ...]
    rates: dict[str, float]
    lanes: tuple[outbox.LaneRow, ...]
    engagement: tracking.Engagement
    labelled: dict[str, dict[tuple[str, str], int]]  # messages by provider, (kind, label)
    workers_alive: int
    came_back: feedback.Counts = field(default_factory=feedback.Counts)
    left_unknown: int = 0  # those a person decided to leave
    worker_seen_ms: int | None = None  # the last sign of life of any worker
    under: dict[int, outbox.Under] = field(default_factory=dict)  # by lane
    latest_due_ms: int | None = None  # when the last of those put off is tried again
    if_sent_now_ms: int | None = None  # of a draft with a pace: when it would be through
    decisions: tuple[outbox.DecisionRow, ...] = ()
    listening: feedback.Listening | None = None
    proofs: proved.Proofs = proved.Proofs()
    overrides: tuple[dict[str, Any], ...] = ()  # who sent it though its domain would be refused
    listed: tuple[reputation.Listed, ...] = ()  # addresses and domain of ours in blocklists now
    broken: tuple[proving.Changed, ...] = ()  # records of its domain that were right before

    @property
    def under_way(self) -> bool:
        """Whether its messages may move by themselves."""
        return self.campaign.badge in UNDER_WAY

    @property
    def stopped_at(self) -> Counter[str]:
        """How many messages are not accepted and stand at each stage; those to be planned too."""
        stopped: Counter[str] = Counter()
        for tally in self.tallies:
            if tally.state != stages.State.ACCEPTED:
                stopped[tally.stage] += tally.count
        stopped["plan"] += self.to_plan
        return stopped

    @property
    def undecided(self) -> int:
        """Messages of unknown fate about which nobody decided yet."""
        return max(0, self.books.unknown - self.left_unknown)

    @property
    def to_plan(self) -> int:
        """People whose message is not written yet; they count as waiting."""
        return max(0, self.books.audience - sum(tally.count for tally in self.tallies))

    @property
    def expected_done_ms(self) -> int | None:
        """When nothing will wait, under the present limits; None where nothing moves."""
        if not (self.under_way and self.workers_alive):
            return self.if_sent_now_ms
        pace, loads = self.campaign.per_minute, self.loads
        return finish.expected_ms(self.books.at_ms, loads, pace, self.latest_due_ms)

    @property
    def loads(self) -> list[finish.Load]:
        """What each lane still has to do; people whose row is not written have no lane yet."""
        waiting: Counter[str] = Counter({"": self.to_plan})
        untried: Counter[str] = Counter({"": self.to_plan})
        for tally in self.tallies:
            if tally.state == stages.State.WAITING:
                waiting[tally.provider] += tally.count
                untried[tally.provider] += tally.count if tally.stage == "queue" else 0
        lanes = {lane.provider: lane for lane in self.lanes}
        overall = sum(self.rates.values()) or None
        return [
            finish.Load(
                waiting=count,
                untried=untried[name],
                per_minute=lanes[name].per_minute if name in lanes else None,
                measured=self.rates.get(name) or overall,
                opens_ms=_opens_ms(lanes[name]) if name in lanes else 0,
                through_ms=self._through_ms(lanes[name], count) if name in lanes else 0,
            )
            for name, count in waiting.items()
        ]

    def _through_ms(self, lane: outbox.LaneRow, count: int) -> int:
        """When the limits of a lane let the last of so many go; 0 where none does."""
        under = self.under.get(lane.id)
        if under is None:
            return 0
        now = self.books.at_ms
        shared = [
            each.opens_ms(count * (under.rivals if each.limit.per_minute else 1) - 1, now)
            for each in under.limits
            if not each.limit.name.startswith("campaign:")  # whose pace is over all its lanes
        ]
        return max(shared, default=0)

    @property
    def idle_since_ms(self) -> int | None:
        """Since when nothing goes out for want of a worker; None where that is not so."""
        if not self.under_way or self.workers_alive or not self.books.waiting:
            return None
        began = clock.ms(self.badges[-1].at) if self.badges else 0
        return max(began, self.worker_seen_ms or 0)


def _opens_ms(lane: outbox.LaneRow) -> int:
    """When a lane opens; what only a person opens promises nothing."""
    return 0 if lane.suspended_until_ms >= outbox.FOR_EVER_MS else lane.opens_ms


def read(campaign_id: int) -> Picture:
    """Read one campaign. The counters come first, so that the rest is never older than they are."""
    campaign = campaigns.get(campaign_id)
    ways = campaigns.ways(campaign) if campaign.server_id or campaign.pool_id else None
    servers = ways.servers if ways else frozenset()
    lanes = outbox.lane_overview(campaign.workspace_id)
    badges = tuple(campaigns.badges_of(campaign_id))
    return Picture(
        books=outbox.books(campaign_id),
        tallies=tuple(outbox.tallies(campaign_id)),
        campaign=campaign,
        server=ways.name if ways else "",
        badges=badges,
        rates=rates(campaign_id, badges, clock.now_ms()),
        lanes=tuple(lane for lane in lanes if lane.server_id in servers),
        engagement=tracking.engagement(campaign_id),
        labelled=tracking.by_provider(campaign_id),
        came_back=feedback.counts(campaign_id),
        workers_alive=workers_alive(),
        left_unknown=outbox.left(campaign_id),
        worker_seen_ms=outbox.last_sign_ms(),
        under=outbox.under(campaign),
        latest_due_ms=outbox.latest_due_ms(campaign_id),
        if_sent_now_ms=_if_sent_now(campaign),
        decisions=tuple(outbox.decisions(campaign_id)),
        listening=feedback.listening(campaign.workspace_id),
        proofs=proved.read(campaign),
        overrides=tuple(proving.overrides(campaign_id)),
        listed=_listed(campaign, servers),
        broken=_broken(campaign),
    )


def rates(
    campaign_id: int, badges: tuple[campaigns.BadgeEntry, ...], now_ms: int
) -> dict[str, float]:
    """Messages a minute by provider, as measured lately."""
    return outbox.recent_rate(campaign_id, rate_minutes(badges, now_ms))


def rate_minutes(badges: tuple[campaigns.BadgeEntry, ...], now_ms: int) -> float:
    """The last minute, or less where sending has not gone on for so long."""
    began = [1000 * each.at.timestamp() for each in badges if each.badge == "sending"]
    minutes = (now_ms - began[-1]) / 60_000 if began else _RATE_MINUTES
    return min(_RATE_MINUTES, max(_RATE_LEAST, minutes))


def workers_alive() -> int:
    """How many sending processes gave a sign of life lately."""
    return sum(worker.alive for worker in outbox.unended())


def _listed(campaign: campaigns.View, servers: frozenset[int]) -> tuple[reputation.Listed, ...]:
    found = reputation.listings(campaign.workspace_id, open_only=True)
    if not found:  # as nearly always
        return ()
    ours = {senders.server(server).source_ip for server in servers}
    ours.add(campaign.from_email.rpartition("@")[2])
    return tuple(each for each in found if each.subject in ours and each.grave)


def _broken(campaign: campaigns.View) -> tuple[proving.Changed, ...]:
    if campaign.badge in ("done", "cancelled"):
        return ()
    domain = campaign.from_email.rpartition("@")[2].lower()
    return tuple(change for _, change in proving.broken(campaign.workspace_id, domain))


def _if_sent_now(campaign: campaigns.View) -> int | None:
    if campaign.badge != campaigns.Badge.DRAFT or not campaign.per_minute:
        return None
    return campaigns.check(campaign.id).done_about_ms
