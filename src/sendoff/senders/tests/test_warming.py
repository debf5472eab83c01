"""A source's way through its plan: days with sending count, and every decision is a row."""

from datetime import timedelta

import pytest
import time_machine

from sendoff.senders import public as senders
from sendoff.senders.public import Seen

DAY = timedelta(days=1)


@pytest.fixture
def cold(add):
    return add("cold", warmup="conservative")


@pytest.fixture
def now():
    with time_machine.travel("2026-03-01T10:00Z", tick=False) as now:
        yield now


def most(server) -> int | None:
    return senders.standing(server, "google").most


def test_a_day_with_sending_advances_and_silent_days_do_not(cold, now):
    first = senders.today()
    senders.begin_warming(cold, "google")
    assert most(cold) == 50
    now.shift(DAY)
    senders.judge(cold, "google", [(first, Seen(sent=50))])
    assert most(cold) == 100
    now.shift(5 * DAY)
    senders.judge(cold, "google", [])
    assert most(cold) == 100
    (row,) = senders.decisions(cold.id)
    assert (row.what, row.day_before, row.day_after, row.sent) == ("advance", 1, 2, 50)


def test_a_day_is_judged_once_and_today_not_yet(cold, now):
    first = senders.today()
    senders.begin_warming(cold, "google")
    assert senders.judge(cold, "google", [(first, Seen(sent=50))]) == []
    now.shift(DAY)
    assert len(senders.judge(cold, "google", [(first, Seen(sent=50))])) == 1
    assert senders.judge(cold, "google", [(first, Seen(sent=50))]) == []
    assert senders.unjudged(cold) == {}


def test_a_blocked_day_halves_with_its_numbers_in_the_row(cold, now):
    senders.begin_warming(cold, "google")
    for sent in (50, 100, 200):
        day = senders.today()
        now.shift(DAY)
        senders.judge(cold, "google", [(day, Seen(sent=sent))])
    assert most(cold) == 400
    day = senders.today()
    now.shift(DAY)
    senders.judge(cold, "google", [(day, Seen(sent=390, blocked=12))])
    assert most(cold) == 200
    row = senders.decisions(cold.id)[0]
    assert (row.what, row.blocked, row.rule) == ("halve", 12, "warmup.conservative.day4")


def test_after_thirty_silent_days_it_begins_again_without_waiting_for_a_judgement(cold, now):
    first = senders.today()
    senders.begin_warming(cold, "google")
    now.shift(DAY)
    senders.judge(cold, "google", [(first, Seen(sent=50))])
    now.shift(30 * DAY)
    assert (most(cold), senders.standing(cold, "google").day) == (50, 1)
    back = senders.today()
    now.shift(DAY)
    made = senders.judge(cold, "google", [(back, Seen(sent=50))])
    assert [each.what for each in made] == ["rewarm", "advance"]
    assert most(cold) == 100


def test_each_provider_has_its_own_standing(cold, now):
    day = senders.today()
    for provider in ("google", "yahoo"):
        senders.begin_warming(cold, provider)
    now.shift(DAY)
    senders.judge(cold, "google", [(day, Seen(sent=50))])
    assert {each.provider: each.most for each in senders.standings(cold)} == {
        "google": 100,
        "yahoo": 50,
    }
    assert senders.unjudged(cold) == {"yahoo": day}
