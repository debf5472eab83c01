"""A pool shares mail by weight and room, goes around what is sick or full, and loses none."""

from collections import Counter
from dataclasses import replace

import pytest
import time_machine

from house import ACCEPTED, House, furnish, settlement
from sendoff.accounts import public as accounts
from sendoff.campaigns import public as campaigns
from sendoff.drivers.contract import ServerConfig
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.outbox import public as outbox
from sendoff.outbox.models import Message, Parcel
from sendoff.senders import public as senders

pytestmark = pytest.mark.django_db

DAY_S = 86_400
BLOCKED = Outcome(
    kind=Kind.DEFERRED,
    stage="mail",
    fault=Fault.OUR_IP,
    category="ip_or_sender_blocked",
    code=451,
    reply="451 4.7.1 your address is blocked",
)
REFUSED = replace(BLOCKED, kind=Kind.REFUSED, code=550, reply="550 5.7.1 blocked")
AWAY = Outcome(
    kind=Kind.DEFERRED,
    stage="connect",
    fault=Fault.NETWORK,
    category="expired_or_network",
    reply="Connection refused",
)


@pytest.fixture
def now():
    with time_machine.travel("2026-03-01T10:00Z", tick=False) as now:
        yield now


@pytest.fixture
def house(now):
    house = furnish()
    outbox.register("one", "here", 1)
    return house


def add(house: House, name: str, driver: str = "direct", **quotas) -> senders.Server:
    config = ServerConfig(driver=driver, helo=f"{name}.shop.test", host="relay.test")
    return senders.add_server(house.workspace, name, config, quotas=senders.Quotas(**quotas))


def pool(house: House, *parts: senders.Part, workspace: int | None = -1) -> senders.Pool:
    made = senders.add_pool(house.workspace if workspace == -1 else workspace, "news")
    for part in parts:
        made = senders.put_in(made.id, part)
    return made


def crowd(house: House, n: int, domain: str = "one.test") -> None:
    for k in range(n):
        house.person(f"p{k}@{domain}")


def packed_by(campaign: campaigns.View) -> Counter[int]:
    """Messages in parcels by the server of their lane."""
    by = dict(Parcel.objects.values_list("pk", "lane__server_id"))
    rows = Message.objects.filter(campaign_id=campaign.id, parcel_id__isnull=False)
    return Counter(by[parcel] for parcel in rows.values_list("parcel_id", flat=True))


def attend(*under_way: campaigns.View, before: outbox.Closed | None = None) -> outbox.Closed:
    ways = {each.id: campaigns.ways(each) for each in under_way}
    return outbox.attend(ways, before or outbox.Closed())


def settle(campaign: campaigns.View, server: senders.Server, outcome: Outcome, n: int) -> None:
    """The first n messages that wait for a server end like this."""
    lanes = Parcel.objects.filter(lane__server_id=server.id).values("pk")
    rows = Message.objects.filter(campaign_id=campaign.id, parcel_id__in=lanes).order_by("seq")[:n]
    done = [settlement(campaign.id, row.seq, outcome, n=row.attempts + 1) for row in rows]
    assert outbox.settle(done) == n


def balanced(campaign: campaigns.View) -> bool:
    return outbox.books(campaign.id).balanced and outbox.proof(campaign.id) == []


def test_a_window_is_packed_by_weight(house):
    one, two = add(house, "one"), add(house, "two")
    parts = (senders.Part(server_id=one.id, weight=3), senders.Part(server_id=two.id))
    crowd(house, 40)
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    assert packed_by(campaign) == {one.id: 30, two.id: 10}
    assert balanced(campaign)


def test_a_relay_and_a_source_share_a_pool(house):
    source, relay = add(house, "one"), add(house, "relay", "smtp")
    parts = (senders.Part(server_id=source.id), senders.Part(server_id=relay.id))
    crowd(house, 40)
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    assert packed_by(campaign) == {source.id: 20, relay.id: 20}
    providers = Counter(row.provider for row in outbox.messages(campaign.id, outbox.Filter()))
    assert providers == {"one.test": 20, "by relay": 20}
    assert balanced(campaign)


def test_what_is_over_the_quota_goes_to_the_others(house):
    one, two = add(house, "one", daily=10), add(house, "two")
    parts = (senders.Part(server_id=one.id, weight=3), senders.Part(server_id=two.id))
    crowd(house, 20)
    crowd(house, 20, "two.test")
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    assert packed_by(campaign) == {one.id: 10, two.id: 30}


def test_where_nobody_has_room_it_waits_for_the_first_opening_and_says_what_for(house, now):
    one = add(house, "one", daily=10, hourly=8)
    crowd(house, 20)
    campaign = house.launched(pool_id=pool(house, senders.Part(server_id=one.id)).id)
    house.packed(campaign)
    assert packed_by(campaign) == {one.id: 8}
    late = [row for row in outbox.messages(campaign.id, outbox.Filter()) if row.hold == "pace"]
    assert len(late) == 12
    assert late[0].reason == "one has sent all that it may (hourly quota of one: 8)."
    assert late[0].due_ms == clock_ms("2026-03-01T11:00Z")
    assert balanced(campaign)


def test_a_cold_source_gets_its_plan_and_the_warm_one_the_rest(house):
    cold, warm = add(house, "cold", warmup="conservative"), add(house, "warm")
    parts = (senders.Part(server_id=cold.id), senders.Part(server_id=warm.id))
    crowd(house, 200)
    crowd(house, 60, "two.test")
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    lanes = {
        lane.id: (lane.server_id, lane.provider) for lane in outbox.lane_overview(house.workspace)
    }
    taken = Counter[tuple[int, str]]()
    for parcel in Parcel.objects.all():
        taken[lanes[parcel.lane_id]] += parcel.messages
    assert taken[cold.id, "one.test"] == 50
    assert taken[warm.id, "one.test"] == 150
    assert taken[cold.id, "two.test"] == 30


def test_the_plan_goes_on_by_what_was_seen_of_the_day_before(house, now):
    cold, warm = add(house, "cold", warmup="conservative"), add(house, "warm")
    parts = (senders.Part(server_id=cold.id, weight=9), senders.Part(server_id=warm.id))
    crowd(house, 60)
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    settle(campaign, cold, ACCEPTED, 50)
    now.shift(DAY_S)
    attend(campaign)
    (row,) = senders.decisions(cold.id)
    assert (row.what, row.sent, row.provider) == ("advance", 50, "one.test")
    assert senders.standing(cold, "one.test").most == 100


def test_a_block_halves_the_plan(house, now):
    cold = add(house, "cold", warmup="conservative")
    crowd(house, 40)
    campaign = house.launched(pool_id=pool(house, senders.Part(server_id=cold.id)).id)
    house.packed(campaign)
    settle(campaign, cold, ACCEPTED, 30)
    settle(campaign, cold, REFUSED, 3)
    now.shift(DAY_S)
    attend(campaign)
    (row,) = senders.decisions(cold.id)
    assert (row.what, row.sent, row.blocked) == ("halve", 33, 3)


def test_what_waits_for_a_sick_server_goes_by_the_others_and_it_comes_back(house, now):
    relay, spare = add(house, "relay", "smtp"), add(house, "spare", "smtp")
    parts = (senders.Part(server_id=relay.id), senders.Part(server_id=spare.id))
    crowd(house, 40)
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    before = attend(campaign)
    settle(campaign, relay, AWAY, 3)
    closed = attend(campaign, before=before)
    (sick,) = senders.sicknesses([relay.id])
    assert (sick.rule, sick.sample) == ("relay-unreachable", "Connection refused")
    assert packed_by(campaign) == {spare.id: 20}
    house.packed(campaign)
    assert packed_by(campaign) == {spare.id: 37}
    assert balanced(campaign)
    now.shift(301)
    attend(campaign, before=closed)
    house.packed(campaign)  # the three that failed are due again
    assert packed_by(campaign)[relay.id] in (1, 2)
    assert balanced(campaign)


def test_a_success_between_failures_is_no_sickness(house):
    relay = add(house, "relay", "smtp")
    crowd(house, 40)
    campaign = house.launched(pool_id=pool(house, senders.Part(server_id=relay.id)).id)
    house.packed(campaign)
    for outcome in (AWAY, AWAY, ACCEPTED, AWAY, AWAY):
        settle(campaign, relay, outcome, 1)
    attend(campaign)
    assert senders.sicknesses([relay.id]) == []


def test_a_blocked_source_leaves_only_the_provider_that_blocks_it(house):
    one, two = add(house, "one"), add(house, "two")
    parts = (senders.Part(server_id=one.id), senders.Part(server_id=two.id))
    crowd(house, 40)
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    settle(campaign, one, BLOCKED, 5)
    attend(campaign)
    house.packed(campaign)
    assert packed_by(campaign) == {two.id: 35}
    crowd(house, 10, "two.test")
    other = house.launched(pool_id=campaign.pool_id, name="More")
    house.packed(other)
    assert packed_by(other)[one.id] == 5
    assert balanced(campaign)


def test_a_leased_parcel_is_left_to_its_worker(house):
    one, two = add(house, "one"), add(house, "two")
    parts = (senders.Part(server_id=one.id), senders.Part(server_id=two.id))
    crowd(house, 40)
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    before = attend(campaign)
    (ticket,) = outbox.queue_adapter().take("one", 1, 60, without=frozenset({two.id}))
    held = Parcel.objects.get(pk=ticket.parcel).messages
    senders.switch(one.id, on=False)
    attend(campaign, before=before)
    house.packed(campaign)
    assert packed_by(campaign) == {one.id: held, two.id: 40 - held}
    assert outbox.letters(ticket.parcel)


def test_a_server_that_opens_before_its_time_gets_what_waited_for_it(house):
    one = add(house, "one", daily=10)
    crowd(house, 30)
    campaign = house.launched(pool_id=pool(house, senders.Part(server_id=one.id)).id)
    house.packed(campaign)
    closed = attend(campaign)
    outbox.take(outbox.quotas(one, "one.test"), 10)
    closed = attend(campaign, before=closed)
    senders.set_quotas(one.id, senders.Quotas(daily=100))
    attend(campaign, before=closed)
    house.packed(campaign)
    assert packed_by(campaign) == {one.id: 30}


def test_a_new_member_takes_its_part_of_what_nobody_could_take(house):
    one, two = add(house, "one", daily=10), add(house, "two")
    crowd(house, 30)
    news = pool(house, senders.Part(server_id=one.id))
    campaign = house.launched(pool_id=news.id)
    house.packed(campaign)
    before = attend(campaign)
    senders.put_in(news.id, senders.Part(server_id=two.id))
    attend(campaign, before=before)
    house.packed(campaign)
    assert packed_by(campaign) == {one.id: 10, two.id: 20}


def test_a_campaign_with_one_server_keeps_trying_it(house):
    relay = add(house, "relay", "smtp")
    crowd(house, 40)
    campaign = house.launched(server_id=relay.id)
    house.packed(campaign)
    settle(campaign, relay, AWAY, 5)
    attend(campaign, before=attend(campaign))
    assert packed_by(campaign) == {relay.id: 35}


def test_expiring_a_lane_of_a_pool_leaves_what_may_go_by_the_others(house):
    crowd(house, 40)
    one, two = add(house, "one"), add(house, "two")
    parts = senders.Part(server_id=one.id), senders.Part(server_id=two.id)
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    shares = packed_by(campaign)
    lane = outbox.lane_of(one, "one.test")
    action = outbox.act(lane, outbox.Act(kind="expire", why="too late", by="ana"))
    assert action.messages == shares[one.id]
    books = outbox.books(campaign.id)
    assert (books.refused, books.waiting) == (shares[one.id], shares[two.id]) == (20, 20)
    assert balanced(campaign)


def test_expiring_the_only_lane_there_is_takes_what_waits_to_be_tried_again_too(house):
    crowd(house, 4)
    one = add(house, "one")
    campaign = house.launched(pool_id=pool(house, senders.Part(server_id=one.id)).id)
    house.packed(campaign)
    settle(campaign, one, BLOCKED, 3)
    lane = outbox.lane_of(one, "one.test")
    assert outbox.act(lane, outbox.Act(kind="expire", why="too late", by="ana")).messages == 4
    assert balanced(campaign)


def test_workspaces_take_turns_in_a_shared_lane_however_many_campaigns_they_have(house):
    config = ServerConfig(driver="smtp", helo="mail.shop.test", host="relay.test")
    shared = senders.add_server(None, "everybody's", config, connections=4)
    news = pool(house, senders.Part(server_id=shared.id), workspace=None)
    ben = accounts.create_owner("ben@other.test", None, "Ben's").workspace_id
    crowd(house, 120)
    mine = [house.launched(pool_id=news.id, name=f"Sale {n}") for n in range(3)]
    (theirs,) = [house.launched(pool_id=news.id, name="Ben's")]
    campaigns_of(ben, theirs)
    for campaign in (*mine, theirs):
        house.packed(campaign)
    taken = Counter(t.campaign for t in outbox.queue_adapter().take("one", 4, 60))
    assert taken[theirs.id] == 2


def test_a_source_address_of_another_machine_is_left_to_that(house):
    here, there = add(house, "here"), add(house, "there")
    parts = (senders.Part(server_id=here.id), senders.Part(server_id=there.id))
    crowd(house, 40)
    campaign = house.launched(pool_id=pool(house, *parts).id)
    house.packed(campaign)
    taken = outbox.queue_adapter().take("one", 20, 60, without=frozenset({there.id}))
    lanes = {lane.id: lane.server_id for lane in outbox.lane_overview(house.workspace)}
    assert {lanes[ticket.lane] for ticket in taken} == {here.id}


def campaigns_of(workspace: int, campaign: campaigns.View) -> None:
    from sendoff.campaigns.models import Campaign

    Campaign.objects.filter(pk=campaign.id).update(workspace_id=workspace)


def clock_ms(text: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(text).timestamp() * 1000)
