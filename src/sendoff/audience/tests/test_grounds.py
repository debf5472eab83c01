"""Why somebody is not written to: reasons beside one another, that expire, are lifted, and stay."""

from datetime import timedelta

import pytest

from sendoff.audience import public as audience
from sendoff.lib import clock

BEN = "ben@shop.example"


@pytest.fixture
def ben(workspace, customers):
    return audience.subscribe(customers, BEN, {})


def status(workspace: int) -> str:
    contact = audience.find_contact(workspace, BEN)
    assert contact is not None
    return contact.status


def over(workspace: int, reason: str = "bounce") -> None:
    """Suppress with a time that is over already."""
    past = clock.now() - timedelta(seconds=1)
    audience.suppress(workspace, BEN, reason, "552 full", rule="soft-in-a-row", expires_at=past)


def test_what_expires_ends_by_itself_and_stays_as_history(workspace, ben):
    over(workspace)
    assert status(workspace) == "bounced"
    assert audience.expire_suppressions() == [BEN]
    assert (status(workspace), audience.is_suppressed(workspace, BEN)) == ("subscribed", False)
    (ground,) = audience.grounds(workspace, BEN)
    assert ground.ended_why == "Expired by rule (soft-in-a-row)."
    assert audience.expire_suppressions() == []


@pytest.mark.parametrize("end", ["lifted", "over"])
def test_who_never_confirmed_has_not_done_so_by_the_end_of_a_bounce(workspace, ben, end):
    audience.set_status(ben, "unconfirmed", "a form that asks to confirm")
    over(workspace)
    over(workspace)  # heard of twice
    assert status(workspace) == "bounced"
    if end == "lifted":
        audience.unsuppress(workspace, BEN, "it works again")
    else:
        audience.expire_suppressions()
    assert status(workspace) == "unconfirmed"


def test_an_opt_out_outlives_a_bounce_that_expires(workspace, ben):
    over(workspace)
    audience.unsubscribe(ben, "One click")
    audience.expire_suppressions()
    assert (status(workspace), audience.is_suppressed(workspace, BEN)) == ("unsubscribed", True)
    assert audience.suppressions(workspace)[0].reason == "unsubscribe"


def test_a_bounce_for_good_is_not_shortened_and_one_for_a_time_is_prolonged(workspace, ben):
    over(workspace)
    audience.suppress(workspace, BEN, "bounce", "550 nobody", rule="no-such-mailbox")
    assert audience.expire_suppressions() == []
    over(workspace)
    assert audience.expire_suppressions() == []
    (ground,) = audience.grounds(workspace, BEN)
    assert (ground.rule, ground.evidence) == ("no-such-mailbox", "550 nobody")


def test_lifting_ends_every_reason_and_a_new_one_is_a_new_row(workspace, ben):
    audience.suppress(workspace, BEN, "bounce", "550 nobody")
    audience.suppress(workspace, BEN, "manual", "on the phone")
    assert audience.unsuppress(workspace, BEN, "It was a typo")
    assert not audience.is_suppressed(workspace, BEN)
    audience.suppress(workspace, BEN, "bounce", "550 nobody again")
    grounds = audience.grounds(workspace, BEN)
    assert [(g.reason, bool(g.ended_at)) for g in grounds] == [
        ("bounce", False), ("manual", True), ("bounce", True),
    ]  # fmt: skip


def test_what_expires_in_one_workspace_is_left_alone_in_another(workspace, ben):
    over(workspace)
    assert audience.expire_suppressions(workspace + 1) == []
