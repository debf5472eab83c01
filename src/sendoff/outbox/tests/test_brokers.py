"""Whichever broker carries the order of work, the same holds: the outbox is the truth."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from brokers import SERVERS, Broker
from house import ACCEPTED, BUSY, furnish, settlement
from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.outbox import broker as brokers
from sendoff.outbox import public as outbox

# What a transaction leaves to the broker happens after its commit, so the commits are real ones.
pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]
NO_MORE = 99


@pytest.fixture(params=["database", *SERVERS])
def server(request) -> Iterator[Broker | None]:
    """A server of each kind, or none: the database itself."""
    if request.param == "database":
        yield None
        return
    if not SERVERS[request.param].there():
        pytest.skip(f"there is no {request.param}: install the package of that name")
    with SERVERS[request.param]() as made:
        yield made


@pytest.fixture
def queue(server) -> Iterator[outbox.Queue]:
    outbox.use_broker(server.url if server else "")
    yield outbox.queue_adapter()
    outbox.use_broker("")


@pytest.fixture
def house(queue):
    house = furnish()
    for name in ("one", "two"):
        outbox.register(name, "here", 1)
    return house


def packed(house, count: int, *, domain: str = "one.test", name: str = "Spring sale") -> int:
    """A campaign with that many people of one domain, in parcels of ten; its id."""
    for n in range(count):
        house.person(f"p{n}@{domain}")
    campaign = house.launched(name=name)
    house.packed(campaign)
    return campaign.id


def handed_back(ticket: outbox.Ticket, worker: str, until_ms: int = 0) -> None:
    back = outbox.HandBack(parcel=ticket.parcel, worker=worker, available_ms=until_ms)
    outbox.settle([], parcels=[back])


def soon_taken(queue: outbox.Queue, worker: str) -> list[outbox.Ticket]:
    """beanstalkd waits in whole seconds."""
    deadline = time.monotonic() + 5
    while not (found := queue.take(worker, 1, 60)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_parcels_come_in_the_order_they_were_made_and_each_once(house, queue):
    packed(house, 30)
    taken = [ticket.parcel for _ in range(3) for ticket in queue.take("one", 1, 60)]
    assert len(taken) == 3
    assert taken == sorted(taken)
    assert queue.take("two", NO_MORE, 60) == []


def test_campaigns_have_fair_turns_in_a_lane_and_lanes_among_each_other(house, queue):
    packed(house, 60)
    packed(house, 60, name="Summer sale")
    assert len({ticket.campaign for ticket in queue.take("one", 2, 60)}) == 2
    latest = packed(house, 20, domain="quiet.test", name="Autumn sale")
    later = queue.take("two", 2, 60)
    assert len({ticket.lane for ticket in later}) == 2
    assert {ticket.campaign for ticket in later} == {latest}


def test_a_lane_gives_no_more_parcels_than_it_has_connections(house, queue):
    packed(house, 200)
    assert len(queue.take("one", NO_MORE, 60)) == house.server.connections
    assert queue.take("two", NO_MORE, 60) == []


def test_a_paused_campaign_gives_nothing_and_goes_on_where_it_stood(house, queue):
    campaign = packed(house, 30)
    first = queue.take("one", 1, 60)[0].parcel
    campaigns.pause(campaign, "ana", "typo")
    assert queue.take("two", NO_MORE, 60) == []
    campaigns.resume(campaign, "ana")
    assert min(ticket.parcel for ticket in queue.take("two", NO_MORE, 60)) > first


def test_a_parcel_handed_back_is_taken_again_and_one_on_hold_only_when_its_time_comes(house, queue):
    packed(house, 3)
    ticket = queue.take("one", 1, 60)[0]
    queue.hold(ticket, "one", clock.now_ms() + 1_200)
    assert queue.take("two", 1, 60) == []
    assert [again.parcel for again in soon_taken(queue, "two")] == [ticket.parcel]
    handed_back(ticket, "two")
    assert [again.parcel for again in soon_taken(queue, "one")] == [ticket.parcel]


def test_what_is_settled_is_never_taken_again_and_what_waits_is(house, queue):
    campaign = packed(house, 2)
    ticket = queue.take("one", 1, 60)[0]
    rows = [settlement(campaign, 1, ACCEPTED), settlement(campaign, 2, BUSY)]
    back = outbox.HandBack(parcel=ticket.parcel, worker="one")
    outbox.settle(rows, parcels=[back])
    queue.refill()
    assert queue.take("two", NO_MORE, 60) == []


def test_a_queue_that_lost_everything_is_rebuilt_from_the_outbox(house, queue, server):
    packed(house, 30)
    if server:
        server.stop()
        server.start()
        forgive(queue)
        assert queue.refill() == 3
    assert queue.refill() == 0
    assert len(queue.take("one", NO_MORE, 60)) == 3


def test_entries_that_are_stale_doubled_or_of_nowhere_are_dropped(house, queue, server):
    campaign = packed(house, 30)
    taken = queue.take("one", 1, 60)[0]
    if server:
        line = brokers.Line(taken.lane, campaign)
        link = brokers.current()
        strange = [(taken.parcel, 0), (987_654, 0), (2**62, 0), (taken.parcel, 1)]
        link.put(line, strange)
        link.put(brokers.Line(taken.lane, campaign + 7), [(taken.parcel + 1, 0)])
        raw_entry(server, f"{taken.lane}.{campaign}", b"\xff no number")
    found = queue.take("two", NO_MORE, 60)
    assert {ticket.parcel for ticket in found} == {taken.parcel + 1, taken.parcel + 2}


def test_lines_that_the_outbox_does_not_know_are_forgotten(house, queue, server):
    if server is None:
        assert queue.refill() == 0
        return
    link = brokers.current()
    link.put(brokers.Line(77, 88), [(1, 0), (2, clock.now_ms() + 60_000)])
    assert link.names() == {"77.88"}
    queue.refill()
    assert link.names() == set()


def test_while_the_server_is_away_the_outbox_serves_itself_and_the_loss_is_counted(
    house, queue, server
):
    packed(house, 30)
    assert len(queue.take("one", 1, 60)) == 1
    if server:
        server.stop()
        assert queue.take("one", 1, 60) == []  # noticed here, once
    assert len(queue.take("one", 1, 60)) == 1
    if server:
        assert outbox.queue_losses() == 1
        server.start()
        forgive(queue)
        assert queue.refill() == 1
    assert len(queue.take("two", 1, 60)) == 1
    assert outbox.queue_losses() == (1 if server else 0)


def test_a_server_that_hangs_holds_nobody_up_for_long(house):
    packed(house, 30)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        for scheme in ("redis", "beanstalk"):
            link = outbox.use_broker(f"{scheme}://127.0.0.1:{deaf.getsockname()[1]}")
            began = time.monotonic()
            assert outbox.queue_adapter().take("one", 1, 60) == []
            assert time.monotonic() - began < 3
            assert link.away
            assert len(outbox.queue_adapter().take("one", 1, 60)) == 1


def forgive(queue: outbox.Queue) -> None:
    """As if the moment were over in which a lost server is not asked."""
    if link := brokers.current():
        link._away_until_ms = 0
        link.names()  # a connection that was broken is noticed and counted now, if at all
        link._away_until_ms = 0


def raw_entry(server: Broker, line: str, text: bytes) -> None:
    """Something in a line that Sendoff never wrote."""
    with socket.create_connection((server.address, server.port), 5) as wire:
        if server.scheme == "redis":
            key = f"sendoff:{line}".encode()
            wire.sendall(
                b"*4\r\n$4\r\nZADD\r\n$%d\r\n%b\r\n$1\r\n0\r\n$%d\r\n%b\r\n"
                % (len(key), key, len(text), text)
            )
        else:
            wire.sendall(
                b"use sendoff.%b\r\nput 0 0 60 %d\r\n%b\r\n" % (line.encode(), len(text), text)
            )
        wire.recv(100)
