"""Every waiting message says which limit it waits for, whose rule, its place and when it opens."""

from datetime import datetime

import pytest

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.insight import public as insight
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders

BIG = 30  # people at gmall.test beside Ben and Cy


@pytest.fixture
def crowd(shop):
    for n in range(BIG):
        audience.subscribe(shop.customers, f"p{n:02}@gmall.test", {})
    return shop


@pytest.fixture
def worker(db):
    outbox.register("w1", "here", 1)


def why(shop, address):
    """The waiting field of one person's trace."""
    (line,) = insight.trace(address)
    return line["waiting"]


def last(shop):
    return f"p{BIG - 1:02}@gmall.test"


def lane(shop, kind="slow", why="testing", **limits):
    lanes = outbox.lane_overview(shop.workspace)
    found = next(lane.id for lane in lanes if lane.provider == "gmall.test")
    return outbox.act(found, outbox.Act(kind=kind, why=why, by="ana@shop.test", **limits))


def minutes(text):
    return (clock.ms(datetime.fromisoformat(text)) - clock.now_ms()) / 60_000


def test_what_is_settled_waits_for_nothing(shop, worker):
    shop.send()
    shop.accept("cy@gmall.test")
    assert why(shop, "cy@gmall.test") is None


def test_a_lane_s_rate_tells_the_place_and_about_when(crowd, worker):
    crowd.send()
    lane(crowd, per_minute=10)
    found = why(crowd, last(crowd))
    assert (found["limit"], found["rule"]) == (
        "lane_rate",
        "the lane of gmall.test: 10 a minute (operator: ana@shop.test)",
    )
    ahead = BIG + 2 - 1
    assert found["place_in_line"] == ahead
    assert ahead / 10 - 0.1 < minutes(found["opens_at"]) < ahead / 10 + 0.1
    assert found["sentence"].startswith(
        f"Waits for its turn: {ahead} of this campaign go to gmall.test first;"
        " at 10 a minute that is about "
    )


def test_the_campaign_s_own_pace_is_shared_by_its_lanes(crowd, worker):
    crowd.send(per_minute=20)
    found = why(crowd, last(crowd))
    assert (found["limit"], found["rule"]) == ("campaign_pace", "this campaign: 20 a minute")
    assert 3.0 < minutes(found["opens_at"]) < 3.2  # 31 go first, at half of 20 a minute
    assert "the campaign's own pace is 20 a minute in all: that is about" in found["sentence"]


def test_of_two_limits_the_stricter_is_named(crowd, worker):
    crowd.send(per_minute=20)
    slow = lane(crowd, per_minute=5)
    assert why(crowd, last(crowd))["limit"] == "lane_rate"
    outbox.undo(slow.id, "ana@shop.test", "fast enough")
    lane(crowd, per_minute=500)
    assert why(crowd, last(crowd))["limit"] == "campaign_pace"


def test_the_first_in_line_is_next(crowd, worker):
    crowd.send(per_minute=20)
    there = [who for who in crowd.seqs if who.endswith("@gmall.test")]
    first = min(there, key=lambda who: crowd.seqs[who])
    found = why(crowd, first)
    assert found["place_in_line"] == 0
    assert found["sentence"].startswith("It is next to go to gmall.test;")


def test_without_any_limit_it_waits_for_its_turn(crowd, worker):
    crowd.send()
    found = why(crowd, last(crowd))
    assert (found["limit"], found["opens_at"]) == ("turn", None)
    crowd.accept("cy@gmall.test")
    assert "a minute lately that is about" in why(crowd, last(crowd))["sentence"]


def test_it_is_said_when_all_connections_of_the_lane_are_in_use(crowd, worker):
    crowd.send()
    lane(crowd, connections=1)
    taken = outbox.queue_adapter().take("w1", 5, 60)
    found = why(crowd, last(crowd))
    assert found["limit"] == "lane_connections"
    assert found["rule"] == "the lane of gmall.test: 1 of 1 connections"
    assert taken


def test_a_worker_that_has_it_is_said(shop, worker):
    shop.send()
    assert len(outbox.queue_adapter().take("w1", 5, 60)) == 2
    assert why(shop, "cy@gmall.test")["sentence"] == "A worker has it now."


def test_a_suspended_lane_says_who_asked_and_until_when(shop, worker):
    shop.send()
    action = lane(shop, "suspend", "their servers move", lasts_s=600)
    found = why(shop, "cy@gmall.test")
    assert (found["limit"], found["opens_at"]) == ("lane_suspended", clock.iso(action.until_ms))
    assert found["rule"] == "operator: ana@shop.test"
    assert "suspended by ana@shop.test (their servers move)" in found["sentence"]


def test_a_retry_says_which_try_by_which_wait_and_when(shop, worker):
    shop.send()
    due = clock.now_ms() + 300_000
    shop.greylist("ana@yahu.test", due_ms=due)
    found = why(shop, "ana@yahu.test")
    assert (found["limit"], found["place_in_line"]) == ("retry", 0)
    assert found["rule"] == "wait 1 of 6 in this campaign's schedule, 5 min"
    assert found["opens_at"] == clock.iso(due)
    assert found["sentence"].startswith("It waits for the next try: try 2 is due at ")


def test_past_the_schedule_it_says_so(shop, worker):
    shop.send(retry_after_s=())
    shop.greylist("ana@yahu.test")
    assert why(shop, "ana@yahu.test")["rule"] == "this campaign's schedule is used up"


def test_before_its_route_is_known_it_says_what_is_looked_up(shop, worker):
    campaign = campaigns.draft(shop.workspace, shop.text())
    campaigns.launch(campaign, "ana")
    outbox.plan(campaigns.get(campaign))
    found = why(shop, "cy@gmall.test")
    assert (found["limit"], found["opens_at"]) == ("route", None)
    assert "The way to gmall.test is not known yet" in found["sentence"]


def test_a_retry_that_is_due_is_put_into_line(shop, worker):
    shop.send()
    shop.greylist("ana@yahu.test", due_ms=clock.now_ms() - 1)
    assert "put into its provider's line in a moment" in why(shop, "ana@yahu.test")["sentence"]


def test_a_paused_campaign_says_that_it_is_paused(shop, worker):
    shop.send()
    campaigns.pause(shop.campaign, "ana", "")
    assert why(shop, "cy@gmall.test")["limit"] == "paused"


def test_a_cancelled_campaign_says_that_the_message_is_skipped_soon(shop, worker):
    shop.send()
    campaigns.cancel(shop.campaign, "ana", "")
    assert why(shop, "cy@gmall.test")["limit"] == "cancelled"


def test_without_a_worker_it_names_the_command(shop, worker):
    shop.send()
    outbox.ended("w1", "stopped")
    found = why(shop, "cy@gmall.test")
    assert found["limit"] == "no_worker"
    assert "no worker is running since " in found["sentence"]
    assert found["sentence"].endswith("Start one: sendoff worker")


def test_every_waiting_line_of_a_whole_campaign_has_an_answer(crowd, worker):
    crowd.send(per_minute=20)
    lines = list(insight.journeys(crowd.campaign))
    answered = {line["address"] for line in lines if line["waiting"]}
    assert answered == {line["address"] for line in lines if line["state"] == "waiting"}
    assert len(answered) == BIG + 3


def test_rows_and_message_pages_say_it_too(crowd, worker, page):
    crowd.send()
    lane(crowd, per_minute=10)
    words = "Waits for its turn: 31 of this campaign go to gmall.test first"
    assert words in page(f"/campaigns/{crowd.campaign}/messages/?state=waiting")
    seq = crowd.seqs[last(crowd)]
    assert words in page(f"/campaigns/{crowd.campaign}/messages/{seq}/")


def test_a_drained_lane_says_who_did_it_and_that_a_person_opens_it(shop, worker):
    shop.send()
    lane(shop, "drain", "we move house")
    found = why(shop, "cy@gmall.test")
    assert (found["limit"], found["opens_at"]) == ("lane_suspended", None)
    assert (
        "was drained by ana@shop.test (we move house): it opens when a person says so"
        in (found["sentence"])
    )


def test_a_quota_that_is_used_up_says_when_its_next_window_begins(shop, worker):
    senders.set_quotas(shop.server.id, senders.Quotas(hourly=1))
    shop.send()
    lanes = outbox.lane_overview(shop.workspace)
    limits = outbox.limits_in_force(lanes[0].id, shop.campaign)
    assert len(outbox.take(limits, 5).waits_us) == 1
    found = why(shop, "cy@gmall.test")
    assert found["limit"] == "quota"
    assert found["rule"].endswith(": 1 in 1 h")
    assert 0 < minutes(found["opens_at"]) <= 60 * 4


def test_another_campaign_in_the_lane_doubles_the_wait(crowd, worker):
    crowd.send()
    lane(crowd, per_minute=10)
    alone = minutes(why(crowd, last(crowd))["opens_at"])
    crowd.send()
    (first, *_) = list(insight.trace(last(crowd)))
    assert 1.8 * alone < minutes(first["waiting"]["opens_at"]) < 2.2 * alone


def test_where_no_server_may_take_it_the_reason_and_the_next_look_are_said(shop, worker):
    pool = senders.add_pool(shop.workspace, "Pool")
    senders.put_in(pool.id, senders.Part(server_id=shop.server.id))
    senders.set_quotas(shop.server.id, senders.Quotas(hourly=1))
    shop.send(pool_id=pool.id)
    found = why(shop, "ana@yahu.test")
    assert found["limit"] == "servers"
    assert "hourly quota" in found["sentence"]
    assert "It is looked at again at " in found["sentence"]


def test_of_two_ways_to_a_provider_it_names_the_one_in_whose_line_it_stands(shop, worker):
    shop.send()
    other = senders.add_server(
        shop.workspace, "Another", senders.server_config(shop.server.id), per_minute=1
    )
    outbox.lane_of(other, "gmall.test")
    found = why(shop, "cy@gmall.test")
    assert found["limit"] == "turn"
