"""The short form of the kill drill: fifty workers killed, twenty thousand messages sent."""

from collections import Counter

import pytest

from drills.kills import Drill, Result, settle
from journeys.installation import Installation

KILLS = 50
MESSAGES = 20_000


@pytest.mark.timeout(280)
def test_fifty_killed_workers_lose_nothing_and_double_nothing(tmp_path):
    with Installation(tmp_path) as house:
        result = Drill(house, KILLS, seed=20261121).run(MESSAGES)
    assert result.off == []
    assert (result.lost, result.duplicated) == (0, 0)
    assert (result.kills, sum(result.named.values()), result.samples) == (50, 10, 50)
    assert min(result.named.values()) >= 2
    assert result.accepted + result.unknown == MESSAGES
    assert result.receiving > KILLS // 2


def test_the_drill_sees_a_lost_and_a_doubled_message():
    result = Result()
    state = {"<1>": "accepted", "<2>": "accepted", "<3>": "unknown", "<4>": "waiting"}
    settle(result, state, Counter({"<2>": 2, "<3>": 1}))
    assert (result.lost, result.duplicated) == (2, 1)
    assert (result.unknown, result.unknown_arrived) == (1, 1)
    assert not result.ok
