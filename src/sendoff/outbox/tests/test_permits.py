"""Limits hold to the slot, whoever asks; no limit takes from another what it does not use."""

import pytest

from sendoff.outbox import permits
from sendoff.outbox import public as outbox

NOW = 1_800_000_000_000_000  # a whole hour, in microseconds
HOUR = 3600


def pace(name: str, per_minute: float) -> outbox.Limit:
    return outbox.Limit(name=name, rule="test", per_minute=per_minute)


def quota(name: str, most: int, window_s: int = HOUR) -> outbox.Limit:
    return outbox.Limit(name=name, rule="test", most=most, window_s=window_s)


class Book:
    """The rows of some limits, and a clock that the test moves."""

    def __init__(self, *limits: outbox.Limit) -> None:
        self.rows = {limit.name: permits.Row() for limit in limits}
        self.now = NOW

    def take(self, n: int, *limits: outbox.Limit) -> outbox.Slots:
        return permits.grant(permits.Ask(limits=limits, n=n), self.rows, self.now)


def sent_in_a_minute(book: Book, askers: int, each: int, *limits: outbox.Limit) -> int:
    """How many slots begin in the minute after the first ten seconds, asked for every 100 ms."""
    times: list[int] = []
    for step in range(900):
        book.now = NOW + step * 100_000
        for _ in range(askers):
            times += [book.now + wait for wait in book.take(each, *limits).waits_us]
    return sum(NOW + 10_000_000 <= at < NOW + 70_000_000 for at in times)


@pytest.mark.parametrize("askers", [1, 2, 3])
def test_a_pace_of_20_a_second_is_kept_by_any_number_of_workers(askers):
    lane = pace("lane:1", 1200)
    assert sent_in_a_minute(Book(lane), askers, 8, lane) == 1200


def test_a_slow_lane_gives_one_slot_at_a_time():
    lane = pace("lane:1", 20)
    book = Book(lane)
    assert book.take(50, lane).waits_us == (0,)
    assert book.take(50, lane).waits_us == ()


def test_slots_of_a_batch_are_a_pace_apart_and_at_most_a_second_ahead():
    lane = pace("lane:1", 600)
    book = Book(lane)
    book.take(3, lane)
    waits = book.take(50, lane).waits_us
    gaps = {b - a for a, b in zip(waits, waits[1:], strict=False)}
    assert gaps == {100_000}
    assert 900_000 <= waits[-1] <= 1_000_000


def test_a_slow_campaign_leaves_the_lane_to_the_others():
    lane, slow = pace("lane:1", 6000), pace("campaign:1", 20)
    book = Book(lane, slow)
    for _ in range(5):
        book.take(20, lane, slow)
    assert len(book.take(100, lane).waits_us) == 100


def test_the_limit_that_decides_is_named_with_the_time_it_opens():
    lane, slow = pace("lane:1", 6000), pace("campaign:1", 20)
    book = Book(lane, slow)
    given = book.take(20, lane, slow)
    assert given.decides == slow
    assert len(given.waits_us) == 1


def test_a_quota_gives_no_more_than_it_has_and_opens_with_its_next_window():
    hourly = quota("quota:server:3:hour", 5)
    book = Book(hourly)
    assert len(book.take(3, hourly).waits_us) == 3
    assert len(book.take(3, hourly).waits_us) == 2
    shut = book.take(3, hourly)
    assert (shut.waits_us, shut.decides) == ((), hourly)
    book.now = NOW + HOUR * 1_000_000
    assert len(book.take(9, hourly).waits_us) == 5


def test_slots_just_before_a_window_ends_count_in_the_next_one():
    hourly = quota("quota:server:3:hour", 5)
    book = Book(hourly)
    book.take(4, hourly)
    book.now = NOW + HOUR * 1_000_000 - 300_000
    assert book.take(9, hourly).waits_us == (0, *[300_000] * 5)
    book.now += 400_000
    assert book.take(9, hourly).waits_us == ()


def test_a_quota_of_nothing_never_opens():
    nothing = quota("warmup:3:google", 0)
    book = Book(nothing)
    for second in range(0, 2 * HOUR, 60):
        book.now = NOW + second * 1_000_000
        assert book.take(1, nothing).waits_us == ()


@pytest.mark.parametrize("hours", [-1, 1])
@pytest.mark.parametrize("per_minute", [20, 1200])
def test_a_clock_that_is_put_forward_or_back_neither_stops_a_lane_nor_bursts_it(hours, per_minute):
    lane = pace("lane:1", per_minute)
    book, seconds = Book(lane), 60
    given = 0
    for step in range(10 * seconds):  # with the change in the middle
        at = NOW + step * 100_000
        book.now = at + (hours * HOUR * 1_000_000 if step >= 5 * seconds else 0)
        given += len(book.take(8, lane).waits_us)
    each = per_minute / 60  # what goes ahead of its time, once before the change and once after it
    assert seconds * each - 1 <= given <= (seconds + 3) * each + 1


@pytest.mark.django_db
def test_a_limit_that_refuses_takes_nothing_from_the_others():
    full, hourly = quota("quota:1", 0), quota("quota:2", 5)
    assert outbox.take([full, hourly], 3).waits_us == ()
    assert len(outbox.take([hourly], 9).waits_us) == 5


@pytest.mark.django_db
def test_many_asks_are_answered_in_one_go_each_under_its_own_limits():
    first, second = pace("lane:1", 20), pace("lane:2", 20)
    asks = [outbox.Ask(limits=(lane,), n=4) for lane in (first, second, first)]
    asks.append(outbox.Ask(limits=(), n=4))
    assert [len(slots.waits_us) for slots in outbox.take_slots(asks)] == [1, 1, 0, 4]


def give_back(book: Book, given: outbox.Slots, unused: int, *limits: outbox.Limit) -> outbox.Slots:
    """Ask for many more, and say how many of an earlier answer were not used."""
    ask = permits.Ask(limits=limits, n=9, unused=unused, given_us=given.given_us)
    return permits.grant(ask, book.rows, book.now)


def test_slots_whose_time_went_by_are_given_back_to_their_quota():
    hourly = quota("quota:server:3:hour", 5)
    book = Book(hourly)
    given = book.take(5, hourly)
    book.now += 1_000_000
    assert len(give_back(book, given, 2, hourly).waits_us) == 2


def test_what_is_given_back_after_its_window_lets_nothing_more_go_in_the_next():
    hourly = quota("quota:server:3:hour", 5)
    book = Book(hourly)
    given = book.take(5, hourly)
    book.now += HOUR * 1_000_000
    book.take(4, hourly)
    assert len(give_back(book, given, 5, hourly).waits_us) == 1


def test_a_pace_has_gone_by_for_good():
    lane = pace("lane:1", 60)
    book = Book(lane)
    given = book.take(1, lane)
    assert give_back(book, given, 1, lane).waits_us == (1_000_000 - permits.SLACK_US,)


@pytest.mark.django_db
def test_when_a_limit_opens_can_be_read_without_taking():
    lane = pace("lane:1", 1)
    free = outbox.opens_ms([lane])["lane:1"]
    outbox.take([lane])
    assert 59_000 <= outbox.opens_ms([lane])["lane:1"] - free <= 60_500


@pytest.mark.parametrize(
    "wrong", [{}, {"per_minute": 0}, {"most": 5}, {"per_minute": 1, "most": 5, "window_s": 1}]
)
def test_a_limit_that_is_neither_pace_nor_quota_is_refused(wrong):
    with pytest.raises(ValueError, match="lane:1"):
        outbox.Limit(name="lane:1", rule="test", **wrong)
