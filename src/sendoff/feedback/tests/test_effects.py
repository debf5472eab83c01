"""What is done about what came back, decided by one function."""

import pytest

from sendoff.feedback.effects import Count, Happening, Kind, Source, Suppress, decide
from sendoff.mail.stages import Fault

FIVE = 5


def on(kind: str, source: str = "dsn", category: str = "", fault: str = "", **more: object):
    what = Happening(kind=Kind(kind), source=Source(source), category=category, fault=fault, **more)
    return decide(what, FIVE)


@pytest.mark.parametrize("category", ["bad_mailbox", "mailbox_inactive"])
def test_a_mailbox_that_is_not_there_is_suppressed_for_good_at_once(category):
    assert on("bounce", "session", category, "recipient") == (
        Suppress(reason="bounce", rule="no-such-mailbox", days=0),
    )


def test_a_domain_that_is_not_there_is_suppressed_for_a_time():
    (effect,) = on("bounce", "session", "bad_domain", "recipient")
    assert effect == Suppress(reason="bounce", rule="no-such-domain", days=90)


def test_a_guess_suppresses_nobody():
    assert on("bounce", "session", "bad_mailbox", "recipient", sure=False) == ()


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.RECIPIENT])
@pytest.mark.parametrize("kind", ["bounce", "soft_bounce"])
def test_a_fault_that_is_not_the_recipients_suppresses_nobody_however_often(kind, fault):
    for category in ("auth_failure", "ip_or_sender_blocked", "rate_limited", "bad_mailbox"):
        assert on(kind, "session", category, fault, soft_in_row=99) == ()


@pytest.mark.parametrize(("in_row", "ends"), [(1, False), (4, False), (5, True), (9, True)])
def test_the_fifth_soft_bounce_in_a_row_suppresses_for_a_time(in_row, ends):
    effects = on("bounce", "session", "mailbox_full", "recipient", soft_in_row=in_row)
    assert effects == ((Suppress(reason="bounce", rule="soft-in-a-row", days=30),) * ends)


def test_what_comes_back_after_acceptance_is_counted():
    assert Count(what="bounced") in on("bounce", "dsn", "bad_mailbox", "recipient")
    assert on("soft_bounce", "dsn", "mailbox_full", "recipient", soft_in_row=1) == (
        Count(what="bounced"),
    )


def test_a_complaint_and_an_opt_out_end_it_at_once_each_for_its_own_reason():
    assert on("complaint", "arf")[0] == Suppress(reason="complaint", rule="complaint", days=0)
    assert on("unsubscribe", "mailto")[0] == Suppress(reason="unsubscribe", rule="opt-out", days=0)


@pytest.mark.parametrize(
    "kind", ["delayed", "confirmed", "autoreply", "not-spam", "auth-failure", "report"]
)
def test_everything_else_is_only_noted(kind):
    assert on(kind, "arf", "bad_mailbox", "recipient", soft_in_row=99) == ()


def test_mail_that_tells_again_has_no_effect_while_a_session_is_news_each_time():
    assert on("complaint", "arf", first=False) == ()
    assert on("bounce", "session", "bad_mailbox", "recipient", first=False) != ()
