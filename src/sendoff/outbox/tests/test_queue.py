"""Parcels are taken once, in fair turns, within the connections of their lane."""

from dataclasses import replace

import pytest

from house import ACCEPTED, BUSY, furnish, open_route, settlement
from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.outbox import public as outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    house = furnish()
    outbox.register("one", "here", 1)
    outbox.register("two", "here", 2)
    return house


@pytest.fixture
def queue():
    return outbox.queue_adapter()


def people(house, domain: str, count: int) -> None:
    for n in range(count):
        house.person(f"p{n}@{domain}")


def test_a_parcel_is_taken_by_one_worker_only(house, queue):
    people(house, "one.test", 3)
    house.packed(house.launched())
    assert len(queue.take("one", 10, 60)) == 1
    assert queue.take("two", 10, 60) == []


def test_a_lane_gives_no_more_parcels_than_it_has_connections(house, queue):
    people(house, "one.test", 200)
    house.packed(house.launched())
    taken = queue.take("one", 2, 60) + queue.take("two", 10, 60)
    assert len(taken) == house.server.connections
    queue.hold(taken[0], "one", 0)
    assert len(queue.take("two", 10, 60)) == 1


def test_a_slow_provider_takes_nothing_from_the_others(house, queue):
    people(house, "busy.test", 200)
    people(house, "quiet.test", 2)
    house.packed(house.launched())
    lanes = [ticket.lane for ticket in queue.take("one", 2, 60)]
    assert len(set(lanes)) == 2


def test_two_campaigns_take_turns_in_a_lane(house, queue):
    people(house, "one.test", 200)
    first, second = house.launched(), house.launched(name="Summer sale")
    house.packed(first)
    house.packed(second)
    taken = [ticket.campaign for ticket in queue.take("one", 2, 60)]
    assert sorted(taken) == [first.id, second.id]


def test_a_parcel_of_a_paused_campaign_is_not_taken(house, queue):
    people(house, "one.test", 3)
    campaign = house.launched()
    house.packed(campaign)
    campaigns.pause(campaign.id, "ana", "typo")
    assert queue.take("one", 10, 60) == []
    campaigns.resume(campaign.id, "ana")
    assert len(queue.take("one", 10, 60)) == 1


def test_a_parcel_held_until_later_waits_until_then(house, queue):
    people(house, "one.test", 3)
    house.packed(house.launched())
    ticket = queue.take("one", 1, 60)[0]
    queue.hold(ticket, "one", 9_999_999_999_999)
    assert queue.take("one", 1, 60) == []


def test_what_was_settled_leaves_the_parcel_and_the_rest_stays(house, queue):
    people(house, "one.test", 3)
    campaign = house.launched()
    house.packed(campaign)
    ticket = queue.take("one", 1, 60)[0]
    back = outbox.HandBack(parcel=ticket.parcel, worker="one")
    outbox.settle([settlement(campaign.id, 1, ACCEPTED)], parcels=[back])
    again = queue.take("two", 1, 60)[0]
    assert again.parcel == ticket.parcel
    assert [letter.seq for letter in outbox.letters(again.parcel)] == [2, 3]


def test_a_deferred_message_is_parcelled_anew_when_its_time_comes(house, queue):
    people(house, "one.test", 1)
    campaign = house.launched()
    house.packed(campaign)
    ticket = queue.take("one", 1, 60)[0]
    later = settlement(campaign.id, 1, BUSY)
    outbox.settle([later], parcels=[outbox.HandBack(parcel=ticket.parcel, worker="one")])
    house.packed(campaign)
    assert queue.take("one", 1, 60) == []
    assert outbox.message(campaign.id, 1).due_ms == later.due_ms


def test_letters_of_a_parcel_come_domain_by_domain(house, queue):
    for address in ("z@b.test", "a@c.test", "y@a.test", "x@b.test"):
        house.person(address)
    routes = [open_route(f"{letter}.test") for letter in "abc"]
    outbox.save_routes([replace(route, provider="google") for route in routes])
    house.packed(house.launched())
    letters = outbox.letters(queue.take("one", 1, 60)[0].parcel)
    assert [letter.address for letter in letters] == [
        "y@a.test",
        "z@b.test",
        "x@b.test",
        "a@c.test",
    ]


def test_suppression_between_plan_and_claim_is_honoured(house, queue):
    people(house, "one.test", 2)
    campaign = house.launched()
    house.packed(campaign)
    audience.suppress(house.workspace, "p0@one.test", "manual", "asked by phone")
    letters = outbox.letters(queue.take("one", 1, 60)[0].parcel)
    assert [bool(letter.skip) for letter in letters] == [True, False]


def test_a_contact_deleted_while_queued_is_skipped(house, queue):
    ana = house.person("ana@one.test")
    house.packed(house.launched())
    audience.erase(ana, "asked")
    letters = outbox.letters(queue.take("one", 1, 60)[0].parcel)
    assert "deleted" in letters[0].skip
