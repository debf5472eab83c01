"""`sendoff campaign retry`: one sentence for people, one document for programs."""

import json

import pytest
from typer.testing import CliRunner

from house import furnish, settlement
from sendoff.cli.main import app
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.outbox import public as outbox

pytestmark = pytest.mark.django_db

BLOCKED = Outcome(
    kind=Kind.REFUSED, stage="mail", fault=Fault.OUR_IP, category="ip_or_sender_blocked"
)


@pytest.fixture
def campaign():
    house = furnish()
    house.person("ana@one.test")
    house.person("ben@one.test")
    sent = house.launched()
    house.packed(sent)
    outbox.settle([settlement(sent.id, seq, BLOCKED) for seq in (1, 2)])
    return sent.id


def retry(campaign, *words):
    return CliRunner().invoke(app, ["campaign", "retry", str(campaign), *words])


def test_a_dry_run_only_says_it(campaign):
    answer = retry(campaign, "--only", "refused", "--dry-run", "--json")
    found = {"id": campaign, "only": "refused", "moved": 2, "left_out": 0, "dry_run": True}
    assert json.loads(answer.stdout) == found
    assert outbox.books(campaign).refused == 2


def test_it_is_done_and_said(campaign):
    answer = retry(campaign, "--only", "refused")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "2 are tried again." in answer.stderr
    assert outbox.books(campaign).waiting == 2


def test_another_word_is_a_wrong_call(campaign):
    answer = retry(campaign, "--only", "all")
    assert answer.exit_code == 2
    assert "--only all: write refused, unknown or expired." in answer.stderr
