"""Numbers and times as people say them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sendoff.web import wording

NOW = datetime(2026, 11, 21, 14, 37, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "base", "words"),
    [(86, 4100, "2.1% of 4,100"), (0, 10, "0% of 10"), (10, 10, "100% of 10"), (0, 0, "of none")],
)
def test_a_rate_names_its_base(part, base, words):
    assert wording.share(part, base) == words


def test_nearly_all_is_not_called_all_and_nearly_none_not_none():
    assert wording.percent(99_999, 100_000) == "99.9%"
    assert wording.percent(1, 1_000_000) == "0.1%"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=0), "just now"),
        (timedelta(seconds=40), "40 s ago"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(minutes=-12), "in 12 min"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_a_distance_in_time_reads_as_people_say_it(ago, words):
    assert wording.distance(NOW - ago, NOW) == words


def test_another_day_and_year_are_named():
    assert wording.clock_time(NOW, NOW) == "14:37"
    assert wording.clock_time(NOW - timedelta(days=1), NOW) == "20 Nov, 14:37"
    assert wording.clock_time(NOW - timedelta(days=365), NOW) == "21 Nov 2025, 14:37"


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0.4, "0.4 ms"), (12, "12 ms"), (1400, "1.4 s"), (125_000, "2 min 5 s")],
)
def test_a_duration_has_the_unit_that_fits(ms, words):
    assert wording.duration(ms) == words


def test_our_styles_stay_small_and_load_nothing():
    css = (Path(wording.__file__).parent / "styles" / "sendoff.css").read_text("utf-8")
    assert len(css.encode()) < 40_000
    assert "url(" not in css
    assert "@import" not in css
