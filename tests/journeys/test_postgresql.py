"""The story of a campaign on PostgreSQL: a worker is killed and the server crashes in mid-send."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from journeys.installation import Installation, crowd
from sendoff.cli.bench_postgres import Postgres, programs

PEOPLE = 2_000
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(programs() is None, reason="there is no PostgreSQL: install `postgresql`"),
]


@pytest.fixture
def server() -> Iterator[Postgres]:
    with Postgres() as made:
        yield made


@pytest.fixture
def house(tmp_path, server) -> Iterator[Installation]:
    with Installation(tmp_path) as made:
        made.use_database(server.url, server.pid)
        yield made.prepare(delay_ms=20)


def test_a_killed_worker_and_a_crashed_server_lose_nothing_and_double_nothing(house, server):
    house.people(crowd(PEOPLE))
    campaign = house.draft()
    house.clerk()
    workers = [house.sender(f"sender{n}", SENDOFF_WORKER_CONNECTIONS="5") for n in range(2)]
    house.until(lambda: len(house.senders()) == 2, 20, "both workers are there")
    house.send(campaign)
    under_way(house, campaign, 300)
    killed = house.kill_sender()
    under_way(house, campaign, 600)
    server.stop(crash=True)
    time.sleep(3)  # long enough for every part to notice
    server.start()
    under_way(house, campaign, 700)
    books = house.done(campaign, within_s=90)

    assert books["audience"] == PEOPLE
    assert books["accepted"] + books["unknown"] == PEOPLE
    rows = [row for state in ("accepted", "unknown") for row in house.rows(campaign, state=state)]
    copies = house.copies()
    account = Counter((row["state"], copies[row["message_id"]]) for row in rows)
    assert set(account) <= {("accepted", 1), ("unknown", 0), ("unknown", 1)}, account
    assert sum(account.values()) == PEOPLE
    assert books["unknown"] <= 5, "no more than the killed worker had connections"
    alive = [worker for worker in workers if worker.pid != killed]
    assert [worker.poll() for worker in alive] == [None], "who lost the server waited for it"


def under_way(house: Installation, campaign: int, wanted: int) -> None:
    """Wait until so many are accepted, while as many more are still to come."""
    house.until(lambda: house.books(campaign).get("accepted", 0) > wanted, 60, f"{wanted} accepted")
    assert house.books(campaign)["waiting"] > 200, "the send was over before the trouble"
