"""`sendoff lane`: sentences for people, documents for programs, a reason for everything."""

import json

import pytest
from typer.testing import CliRunner

from house import furnish
from sendoff.cli.main import app
from sendoff.outbox import public as outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    house = furnish()
    house.person("ana@one.test")
    house.person("ben@one.test")
    house.packed(house.launched())
    return house


def lane(*words: str):
    return CliRunner().invoke(app, ["lane", *words])


def the_lane(shop) -> outbox.LaneRow:
    (row,) = outbox.lane_overview(shop.workspace)
    return row


def test_a_lane_is_listed_with_its_limits_and_their_rules(shop):
    found = json.loads(lane("list", "--json").stdout)
    assert (found["provider"], found["waiting"], found["connections"]) == ("one.test", 2, 3)
    assert {term["rule"] for term in found["limits"]} == {"server", "limit-default"}
    assert "one.test by our own: 2 wait; 0 of 3 connections" in lane("list").stderr


def test_suspending_says_the_action_and_undoing_ends_it(shop):
    here = str(the_lane(shop).id)
    done = json.loads(lane("suspend", here, "--reason", "they move", "--json").stdout)
    assert (done["kind"], done["why"], done["until_at"]) == ("suspend", "they move", None)
    assert json.loads(lane("list", "--json").stdout)["suspended"]
    assert "shut by operator: command line: they move" in lane("list").stderr
    assert lane("undo", str(done["id"]), "--reason", "done").exit_code == 0
    assert not json.loads(lane("list", "--json").stdout)["suspended"]
    assert "undone by command line: done" in lane("actions").stderr


def test_slowing_for_a_while(shop):
    here = str(the_lane(shop).id)
    lane("slow", here, "--per-minute", "20", "--minutes", "30", "--reason", "careful")
    row = the_lane(shop)
    assert (row.per_minute, row.connections) == (20, 1)
    (action,) = row.actions
    assert action.until_ms - action.since_ms == 30 * 60_000


def test_draining_and_resuming(shop):
    here = str(the_lane(shop).id)
    assert lane("drain", here, "--reason", "moving").exit_code == 0
    assert json.loads(lane("resume", here, "--reason", "moved", "--json").stdout)["undone_at"]


def test_expiring_says_how_many_were_given_up(shop):
    here = str(the_lane(shop).id)
    assert "expire: 2 messages given up." in lane("expire", here, "--reason", "too old").stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("slow", "1", "--reason", "x"), "Say how slow"),
        (("suspend", "99", "--reason", "x"), "There is no lane 99"),
        (("resume", "1", "--reason", "x"), "There is no lane 1"),
        (("undo", "99", "--reason", "x"), "not in force"),
    ],
)
def test_a_wrong_call_is_one_sentence(db, words, says):
    furnish()
    answer = lane(*words)
    assert answer.exit_code != 0
    assert says in str(answer.exception) + answer.output
