"""A failing server is sick for a time, by a row that says why; it is well again by itself."""

from dataclasses import replace

import pytest
import time_machine

from sendoff.lib import clock
from sendoff.senders import public as senders


@pytest.fixture
def relay(add):
    return add("relay", driver="smtp")


def signs(server: senders.Server, failures: int, **more) -> senders.Signs:
    return senders.Signs(
        **{
            "server_id": server.id, "driver": server.driver, "provider": "google",
            "failures": failures, "stage": "connect", "fault": "network",
            "category": "expired_or_network", "reply": "Connection refused",
            "last_ms": clock.now_ms(), **more,
        }
    )  # fmt: skip


def sick(*servers: senders.Server) -> list[senders.Sick]:
    return senders.sick_now([each.id for each in servers], clock.now_ms())


def test_three_failures_to_connect_make_a_relay_sick_for_five_minutes(relay):
    assert senders.examine([signs(relay, 2)]) == []
    (row,) = senders.examine([signs(relay, 3)])
    assert (row.rule, row.provider, row.sample) == ("relay-unreachable", "", "Connection refused")
    assert row.until_ms - row.since_ms == 5 * 60_000
    assert "3 tries in a row failed at connect" in row.why


def test_the_same_failures_make_it_sick_once(relay):
    same = signs(relay, 3)
    assert len(senders.examine([same])) == 1
    assert senders.examine([same, replace(same, failures=9)]) == []


def test_it_is_well_again_after_its_time_and_sick_for_longer_if_that_was_too_early(relay):
    with time_machine.travel("2026-03-01T10:00Z", tick=False) as now:
        senders.examine([signs(relay, 3)])
        now.shift(5 * 60 + 1)
        assert sick(relay) == []
        (again,) = senders.examine([signs(relay, 4)])
        assert again.until_ms - again.since_ms == 10 * 60_000
        now.shift(10 * 60 + 1)
        (third,) = senders.examine([signs(relay, 5)])
        assert third.until_ms - third.since_ms == 20 * 60_000


def test_a_person_may_end_it(relay):
    senders.examine([signs(relay, 3)])
    assert senders.well(relay.id, "ana@shop.test") == 1
    assert sick(relay) == []
    (row,) = senders.sicknesses([relay.id])
    assert row.ended_by == "ana@shop.test"


def test_a_block_at_one_provider_leaves_the_others_to_the_source(ana, add):
    cold, warm = add("cold"), add("warm")
    pool = senders.add_pool(ana, "news")
    for each in (cold, warm):
        pool = senders.put_in(pool.id, senders.Part(server_id=each.id))
    blocked = signs(cold, 5, stage="mail", fault="our_ip", category="ip_or_sender_blocked")
    (row,) = senders.examine([blocked])
    assert (row.rule, row.provider) == ("address-blocked", "google")
    ways, now = senders.ways(None, pool.id), clock.now_ms()
    assert senders.choose(ways, "google", 10, {}, now).counts == {warm.id: 10}
    assert senders.choose(ways, "yahoo", 10, {}, now).counts == {cold.id: 5, warm.id: 5}


def test_a_provider_that_cannot_be_reached_says_nothing_about_our_source(add):
    assert senders.examine([signs(add("one"), 50)]) == []
