"""Every waiting message knows how many of its campaign and lane go before it."""

from dataclasses import replace

import pytest

from house import BUSY, furnish, open_route, settlement
from sendoff.outbox import public as outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    house = furnish()
    for n in range(25):
        house.person(f"p{n:02}@big.test")
    house.person("ana@small.test")
    return house


def places(campaign: int) -> dict[int, outbox.Place]:
    return outbox.places(campaign, outbox.messages(campaign, outbox.Filter(limit=1000)))


def test_in_parcels_those_of_the_same_lane_go_first_by_number(house):
    campaign = house.launched()
    house.packed(campaign)
    found = places(campaign.id)
    assert [found[seq].ahead for seq in range(1, 26)] == list(range(25))
    assert found[26].ahead == 0  # another provider's lane
    assert all(place.parcelled and not place.more for place in found.values())


def test_the_places_in_a_parcel_are_those_in_which_a_worker_takes_its_letters(house):
    outbox.register("one", "here", 1)
    for address in ("zoe@a.test", "cy@b.test", "dan@a.test"):
        house.person(address)
    domains = ("big.test", "small.test", "a.test", "b.test")
    outbox.save_routes([replace(open_route(each), provider="google") for each in domains])
    campaign = house.launched()
    house.packed(campaign)
    found = places(campaign.id)
    tickets = outbox.queue_adapter().take("one", 10, 60)
    taken = [letter.seq for ticket in tickets for letter in outbox.letters(ticket.parcel)]
    assert sorted(taken) == sorted(found)
    assert [found[seq].ahead for seq in taken] == list(range(29))


def test_another_campaign_is_not_counted(house):
    house.packed(house.launched())
    second = house.launched(name="Summer sale")
    house.packed(second)
    assert places(second.id)[1].ahead == 0


def test_what_was_settled_goes_before_nobody(house):
    campaign = house.launched()
    house.packed(campaign)
    outbox.settle([settlement(campaign.id, 1, BUSY)])
    assert places(campaign.id)[2].ahead == 0


def test_those_put_off_stand_by_when_they_are_due_each_provider_by_itself(house):
    campaign = house.launched()
    house.packed(campaign)
    rows = [settlement(campaign.id, seq, BUSY) for seq in (1, 2, 3, 26)]
    for row, due in zip(rows, (3000, 1000, 2000, 4000), strict=True):
        row.due_ms = due + rows[0].ended_ms
    outbox.settle(rows)
    found = places(campaign.id)
    assert {seq: found[seq].ahead for seq in (1, 2, 3, 26)} == {2: 0, 3: 1, 1: 2, 26: 0}
    assert not any(found[seq].parcelled for seq in (1, 2, 3, 26))
    assert outbox.latest_due_ms(campaign.id) == rows[3].due_ms


def test_the_last_sign_of_life_is_that_of_any_worker_ended_or_not(house):
    assert outbox.last_sign_ms() is None
    outbox.register("w", "here", 1)
    began = outbox.last_sign_ms()
    outbox.ended("w", "drained")
    assert outbox.last_sign_ms() >= began > 0


def test_only_fresh_routes_are_known(house):
    house.packed(house.launched())
    assert outbox.routed(["big.test", "nowhere.test"]) == {"big.test"}
