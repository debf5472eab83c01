"""When a campaign will be through, under the limits of the moment."""

from datetime import datetime

import pytest

from sendoff.campaigns import public as campaigns
from sendoff.insight import public as insight
from sendoff.insight.finish import Load, expected_ms
from sendoff.lib import clock
from sendoff.outbox import public as outbox

NOW = 1_000_000_000
MINUTE = 60_000


def load(waiting, untried=None, **limits):
    return Load(waiting=waiting, untried=waiting if untried is None else untried, **limits)


@pytest.mark.parametrize(
    ("what", "loads", "pace", "due", "minutes"),
    [
        ("nothing waits", [], None, None, None),
        ("a lane's limit", [load(300, per_minute=100)], None, None, 3),
        ("the slowest lane", [load(300, per_minute=100), load(50, per_minute=10)], None, None, 5),
        ("the campaign's own pace", [load(300), load(100)], 100, None, 4),
        ("pace and a slower lane", [load(300), load(100, per_minute=10)], 100, None, 10),
        ("what was measured lately", [load(300, measured=100)], None, None, 3),
        ("a limit before a measure", [load(300, per_minute=100, measured=5)], None, None, 3),
        ("no limit and no measure", [load(300), load(10, per_minute=10)], None, None, None),
        ("the last retry", [load(2, per_minute=10)], None, NOW + 30 * MINUTE, 30),
        ("a retry that is due already", [load(20, per_minute=10)], None, NOW - MINUTE, 2),
        ("only retries, no measure", [load(2, untried=0)], None, NOW + 30 * MINUTE, 30),
        ("a suspended lane", [load(20, per_minute=10, opens_ms=NOW + MINUTE)], None, None, 3),
        ("an empty lane", [load(0), load(10, per_minute=10)], None, None, 1),
    ],
)
def test_the_slowest_of_lanes_pace_and_retries_tells_when(what, loads, pace, due, minutes):
    found = expected_ms(NOW, loads, pace, due)
    assert found == (None if minutes is None else NOW + minutes * MINUTE), what


def test_a_campaign_with_a_pace_says_when_it_is_through(shop):
    outbox.register("w1", "here", 1)
    shop.send(per_minute=1)
    left = _minutes_left(shop.campaign)
    assert 2.9 < left < 3.1  # Di's domain does not exist; three wait


def test_without_a_worker_or_while_paused_there_is_no_time(shop):
    shop.send(per_minute=1)
    assert insight.campaign_summary(shop.campaign)["expected_done"] is None
    outbox.register("w1", "here", 1)
    campaigns.pause(shop.campaign, "ana", "")
    assert insight.campaign_summary(shop.campaign)["expected_done"] is None


def test_a_retry_that_is_due_later_moves_the_end(shop):
    outbox.register("w1", "here", 1)
    shop.send(per_minute=1)
    shop.greylist("ana@yahu.test", due_ms=clock.now_ms() + 90 * MINUTE)
    assert 89.9 < _minutes_left(shop.campaign) < 90.1


def test_before_send_a_draft_with_a_pace_says_when_it_would_be_through(shop, page):
    draft = campaigns.draft(shop.workspace, shop.text(per_minute=2))
    assert 1.9 < _minutes_left(draft) < 2.1
    assert "done about <time" in page(f"/campaigns/{draft}/send/")


def test_before_send_a_draft_without_a_pace_promises_nothing(shop, page):
    draft = campaigns.draft(shop.workspace, shop.text())
    assert insight.campaign_summary(draft)["expected_done"] is None
    assert "done about" not in page(f"/campaigns/{draft}/send/")


def _minutes_left(campaign):
    done = insight.campaign_summary(campaign)["expected_done"]
    at = clock.ms(datetime.fromisoformat(done))
    return (at - clock.now_ms()) / MINUTE
