"""Another program is told of a campaign from Send to its end, by the processes that send it."""

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from journeys.installation import crowd
from sendoff.webhooks.tests import consumer

STATES = ("accepted", "refused", "skipped", "waiting", "unknown")
CHOSEN = ("campaign.queuing", "campaign.queued", "campaign.sending", "campaign.done",
          "message.accepted", "message.skipped")  # fmt: skip


def test_a_campaign_is_told_to_its_end_with_books_that_balance(house):
    house.prepare()
    house.people(crowd(30))
    house.ask("audience", "suppress", 1, "p7@bench07.test", "manual", "Asked on the phone.")
    with consumer.consuming(consumer.WORSE, consumer.OK) as there:
        url = f"http://127.0.0.1:{there.port}/hook"
        events = [word for kind in CHOSEN for word in ("--event", kind)]
        made = house.sendoff("webhook", "add", url, *events)
        campaign = house.draft()
        clerk = house.clerk()
        house.sender()
        house.send(campaign)
        books = house.done(campaign)
        assert books["skipped"] == 1
        house.until(lambda: len(_log(house, made)) == 34, 30, "everything is noted")
        house.until(
            lambda: [row["state"] for row in _log(house, made)].count("taken") == 33,
            30,
            "all but the first are taken",
        )
        (failed,) = [row for row in _log(house, made) if row["state"] == "waiting"]
        assert failed["log"][0]["status"] == 500
        clerk.kill()
        clerk.wait()
        house.sendoff("webhook", "replay", str(failed["id"]))
        house.clerk()
        house.until(
            lambda: all(row["state"] == "taken" for row in _log(house, made)), 30, "all are taken"
        )
    log = _log(house, made)
    told = [Webhook(made["secret"]).verify(body, fields) for fields, body in there.got]
    _told_right(campaign, books, told)
    assert {fields["webhook-id"] for fields, _ in there.got} == {row["event_id"] for row in log}
    fields, body = there.got[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(body.replace(b"campaign", b"champion"), fields)


def _told_right(campaign, books, told):
    (done,) = [each["data"] for each in told if each["type"] == "campaign.done"]
    assert done["campaign"] == campaign
    assert done["books"]["balanced"]
    assert done["books"]["audience"] == 30 == sum(done["books"][state] for state in STATES)
    assert all(done["books"][state] == books[state] for state in STATES)
    accepted = [each["data"]["email"] for each in told if each["type"] == "message.accepted"]
    skipped = [each["data"]["email"] for each in told if each["type"] == "message.skipped"]
    assert sorted({*accepted, *skipped}) == sorted(crowd(30))
    assert set(skipped) == {"p7@bench07.test"}


def _log(house, made):
    return house.ask("webhooks", "deliveries", 1, made["id"], limit=100)
