"""Old attempts become counts: what was counted stays, what may matter again stays whole."""

import pytest
import time_machine

from house import ACCEPTED, BUSY, House, furnish, settlement
from sendoff.campaigns import public as campaigns
from sendoff.insight import public as insight
from sendoff.lib import clock
from sendoff.mail.stages import Kind, Outcome
from sendoff.outbox import public as outbox

pytestmark = pytest.mark.django_db
UNKNOWN = Outcome(kind=Kind.UNKNOWN, stage="data", category="unknown")
LATER_S = 91 * 86_400


@pytest.fixture
def house() -> House:
    return furnish()


def sent(house: House) -> int:
    """Ana's campaign: Ben took it at the second try, nobody knows about Cy."""
    house.person("ben@one.test")
    house.person("cy@two.test")
    campaign = house.launched()
    house.packed(campaign)
    outbox.settle([settlement(campaign.id, 1, BUSY), settlement(campaign.id, 2, UNKNOWN)])
    outbox.settle([settlement(campaign.id, 1, ACCEPTED, n=2)])
    assert outbox.finish() == [campaign.id]
    return campaign.id


def roll_all() -> list[int]:
    """Slice after slice; how many attempts each was."""
    rolled = []
    while n := outbox.roll_up(90):
        rolled.append(n)
    return rolled


def test_attempts_of_long_ago_become_counts_and_the_books_do_not_move(house):
    campaign = sent(house)
    before = outbox.books(campaign)
    with time_machine.travel(clock.now_ms() / 1000 + LATER_S):
        assert roll_all() == [2]
    counted = {(c.provider, c.outcome, c.stage, c.category): c.count
               for c in outbox.rolled_up(campaign)}  # fmt: skip
    assert counted == {
        ("one.test", "deferred", "rcpt", "rate_limited"): 1,
        ("one.test", "accepted", "accepted", ""): 1,
    }
    after = outbox.books(campaign)
    assert (after.accepted, after.unknown) == (before.accepted, before.unknown) == (1, 1)
    assert outbox.proof(campaign) == []


def test_a_try_of_unknown_fate_is_kept_as_it_was(house):
    campaign = sent(house)
    with time_machine.travel(clock.now_ms() / 1000 + LATER_S):
        roll_all()
    assert outbox.attempts(campaign, 1) == []
    (kept,) = outbox.attempts(campaign, 2)
    assert kept.outcome == "unknown"


def test_trace_says_that_details_were_rolled_up(house):
    campaign = sent(house)
    assert (insight.journey(campaign, 1) or {})["rolled_up"] == 0
    with time_machine.travel(clock.now_ms() / 1000 + LATER_S):
        roll_all()
        line = insight.journey(campaign, 1) or {}
    assert (line["rolled_up"], line["attempts"], line["state"]) == (2, [], "accepted")
    assert (insight.journey(campaign, 2) or {})["rolled_up"] == 0


def test_what_is_young_or_still_under_way_is_left_alone(house):
    campaign = sent(house)
    with time_machine.travel(clock.now_ms() / 1000 + LATER_S - 2 * 86_400):
        assert roll_all() == []
    campaigns.mark(campaign, campaigns.Badge.SENDING, "Tried again.")
    with time_machine.travel(clock.now_ms() / 1000 + LATER_S):
        assert roll_all() == []
    assert len(outbox.attempts(campaign, 1)) == 2
