"""A new source sends a little more each day that went well, and less after one that did not."""

import pytest

from sendoff.senders.warmup import Seen, Standing, allowed, cooled, judge, plans

PLAN = plans()["conservative"]


def test_the_default_plan_is_thirty_rising_days():
    assert next(iter(plans())) == "conservative"
    assert len(PLAN.days) == 30
    assert list(PLAN.days) == sorted(set(PLAN.days))
    assert (PLAN.days[0], PLAN.days[-1]) == (50, 175_000)


@pytest.mark.parametrize("plan", plans().values(), ids=lambda plan: plan.id)
def test_no_plan_more_than_doubles_from_one_day_to_the_next(plan):
    assert all(after <= 2 * before for before, after in zip(plan.days, plan.days[1:], strict=False))


def test_after_its_last_day_a_source_is_warm():
    assert allowed(PLAN, Standing(day=31, sent_on=100), 101) is None


@pytest.mark.parametrize(
    ("seen", "what", "day"),
    [
        (Seen(sent=800), "advance", 6),
        (Seen(sent=399), "hold", 5),  # less than half of the day's 800
        (Seen(sent=800, deferred=39), "advance", 6),
        (Seen(sent=800, deferred=40), "hold", 5),
        (Seen(sent=800, bounced=15), "advance", 6),
        (Seen(sent=800, bounced=16), "hold", 5),
        (Seen(sent=800, complained=1), "hold", 5),
        (Seen(sent=800, complained=3), "halve", 4),
        (Seen(sent=800, blocked=1), "halve", 4),
    ],
)
def test_what_was_seen_on_the_fifth_day_decides_the_next(seen, what, day):
    decision = judge(PLAN, Standing(day=5, sent_on=100), seen)
    assert (decision.what, decision.day) == (what, day)
    assert any(character.isdigit() for character in decision.why)


def test_a_rate_of_few_messages_says_nothing():
    assert judge(PLAN, Standing(day=1, sent_on=100), Seen(sent=50, deferred=5)).what == "advance"


def test_the_first_day_cannot_be_halved():
    assert judge(PLAN, Standing(day=1, sent_on=100), Seen(sent=50, blocked=9)).day == 1


def test_a_warm_source_that_is_blocked_goes_back_into_the_plan():
    assert judge(PLAN, Standing(day=31, sent_on=100), Seen(sent=9_000, blocked=2)).day == 23


def test_thirty_silent_days_begin_the_plan_again():
    stands = Standing(day=20, sent_on=100)
    assert cooled(PLAN, stands, 129) is None
    assert allowed(PLAN, stands, 129) == PLAN.on_day(20)
    assert cooled(PLAN, stands, 130).day == 1
    assert allowed(PLAN, stands, 130) == PLAN.on_day(1)
