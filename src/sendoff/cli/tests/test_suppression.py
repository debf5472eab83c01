"""`sendoff suppression`: why is ben@ not getting mail, and how does that end?"""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from house import furnish
from sendoff.audience import public as audience
from sendoff.cli.main import app
from sendoff.lib import clock

pytestmark = pytest.mark.django_db
BEN = "ben@post.test"


@pytest.fixture
def shop():
    house = furnish()
    house.person(BEN)
    return house


def said(*words: str):
    return CliRunner().invoke(app, ["suppression", *words])


def test_why_tells_every_reason_with_its_evidence(shop):
    assert said("why", BEN).exit_code == 1
    audience.suppress(shop.workspace, BEN, "bounce", "550 5.1.1 No such user", rule="no-such")
    found = said("why", BEN, "--json")
    assert found.exit_code == 0
    answer = json.loads(found.stdout)
    assert (answer["suppressed"], answer["status"]) == (True, "bounced")
    (ground,) = answer["grounds"]
    assert (ground["reason"], ground["by"]) == ("bounce", "no-such")
    assert "550 5.1.1 No such user" in said("why", BEN).stderr


def test_adding_and_lifting_need_a_reason_that_stays(shop):
    assert said("add", BEN).exit_code == 2
    assert said("add", BEN, "--because", "on the phone").exit_code == 0
    (row,) = (json.loads(line) for line in said("list", "--json").stdout.splitlines())
    assert (row["address"], row["reason"]) == (BEN, "manual")
    assert said("lift", BEN, "--because", "called again").exit_code == 0
    assert said("lift", BEN, "--because", "called again").exit_code == 1
    assert "called again" in said("why", BEN).stderr
    assert said("list", "--json").stdout == ""


def test_expire_ends_what_is_over_now(shop):
    past = clock.now() - timedelta(days=1)
    audience.suppress(shop.workspace, BEN, "bounce", "552 full", rule="soft", expires_at=past)
    assert json.loads(said("expire", "--json").stdout) == {"expired": [BEN]}
    assert "expired by rule" in said("why", BEN).stderr.lower()


def test_what_is_no_address_is_said_in_words(shop):
    found = said("add", "nobody", "--because", "x")
    assert found.exit_code != 0
