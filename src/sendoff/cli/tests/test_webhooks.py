"""`sendoff webhook`: another program is told what happens, from the command line."""

import json

import pytest
from typer.testing import CliRunner

from house import furnish
from sendoff.cli.main import app
from sendoff.lib.config import config
from sendoff.webhooks import public as webhooks
from sendoff.webhooks.tests import consumer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(monkeypatch):
    monkeypatch.setenv("SENDOFF_ALLOW_PRIVATE_TARGETS", "true")
    config.cache_clear()
    yield furnish()
    monkeypatch.undo()
    config.cache_clear()


def webhook(*words, code=0):
    done = CliRunner().invoke(app, ["webhook", *words, "--json"])
    assert done.exit_code == code, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_endpoint_is_added_tried_read_replayed_and_removed(house):
    with consumer.consuming(consumer.OK, consumer.WORSE) as there:
        url = f"http://127.0.0.1:{there.port}/"
        (made,) = webhook("add", url, "--event", "campaign.done")
        here = str(made["id"])
        assert made["secret"].startswith("whsec_")
        assert (made["kinds"], made["created_by"]) == (["campaign.done"], "command line")
        (good,) = webhook("test", here)
        (bad,) = webhook("test", here, code=1)
    assert (good["state"], good["tries"][0]["said"]) == ("taken", "fine")
    assert (bad["state"], bad["tries"][0]["status"]) == ("waiting", 500)
    (listed,) = webhook("list")[0]["endpoints"]
    assert listed["failing_since"] is not None
    assert "secret" not in listed
    assert [row["delivery"] for row in webhook("log", here)] == [bad["delivery"], good["delivery"]]
    assert webhook("replay", str(good["delivery"]))[0]["state"] == "waiting"
    assert webhook("switch", here, "--off")[0]["enabled"] is False
    assert webhook("choose", here, "--event", "import.done")[0]["kinds"] == ["import.done"]
    assert webhook("rotate", here)[0]["secret"] != made["secret"]
    webhook("remove", here)
    assert webhooks.endpoints_of(house.workspace) == []


def test_what_may_be_chosen_is_listed(house):
    told = {each["id"] for each in webhook("events")[0]["events"]}
    assert told == {event.id for event in webhooks.emitted()}
    (made,) = webhook("add", "https://crm.test/", "--all")
    assert set(made["kinds"]) == told
