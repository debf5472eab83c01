"""What is due is sent, tried again, given up, switched off or sent anew, and every try is kept."""

import json
import time

import pytest
from standardwebhooks import Webhook

from sendoff.lib import clock
from sendoff.webhooks import public as webhooks
from sendoff.webhooks import terms
from sendoff.webhooks.models import Delivery, Endpoint
from sendoff.webhooks.tests import consumer

MINUTE, DAY = 60_000, 86_400_000
CHOSEN = ["campaign.done"]


@pytest.fixture
def post(house, loopback):
    made = webhooks.Post(loopback)
    yield made
    made.close()


def made(house, there, kinds=CHOSEN):
    return webhooks.add(house.workspace, f"http://127.0.0.1:{there.port}/hook", kinds, "ana")


def sent(post, holds, within_s=10):
    """Tick as the clerk does until something holds."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        post.tick()
        time.sleep(0.02)


def row(house, delivery):
    return webhooks.delivery(house.workspace, delivery.id)


def test_an_event_is_taken_with_a_signature_that_the_reference_library_takes(house, post):
    with consumer.consuming() as there:
        new = made(house, there)
        test = webhooks.ask_test(house.workspace, new.endpoint.id)
        sent(post, lambda: row(house, test).state == "taken")
    ((fields, body),) = there.got
    told = Webhook(new.secret).verify(body, fields)
    assert told["type"] == "webhook.test"
    assert fields["webhook-id"] == test.event_id
    (tried,) = row(house, test).log
    assert (tried.status, tried.said, tried.address) == (200, "fine", "127.0.0.1")
    assert json.loads(row(house, test).body) == told


def test_who_answers_500_is_asked_again_after_a_minute_and_then_takes_it(house, post):
    with consumer.consuming(consumer.WORSE, consumer.OK) as there:
        new = made(house, there)
        test = webhooks.ask_test(house.workspace, new.endpoint.id)
        sent(post, lambda: row(house, test).log)
        waits = row(house, test)
        assert waits.state == "waiting"
        assert 50_000 < waits.due_ms - clock.now_ms() <= MINUTE
        post.tick()
        time.sleep(0.1)
        assert len(there.got) == 1
        assert webhooks.get(house.workspace, new.endpoint.id).failing_since_ms
        Delivery.objects.update(due_ms=clock.now_ms())  # a minute later
        sent(post, lambda: row(house, test).state == "taken")
    assert [each.status for each in row(house, test).log] == [500, 200]
    assert {fields["webhook-id"] for fields, _ in there.got} == {test.event_id}
    assert webhooks.get(house.workspace, new.endpoint.id).failing_since_ms is None


@pytest.mark.parametrize("tries", range(1, 6))
def test_the_waits_between_tries_grow(tries):
    waits = (1, 5, 30, 120, 480)
    decided = terms.decide(500, tries, 0, 0)
    assert (decided.state, decided.due_ms) == ("waiting", waits[tries - 1] * MINUTE)


@pytest.mark.parametrize(("asked_s", "minutes"), [(None, 5), (30, 5), (1800, 30), (10**9, 1440)])
def test_an_endpoint_may_ask_for_a_longer_wait_of_at_most_a_day(asked_s, minutes):
    assert terms.decide(503, 2, 0, 0, asked_s).due_ms == minutes * MINUTE


def test_after_the_sixth_try_it_is_given_up_and_after_five_days_the_endpoint():
    assert terms.decide(None, 6, DAY, 0) == terms.Decision(state="given_up", due_ms=DAY)
    assert "5 days" in terms.decide(302, 1, 5 * DAY, 0).off_why
    assert terms.decide(200, 1, 5 * DAY, 0).off_why == ""


def test_who_answers_410_is_told_no_more(house, post):
    with consumer.consuming(consumer.GONE) as there:
        new = made(house, there)
        first, second = (webhooks.ask_test(house.workspace, new.endpoint.id) for _ in range(2))
        Delivery.objects.filter(pk=second.id).update(due_ms=clock.now_ms() + MINUTE)
        sent(post, lambda: row(house, first).state == "given_up")
        Delivery.objects.update(due_ms=0)
        post.tick()
        time.sleep(0.1)
    assert len(there.got) == 1
    shut = webhooks.get(house.workspace, new.endpoint.id)
    assert (shut.enabled, shut.off_why) == (False, "It answered 410: it wants no more events.")
    for ask in (webhooks.ask_test, webhooks.test_now):
        with pytest.raises(webhooks.WebhookError, match="switched off"):
            ask(house.workspace, new.endpoint.id)


def test_after_days_of_failures_an_endpoint_is_switched_off_with_the_reason(house, post):
    with consumer.consuming(consumer.WORSE) as there:
        new = made(house, there)
        Endpoint.objects.update(failing_since_ms=clock.now_ms() - 5 * DAY)
        webhooks.ask_test(house.workspace, new.endpoint.id)
        sent(post, lambda: not webhooks.get(house.workspace, new.endpoint.id).enabled)
    shut = webhooks.get(house.workspace, new.endpoint.id)
    assert shut.off_why == "Nothing but failures for 5 days."
    on = webhooks.switch(house.workspace, new.endpoint.id, True)
    assert (on.enabled, on.off_why, on.failing_since_ms) == (True, "", None)


def test_one_that_hangs_delays_no_other_and_has_few_places(house, post):
    with consumer.consuming(consumer.HANG) as slow, consumer.consuming() as quick:
        hangs, works = made(house, slow), made(house, quick)
        for _ in range(20):
            webhooks.ask_test(house.workspace, hangs.endpoint.id)
        tests = [webhooks.ask_test(house.workspace, works.endpoint.id) for _ in range(20)]
        began = time.monotonic()
        sent(post, lambda: all(row(house, each).state == "taken" for each in tests))
        assert time.monotonic() - began < 5
        assert len(slow.got) == 4
        assert len(quick.got) == 20


def test_a_delivery_is_sent_again_with_the_same_id(house, post):
    with consumer.consuming() as there:
        new = made(house, there)
        test = webhooks.ask_test(house.workspace, new.endpoint.id)
        sent(post, lambda: row(house, test).state == "taken")
        assert webhooks.replay(house.workspace, test.id).state == "waiting"
        sent(post, lambda: row(house, test).state == "taken")
    first, second = there.got
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]
    assert len(row(house, test).log) == 2


def test_who_died_with_letters_in_flight_sends_them_again(house, post, loopback):
    with consumer.consuming(consumer.HANG) as there:
        new = made(house, there)
        test = webhooks.ask_test(house.workspace, new.endpoint.id)
        sent(post, lambda: there.got)
        post.close()  # as the process' end does; nothing was written down
        there.answers = [consumer.OK]
        after = webhooks.Post(loopback)
        sent(after, lambda: row(house, test).state == "taken")
        after.close()
    assert [fields["webhook-id"] for fields, _ in there.got] == [test.event_id] * 2


def test_a_changed_secret_signs_beside_the_old_one(house, post):
    with consumer.consuming() as there:
        old = made(house, there)
        new = webhooks.rotate(house.workspace, old.endpoint.id)
        assert new.secret != old.secret
        test = webhooks.ask_test(house.workspace, new.endpoint.id)
        sent(post, lambda: row(house, test).state == "taken")
        Endpoint.objects.update(old_until_ms=0)
        test = webhooks.ask_test(house.workspace, new.endpoint.id)
        sent(post, lambda: row(house, test).state == "taken")
    both, one = (fields["webhook-signature"].split() for fields, _ in there.got)
    assert (len(both), len(one)) == (2, 1)
    for secret in (old.secret, new.secret):
        Webhook(secret).verify(there.got[0][1], there.got[0][0])


def test_an_endpoint_that_was_removed_with_a_letter_in_flight_is_let_go(house, post):
    with consumer.consuming(consumer.WORSE) as there:
        new = made(house, there)
        webhooks.ask_test(house.workspace, new.endpoint.id)
        sent(post, lambda: there.got)
        webhooks.remove(house.workspace, new.endpoint.id)
        time.sleep(0.1)
        assert post.tick() == 0
    assert not Delivery.objects.exists()


def test_a_private_address_is_not_posted_to_without_leave(house):
    with pytest.raises(webhooks.WebhookError, match="must begin with https"):
        webhooks.add(house.workspace, "http://127.0.0.1/", CHOSEN, "ana")
    new = webhooks.add(house.workspace, "https://127.0.0.1/", CHOSEN, "ana")
    tried = webhooks.test_now(house.workspace, new.endpoint.id)
    assert (tried.state, tried.log[0].status) == ("waiting", None)
    assert "not on the internet" in tried.log[0].said


def test_what_cannot_be_chosen_is_said(house):
    with pytest.raises(webhooks.WebhookError, match="There is no event “campaign.dome”"):
        webhooks.add(house.workspace, "https://a.test/", ["campaign.dome"], "ana")
    with pytest.raises(webhooks.WebhookError, match="at least one event"):
        webhooks.add(house.workspace, "https://a.test/", [], "ana")
    for _ in range(20):
        webhooks.add(house.workspace, "https://a.test/", CHOSEN, "ana")
    with pytest.raises(webhooks.WebhookError, match="20 endpoints already"):
        webhooks.add(house.workspace, "https://a.test/", CHOSEN, "ana")


def test_nobody_reaches_into_another_workspace(house):
    new = webhooks.add(house.workspace, "https://a.test/", CHOSEN, "ana")
    test = webhooks.ask_test(house.workspace, new.endpoint.id)
    for call in (webhooks.get, webhooks.rotate, webhooks.remove, webhooks.ask_test):
        with pytest.raises(webhooks.WebhookError, match="There is no endpoint"):
            call(house.workspace + 1, new.endpoint.id)
    for call in (webhooks.delivery, webhooks.replay):
        with pytest.raises(webhooks.WebhookError, match="There is no delivery"):
            call(house.workspace + 1, test.id)


def test_the_secret_rests_sealed(house):
    new = webhooks.add(house.workspace, "https://a.test/", CHOSEN, "ana")
    kept = Endpoint.objects.values().get(pk=new.endpoint.id)
    assert new.secret.startswith("whsec_")
    assert new.secret.removeprefix("whsec_") not in str(kept)
    assert new.secret.encode() not in bytes(kept["sealed_secret"])


def test_what_is_older_than_a_month_is_forgotten(house):
    new = webhooks.add(house.workspace, "https://a.test/", CHOSEN, "ana")
    old, young = (webhooks.ask_test(house.workspace, new.endpoint.id) for _ in range(2))
    Delivery.objects.filter(pk=old.id).update(made_ms=clock.now_ms() - 31 * DAY)
    assert webhooks.forget_old() == 1
    assert [each.id for each in webhooks.deliveries(house.workspace, new.endpoint.id)] == [young.id]
