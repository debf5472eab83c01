"""The document that programs read, and the advice behind each stop."""

import itertools
import json

import pytest

from sendoff.insight import advice
from sendoff.insight import public as insight
from sendoff.mail import stages

SHAPE = {
    "id", "name", "badge", "badges", "audience", "accepted", "refused", "skipped", "waiting",
    "unknown", "balanced", "stages", "providers", "feedback", "attention", "expected_done",
}  # fmt: skip
ATTEMPT = {
    "n", "started_at", "outcome", "stage", "fault", "category", "driver", "server", "source_ip",
    "provider", "mx", "peer", "tls", "auth", "code", "enhanced", "reply", "steps",
    "may_be_duplicate",
}  # fmt: skip


@pytest.fixture
def sent(shop):
    shop.send()
    shop.accept("cy@gmall.test")
    shop.greylist("ana@yahu.test")
    shop.cut("ben@gmall.test")
    return shop


def test_the_summary_has_the_promised_shape(sent):
    document = json.loads(json.dumps(insight.campaign_summary(sent.campaign)))
    assert set(document) >= SHAPE
    assert [each["badge"] for each in document["badges"]] == ["queuing", "queued", "sending"]
    assert document["providers"][0]["tls"] == {"1.3": 1, "1.2": 0, "none": 0}
    assert document["feedback"]["unsubscribed"] == 0
    assert document["attention"][0].keys() >= {"rule", "sentence", "stage", "fault", "count"}


def test_accepted_and_all_that_stopped_are_the_audience(sent):
    document = insight.campaign_summary(sent.campaign)
    stopped = sum(each["stopped"] or 0 for each in document["stages"].values())
    assert document["accepted"] + stopped == document["audience"] == 4
    assert document["stages"]["dns"] == {"reached": 4, "stopped": 1}
    assert document["stages"]["accepted"] == {"reached": 1, "stopped": 0}
    assert document["stages"]["placement"] == {"reached": None, "stopped": None}


def test_people_whose_row_is_not_written_yet_wait_at_the_plan(shop):
    from sendoff.campaigns import public as campaigns

    campaign = campaigns.draft(shop.workspace, shop.text())
    campaigns.launch(campaign, "ana@shop.example")
    document = insight.campaign_summary(campaign)
    assert document["stages"]["plan"]["stopped"] == document["waiting"] == 4


def test_a_trace_line_has_the_promised_shape(sent):
    (line,) = insight.trace("cy@gmall.test")
    assert line["state"] == "accepted"
    assert line["message"] == f"{sent.campaign}.{sent.seqs['cy@gmall.test']}"
    assert line["message_id"].startswith(f"<{line['message']}.")
    (attempt,) = line["attempts"]
    assert set(attempt) >= ATTEMPT
    assert [step["stage"] for step in attempt["steps"]][:3] == ["dns", "connect", "greeting"]
    assert attempt["steps"][-1]["command"] == "."
    assert attempt["tls"]["version"] == "1.3"
    assert list(insight.trace("cy@gmall.test", campaign=sent.campaign + 1)) == []


def test_there_is_no_journey_of_a_message_that_is_not_there(sent):
    assert insight.journey(sent.campaign, 999) is None


def test_a_block_of_our_address_asks_for_a_person_and_names_the_provider(shop):
    from sendoff.mail.stages import Fault, Kind, Outcome

    shop.send()
    blocked = Outcome(
        kind=Kind.REFUSED, stage="data", fault=Fault.OUR_IP, category="ip_or_sender_blocked"
    )
    shop.settle("cy@gmall.test", blocked)
    found = {each["rule"]: each for each in insight.campaign_summary(shop.campaign)["attention"]}
    assert found["blocked"]["sentence"].startswith("1 refused, gmall.test: our address is blocked.")
    assert found["blocked"]["fault"] == "our_ip"


def test_a_refusal_by_the_recipient_asks_for_nobody(shop):
    shop.send()
    shop.refuse("cy@gmall.test")
    rules = {each["rule"] for each in insight.campaign_summary(shop.campaign)["attention"]}
    assert "recipient-gone" not in rules


@pytest.mark.parametrize("state", ["waiting", "refused", "unknown", "skipped"])
def test_every_stop_has_advice_and_says_what_happens_next(state):
    faults, categories = list(stages.Fault), ["", *stages.CATEGORIES]
    names = [stage.name for stage in stages.STAGES if stage.name not in ("filter", "placement")]
    for stage, fault, category in itertools.product(names, faults, categories):
        found = advice.advise(state, stage, fault, category)
        assert found is not None, (state, stage, fault, category)
        assert found.next_for(state)


def test_an_accepted_message_needs_no_advice():
    assert advice.advise("accepted", "accepted", "", "") is None


def test_every_action_of_the_advice_has_a_button():
    for rule in advice._rules():
        assert set(rule.actions) <= set(advice.ACTIONS), rule.id


def test_every_category_reads_as_words():
    for category in stages.CATEGORIES:
        assert advice.category_words(category) != category or category in ("complaint",)
