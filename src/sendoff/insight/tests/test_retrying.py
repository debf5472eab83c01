"""The buttons beside what was refused or given up try exactly these messages again."""

import re
from datetime import timedelta

import pytest
import time_machine

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.insight import public as insight
from sendoff.lib import clock
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.outbox import public as outbox

GIVEN_UP = Outcome(
    kind=Kind.DEFERRED,
    stage="rcpt",
    fault=Fault.RECIPIENT_SYSTEM,
    category="expired_or_network",
    code=451,
    reply="451 4.7.1 greylisted, come back later",
)


@pytest.fixture
def sent(shop):
    """Cy's message was blocked, Ana's given up, Ben's cut after the dot."""
    outbox.register("w1", "here", 1)
    shop.send()
    shop.block("cy@gmall.test", "mail")
    shop.settle("ana@yahu.test", GIVEN_UP, "refused")
    shop.cut("ben@gmall.test")
    assert outbox.finish() == [shop.campaign]
    return shop


def row(text, words):
    """The row of attention that says so."""
    rows = text.split('<h2 id="the-way"')[0].split('class="attention row"')[1:]
    (found,) = [each for each in rows if words in each]
    return found


def press(client, text, label):
    """Send the form of a button as a browser does."""
    form = next(each for each in re.findall(r"<form.*?</form>", text) if label in each)
    action = re.search(r'action="([^"]+)"', form)[1]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    return client.post(action, fields, follow=True).content.decode()


def state(shop, address):
    return outbox.message(shop.campaign, shop.seqs[address]).state


def test_what_was_refused_for_our_sake_has_a_button_for_these_people(page, client, sent):
    text = page(f"/campaigns/{sent.campaign}/")
    after = press(client, row(text, "is blocked"), "Try again for 1 person")
    assert "1 is queued once more, with the same Message-ID." in after
    assert text.count("Try again for 1 person") == 2


def test_each_button_moves_only_those_it_stands_beside(page, client, sent):
    text = page(f"/campaigns/{sent.campaign}/")
    press(client, row(text, "is blocked"), "Try again")
    assert state(sent, "cy@gmall.test") == "waiting"
    assert state(sent, "ana@yahu.test") == "refused"
    text = page(f"/campaigns/{sent.campaign}/")
    press(client, row(text, "given up"), "Try again")
    assert state(sent, "ana@yahu.test") == "waiting"
    assert state(sent, "di@gone.test") == "refused"
    assert campaigns.get(sent.campaign).badge == "sending"


def test_programs_read_the_same_rows_and_actions(sent):
    rows = {each["rule"]: each for each in insight.campaign_summary(sent.campaign)["attention"]}
    assert rows["blocked"]["actions"][-1] == "retry"
    said = rows["expired"]["sentence"]
    assert said.startswith("1 given up, yahu.test: their time was over. Every try until then")
    assert rows["expired"]["actions"] == ["retry"]


def test_those_who_opted_out_meanwhile_are_left_alone_and_counted(page, client, sent):
    audience.suppress(sent.workspace, "cy@gmall.test", "manual", "asked by phone")
    text = page(f"/campaigns/{sent.campaign}/")
    after = press(client, row(text, "is blocked"), "Try again")
    assert "0 are queued once more, with the same Message-ID. 1 opted out" in after
    assert state(sent, "cy@gmall.test") == "refused"


def test_sending_the_unknown_again_brings_a_done_campaign_back(client, page, sent):
    page(f"/campaigns/{sent.campaign}/")
    client.post(f"/campaigns/{sent.campaign}/unknown/", {"do": "send_again"})
    assert state(sent, "ben@gmall.test") == "waiting"
    assert campaigns.get(sent.campaign).badge == "sending"


def test_the_page_and_the_journey_tell_who_did_it_and_when(page, client, sent):
    outbox.retry(sent.campaign, outbox.Only.EXPIRED, "ana@shop.example")
    assert "1 given up tried again. ana@shop.example" in page(f"/campaigns/{sent.campaign}/")
    sent.accept("ana@yahu.test", n=2)
    text = page(f"/campaigns/{sent.campaign}/messages/{sent.seqs['ana@yahu.test']}/")
    assert "ana@shop.example had it tried again: same Message-ID and Date" in text
    assert text.index("451 4.7.1") < text.index("Queued again")


def test_an_unheard_of_word_changes_nothing(page, client, sent):
    page(f"/campaigns/{sent.campaign}/")
    assert client.post(f"/campaigns/{sent.campaign}/retry/", {"only": "all"}).status_code == 302
    assert outbox.decisions(sent.campaign) == []


def test_a_cancelled_campaign_says_that_it_is_over(page, client, shop):
    shop.send()
    campaigns.cancel(shop.campaign, "ana", "")
    page(f"/campaigns/{shop.campaign}/")
    url = f"/campaigns/{shop.campaign}/retry/"
    after = client.post(url, {"only": "refused"}, follow=True).content.decode()
    assert "was cancelled, for good. Write it again as a new draft instead." in after


def idle(shop):
    found = insight.campaign_summary(shop.campaign)["attention"]
    return next((each["sentence"] for each in found if each["rule"] == "no-worker"), None)


def test_five_minutes_without_a_worker_are_said_with_the_command_and_since_when(shop):
    outbox.register("w1", "here", 1)
    shop.send()
    assert idle(shop) is None
    outbox.ended("w1", "stopped")
    stopped = clock.at(outbox.last_sign_ms())
    with time_machine.travel(stopped + timedelta(minutes=4, seconds=50), tick=False):
        assert idle(shop).startswith("No worker is running, so 3 wait.")
    with time_machine.travel(stopped + timedelta(minutes=5, seconds=10), tick=False):
        assert idle(shop).startswith("Nothing is being sent: no worker is running since ")
        assert idle(shop).endswith(f"{stopped:%H:%M}. Start one: sendoff worker")
        health = insight.health()
        assert (health.ok, health.word) == (False, "No worker")
        assert health.sentence == idle(shop)


def test_a_worker_that_fell_silent_counts_from_its_last_sign(shop):
    outbox.register("w1", "here", 1)
    shop.send()
    with time_machine.travel(clock.now() + timedelta(minutes=6), tick=False):
        assert idle(shop).startswith("Nothing is being sent: no worker is running since ")


def test_where_no_worker_ever_ran_five_minutes_count_from_send(shop):
    shop.send()
    assert idle(shop).startswith("No worker is running, so 3 wait.")
    with time_machine.travel(clock.now() + timedelta(minutes=6), tick=False):
        assert idle(shop).startswith("Nothing is being sent: no worker has run yet.")


def test_a_campaign_that_is_paused_or_done_misses_no_worker(shop, sent):
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert idle(sent) is None
