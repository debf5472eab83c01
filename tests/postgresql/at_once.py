"""Many at the same rows at once, on a real PostgreSQL; `tests/test_postgresql.py` runs these."""

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from brokers import SERVERS
from house import ACCEPTED, BUSY, furnish, settlement, states
from sendoff.campaigns import public as campaigns
from sendoff.lib.config import config
from sendoff.outbox import public as outbox
from sendoff.sending import database
from sendoff.sending.crew import Crew
from sendoff.sending.journal import Journal
from sendoff.sending.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 6


def at_once(work: Callable[[int], Any], crowd: int = CROWD) -> list[Any]:
    """What each of a crowd got, who all began at the same moment, each on its own connection."""
    gate = threading.Barrier(crowd)

    def one(n: int) -> Any:
        try:
            connection.ensure_connection()
            gate.wait(10)
            return work(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(crowd) as threads:
        return list(threads.map(one, range(crowd)))


@pytest.fixture
def house():
    house = furnish()
    for n in range(CROWD):
        outbox.register(f"w{n}", "here", n + 1)
    return house


def people(house, count: int, domain: str = "one.test") -> None:
    for n in range(count):
        house.person(f"p{n}@{domain}")


def test_the_tests_here_run_on_postgresql():
    assert connection.vendor == "postgresql"


def test_no_parcel_is_taken_twice_and_no_lane_lends_a_connection_it_has_not(house):
    for domain in ("one.test", "two.test", "three.test"):
        people(house, 60, domain)
    for name in ("Spring sale", "Summer sale"):
        house.packed(house.launched(name=name))
    queue = outbox.queue_adapter()

    def take(n: int) -> list[outbox.Ticket]:
        found: list[outbox.Ticket] = []
        for _ in range(10):
            found += queue.take(f"w{n}", 1, 60)
        return found

    taken = [ticket for tickets in at_once(take) for ticket in tickets]
    taken += queue.take("w0", 99, 60)  # whom nobody is in the way of
    assert len({ticket.parcel for ticket in taken}) == len(taken)
    in_use = Counter(ticket.lane for ticket in taken)
    assert list(in_use.values()) == [house.server.connections] * 3


@pytest.mark.parametrize("kind", SERVERS)
def test_no_parcel_is_taken_twice_whichever_broker_says_which_is_next(house, kind):
    if not SERVERS[kind].there():
        pytest.skip(f"there is no {kind}: install the package of that name")
    domains = [f"d{n}.test" for n in range(4)]
    with SERVERS[kind]() as server, using(server.url):
        for domain in domains:
            people(house, 60, domain)
        for name in ("Spring sale", "Summer sale"):
            house.packed(house.launched(name=name))

        def take_and_hand_back(n: int) -> list[int]:
            """Every parcel that this one got; each is settled, so that it is never free again."""
            done: list[int] = []
            deadline = time.monotonic() + 30
            while outbox.queue_adapter().stats().free and time.monotonic() < deadline:
                if n == 0:
                    outbox.queue_adapter().refill()  # which must double nothing either
                for ticket in outbox.queue_adapter().take(f"w{n}", 2, 60):
                    rows = [each.seq for each in outbox.letters(ticket.parcel)]
                    back = outbox.HandBack(parcel=ticket.parcel, worker=f"w{n}")
                    told = [settlement(ticket.campaign, seq, ACCEPTED) for seq in rows]
                    assert outbox.settle(told, parcels=[back]) == len(rows)
                    done.append(ticket.parcel)
            outbox.close_broker()
            return done

        found = [parcel for mine in at_once(take_and_hand_back, 4) for parcel in mine]
        assert len(set(found)) == len(found)
        assert outbox.queue_adapter().stats() == outbox.QueueStats(free=0, leased=0)


@contextlib.contextmanager
def using(url: str) -> Iterator[None]:
    """This process' broker, for a while."""
    outbox.use_broker(url)
    try:
        yield
    finally:
        outbox.use_broker("")


def test_slots_asked_for_at_once_are_all_different_and_spaced():
    limits = (
        outbox.Limit(name="lane:1", rule="test", per_minute=6_000),
        outbox.Limit(name="quota:1", rule="test", most=100, window_s=86_400 * 365_000),
    )
    slots = at_once(lambda n: [outbox.take(limits, 8) for _ in range(3)])
    assert sum(len(each.waits_us) for mine in slots for each in mine) == 100
    latest = max(each.waits_us[-1] for mine in slots for each in mine if each.waits_us)
    assert latest >= 400_000  # 100 slots take a second, of which a quarter may be made up for


def test_send_pressed_by_many_at_once_acts_once(house):
    people(house, 3)
    campaign = house.campaign()
    assert sorted(at_once(lambda n: campaigns.launch(campaign, f"ana {n}")))[-2:] == [False, True]


def test_the_same_outcomes_told_by_many_at_once_are_booked_once(house):
    people(house, 40)
    campaign = house.launched()
    house.packed(campaign)
    rows = [settlement(campaign.id, seq, ACCEPTED) for seq in range(1, 41)]
    told = at_once(lambda n: outbox.settle(rows[::-1] if n % 2 else rows))
    assert sorted(told) == [0] * (CROWD - 1) + [40]
    assert outbox.books(campaign.id).accepted == 40
    assert outbox.proof(campaign.id) == []


def test_batches_that_cross_each_other_all_get_into_the_books(house):
    domains = [f"d{n}.test" for n in range(CROWD)]
    for domain in domains:
        people(house, 10, domain)
    campaign = house.launched()
    house.packed(campaign)

    def settle(n: int) -> int:
        mine = range(n + 1, 61, CROWD)
        outcomes = (ACCEPTED, BUSY) if n % 2 else (BUSY, ACCEPTED)
        rows = [settlement(campaign.id, seq, outcomes[seq % 2]) for seq in mine]
        return sum(outbox.settle([row]) for row in (rows[::-1] if n % 2 else rows))

    assert sum(at_once(settle)) == 60
    assert outbox.books(campaign.id).balanced
    assert outbox.proof(campaign.id) == []


def test_cancelling_while_outcomes_come_in_keeps_the_books(house):
    people(house, 60)
    campaign = house.launched()
    campaigns.cancel(campaign.id, "ana", "wrong prices")

    def either(n: int) -> None:
        if n == 0:
            while not outbox.skip_cancelled(campaigns.get(campaign.id)):
                pass
        else:
            for seq in range(n, 61, CROWD - 1):
                outbox.settle([settlement(campaign.id, seq, ACCEPTED)])

    at_once(either)
    assert outbox.proof(campaign.id) == []
    assert set(states(campaign.id).values()) <= {"accepted", "skipped"}


def test_unknown_messages_are_sent_again_once_by_whoever_comes_first(house):
    people(house, 30)
    campaign = house.launched()
    house.packed(campaign)
    lost = [settlement(campaign.id, seq, ACCEPTED) for seq in range(1, 31)]
    for row in lost:
        row.state = row.outcome = "unknown"
    outbox.settle(lost)
    moved = at_once(lambda n: outbox.retry(campaign.id, outbox.Only.UNKNOWN, "ana").moved)
    assert sorted(moved) == [0] * 5 + [30]
    assert outbox.books(campaign.id).waiting == 30
    assert outbox.proof(campaign.id) == []


def test_one_clerk_has_the_turn_and_it_passes_on_when_its_connection_ends(house):
    asked = threading.Barrier(CROWD)
    assert at_once(lambda n: (outbox.clerks_turn(), asked.wait(10))[0]).count(True) == 1
    deadline = time.monotonic() + 10
    while not outbox.clerks_turn():  # the server ends a session a moment after we do
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert outbox.clerks_turn()


def test_a_connection_that_the_server_ended_is_replaced_at_the_next_use(house):
    def session() -> int:
        connection.ensure_connection()
        return int(connection.connection.info.backend_pid)

    def end(pid: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    def run(work: Callable[[], Any]) -> Any:
        return asyncio.run(database.run(thread, work))

    with ThreadPoolExecutor(1) as thread:
        first, lost = run(session), database.losses()
        end(first)
        with pytest.raises(OperationalError):
            run(outbox.unended)
        assert len(run(outbox.unended)) == CROWD
        assert run(session) != first
        assert database.losses() == lost + 1
        run(connections.close_all)


class LosesItsFirstAnswer(outbox.queue_adapter().__class__):
    """A queue whose first take is committed and then not told."""

    told = False

    def take(
        self, worker: str, n: int, lease_s: float, without: frozenset[int] = frozenset()
    ) -> list[outbox.Ticket]:
        found = super().take(worker, n, lease_s, without)
        if self.told:
            return found
        self.told = True
        raise OperationalError("the connection was lost after the commit")


def test_a_parcel_leased_without_an_answer_is_not_kept_from_everybody(house, tmp_path):
    people(house, 3)
    house.packed(house.launched())

    async def story(thread: ThreadPoolExecutor) -> list[outbox.Ticket]:
        crew = Crew(id="w0", journal=Journal(tmp_path / "w0"), thread=thread)
        worker = Worker(config=config(), crew=crew, queue=LosesItsFirstAnswer())
        with pytest.raises(OperationalError):
            await worker._leased(9)
        return await worker._leased(9)

    with ThreadPoolExecutor(1) as thread:
        assert len(asyncio.run(story(thread))) == 1
        thread.submit(connections.close_all).result()
