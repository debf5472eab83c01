"""Three worker hosts: one pace for all of them, and none of them is needed for the books."""

import socket
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from brokers import RedisServer
from drills.hosts import Drill
from journeys.hosts import NAMES, Fleet, Network
from journeys.installation import crowd
from sendoff.cli.bench_postgres import programs

PEOPLE = 4_000
TROUBLES = (
    "a worker died; its journal is in the books",
    "a worker was lost with its journal",
    "parcels put back into the queue",
    "the queue is away",
    "waiting for the database",
)

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(programs() is None, reason="there is no PostgreSQL: install `postgresql`"),
    pytest.mark.skipif(not RedisServer.there(), reason="there is no Redis: install `redis-server`"),
]


@pytest.fixture
def fleet(tmp_path) -> Iterator[Fleet]:
    with Fleet(tmp_path, SENDOFF_HOST_LOST_AFTER_S="15", SENDOFF_WORKER_CONNECTIONS="4") as made:
        yield made


def test_the_hosts_are_machines_of_their_own():
    if not Network().real:
        pytest.skip("no network namespaces here: the hosts below share this machine's network")


@pytest.mark.timeout(500)
def test_a_lane_keeps_its_pace_whatever_the_number_of_hosts(fleet):
    result = Drill(fleet, window_s=12, beyond_s=0, settle_s=4).run()
    assert sorted(result.windows) == [1, 2, 3]
    assert result.ok, result


@pytest.mark.timeout(500)
def test_lost_hosts_an_emptied_queue_and_a_crashed_database_lose_and_double_nothing(fleet):
    house = fleet.prepare(delay_ms=30).house
    house.people(crowd(PEOPLE))
    campaign = house.draft()
    for name in NAMES:
        fleet.start(name)
    house.until(lambda: fleet.workers() == len(NAMES), 30, "all hosts are there")
    house.send(campaign)

    goes_on(fleet, campaign)
    fleet.lose("north", journal=True)
    fleet.start("north")
    goes_on(fleet, campaign)
    fleet.lose("south", journal=False)
    goes_on(fleet, campaign)
    flush(fleet)
    goes_on(fleet, campaign)
    fleet.database.stop(crash=True)
    time.sleep(2)
    fleet.database.start()
    goes_on(fleet, campaign)
    if fleet.network.real:
        fleet.network.cut("west")
        time.sleep(4)
        fleet.network.mend("west")
    goes_on(fleet, campaign)
    fleet.broker.stop()
    goes_on(fleet, campaign)
    fleet.broker.start()
    goes_on(fleet, campaign)
    books = house.done(campaign, within_s=120)

    assert books["audience"] == PEOPLE
    assert books["accepted"] + books["unknown"] == PEOPLE
    rows = [row for state in ("accepted", "unknown") for row in house.rows(campaign, state=state)]
    copies = house.copies()
    account = Counter((row["state"], copies[row["message_id"]]) for row in rows)
    assert set(account) <= {("accepted", 1), ("unknown", 0), ("unknown", 1)}, account
    assert sum(account.values()) == PEOPLE
    assert sum(copies.values()) == account["accepted", 1] + account["unknown", 1]
    said = "".join(house.said(name) for name in NAMES)
    for trouble in TROUBLES:
        assert trouble in said


def flush(fleet: Fleet) -> None:
    with socket.create_connection((fleet.broker.address, fleet.broker.port), 5) as wire:
        wire.sendall(b"FLUSHALL\r\n")
        assert wire.recv(100) == b"+OK\r\n"


def goes_on(fleet: Fleet, campaign: int, further: int = 150) -> None:
    """Wait until so many more are accepted, while others are still to come."""
    began = fleet.house.books(campaign).get("accepted", 0)

    def accepted() -> bool:
        return bool(fleet.house.books(campaign).get("accepted", 0) > began + further)

    fleet.house.until(accepted, 60, f"{further} more are accepted")
    assert fleet.house.books(campaign)["waiting"] > 200, "the send was over before the trouble"
