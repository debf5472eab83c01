"""The short form of the kill drill: fifty kills at every stage, twenty thousand messages."""

from collections import Counter

import pytest

from drills.kills import STAGES, Drill, Result, Stage, settle
from journeys.installation import Installation

KILLS = 50
MESSAGES = 20_000


@pytest.mark.timeout(280)
def test_fifty_kills_at_every_stage_lose_nothing_and_double_nothing(tmp_path):
    with Installation(tmp_path) as house:
        result = Drill(house, KILLS, seed=20261121).run(MESSAGES)
    assert result.off == []
    assert (result.sum("lost"), result.sum("duplicated")) == (0, 0)
    assert (result.sum("kills"), result.samples) == (50, 50)
    assert [stage.stage for stage in result.stages] == list(STAGES)
    assert min(stage.kills for stage in result.stages) >= 2
    assert result.accepted + result.sum("unknown") == MESSAGES
    assert result.sum("unknown") >= result.sum("arrived") > 0, "no dot was in flight at a kill"


def test_the_drill_sees_a_lost_and_a_doubled_message_and_the_stage_it_happened_at():
    result = Result(stages=[Stage("mail", until_ms=10), Stage("rcpt", until_ms=20)])
    rows = [
        {"message_id": "<1>", "state": "accepted", "settled_ms": 5},
        {"message_id": "<2>", "state": "accepted", "settled_ms": 15},
        {"message_id": "<3>", "state": "unknown", "settled_ms": 15},
        {"message_id": "<4>", "state": "waiting", "settled_ms": None},
    ]
    settle(result, rows, Counter({"<2>": 2, "<3>": 1}))
    mail, rcpt = result.stages
    assert (mail.lost, mail.duplicated, mail.unknown) == (2, 0, 0)
    assert (rcpt.lost, rcpt.duplicated, rcpt.unknown, rcpt.arrived) == (0, 1, 1, 1)
    assert not result.ok
