"""A worker's slots are asked for in batches, shared, and thrown away once their time is over."""

import asyncio
import time

from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.sending.pace import Pace, Shut, late

LANE = (outbox.Limit(name="lane:1", rule="test", per_minute=6000),)


class Office:
    """Answers like the database: slots at a pace by an own clock, and counts the questions."""

    def __init__(self, apart_us: int, opens_s: float = 0.0) -> None:
        self.apart_us, self.opens_s = apart_us, opens_s
        self.asked: list[int] = []
        self.unused = 0
        self.next_us = 0.0

    async def __call__(self, work):
        asks = work.args[0]
        self.asked.append(sum(ask.n for ask in asks))
        self.unused += sum(ask.unused for ask in asks)
        return [self._slots(ask) for ask in asks]

    def _slots(self, ask: outbox.Ask) -> outbox.Slots:
        now = time.monotonic() * 1_000_000
        begin = max(self.next_us, now) + self.opens_s * 1_000_000
        times = [begin + n * self.apart_us for n in range(ask.n + 1)]
        given = tuple(int(t - now) for t in times[:-1] if t <= now + 1_000_000)
        self.next_us = begin + len(given) * self.apart_us if given else self.next_us
        opens = int(times[len(given)] - now)
        return outbox.Slots(waits_us=given, decides=ask.limits[0], opens_us=opens)


def test_a_fast_lane_costs_one_question_for_many_messages():
    office = Office(apart_us=1000)

    async def story() -> None:
        pace = Pace(office)
        for left in range(500, 0, -1):
            assert isinstance(await pace.slot(LANE, left), float)

    asyncio.run(story())
    assert len(office.asked) <= 12


def test_carriers_who_ask_in_the_same_moment_share_one_question():
    office = Office(apart_us=1000)
    lanes = [(outbox.Limit(name=f"lane:{n}", rule="test", per_minute=6000),) for n in range(50)]

    async def story() -> None:
        pace = Pace(office)
        await asyncio.gather(*(pace.slot(lane) for lane in lanes))

    asyncio.run(story())
    assert office.asked == [50]


def test_no_more_is_asked_for_than_is_left_to_send():
    office = Office(apart_us=1000)
    asyncio.run(Pace(office).slot(LANE, 3))
    assert office.asked == [3]


def test_a_slot_far_away_is_not_waited_for():
    office = Office(apart_us=1000, opens_s=30)
    shut = asyncio.run(Pace(office).slot(LANE, 3))
    assert isinstance(shut, Shut)
    assert shut.limit == LANE[0]
    assert 28_000 <= shut.until_ms - clock.now_ms() <= 30_000


def test_a_clock_put_back_while_slots_are_asked_for_keeps_nobody_waiting(monkeypatch):
    office, true_ns, back_s = Office(apart_us=300_000), time.time_ns, 0

    async def put_back_after(work):
        nonlocal back_s
        given = await office(work)
        back_s += 3_600
        return given

    async def story() -> list[object]:
        pace = Pace(put_back_after)
        return [await pace.slot(LANE, 9) for _ in range(9)]

    monkeypatch.setattr(time, "time_ns", lambda: true_ns() - back_s * 1_000_000_000)
    assert all(isinstance(slot, float) for slot in asyncio.run(story()))


def test_slots_missed_by_a_worker_that_stood_still_are_not_used():
    office = Office(apart_us=10_000)

    async def story() -> float:
        pace = Pace(office)
        await pace.slot(LANE, 30)
        time.sleep(0.8)  # noqa: ASYNC251 - the whole worker stands still, that is the point
        slot = await pace.slot(LANE, 30)
        assert isinstance(slot, float)
        return slot

    slot = asyncio.run(story())
    assert not late(slot)
    assert len(office.asked) == 2
    assert office.unused == 7  # of eight, for their quotas


def test_slots_that_another_lane_missed_are_told_with_the_next_question():
    office = Office(apart_us=10_000)
    other = (outbox.Limit(name="lane:2", rule="test", per_minute=6000),)

    async def story() -> None:
        pace = Pace(office)
        await pace.slot(LANE, 5)
        time.sleep(0.8)  # noqa: ASYNC251 - the whole worker stands still
        await pace.slot(other, 1)

    asyncio.run(story())
    assert office.unused == 4
