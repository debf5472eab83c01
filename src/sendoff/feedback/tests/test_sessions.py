"""What servers answered in the session: who is at fault decides who is written to again."""

import pytest

from house import ACCEPTED, House, settlement, states
from sendoff.audience import public as audience
from sendoff.feedback import public as feedback
from sendoff.feedback import sessions
from sendoff.feedback.models import Event
from sendoff.mail import replies
from sendoff.mail.stages import Fault, Kind, Outcome, State
from sendoff.outbox import public as outbox

pytestmark = pytest.mark.django_db


def said(reply: str, stage: str = "rcpt") -> Outcome:
    """The outcome of a refusal, understood as a worker does."""
    return replies.outcome_for(replies.parse([reply.encode()]), stage)


NOBODY = "550 5.1.1 No such user here"
FULL = "552 5.2.2 Mailbox full"
NO_PROOF = "550 5.7.26 This mail is unauthenticated"


def sent(house: House, outcome: Outcome, name: str = "Sale") -> int:
    """A campaign whose every message ends so."""
    campaign = house.launched(name=name)
    rows = outbox.messages(campaign.id, outbox.Filter(state="waiting"))
    outbox.settle([settlement(campaign.id, row.seq, outcome) for row in rows])
    return campaign.id


def test_who_is_not_there_is_suppressed_with_the_words_and_the_message(house):
    ben = house.person("ben@post.test")
    campaign = sent(house, said(NOBODY))
    assert feedback.hear_sessions() == 1
    (ground,) = audience.grounds(house.workspace, "ben@post.test")
    assert (ground.reason, ground.rule, ground.expires_at) == ("bounce", "no-such-mailbox", None)
    assert NOBODY in ground.evidence
    assert f"message {campaign}.1" in ground.evidence
    contact = audience.find_contact(house.workspace, "ben@post.test")
    assert contact is not None
    assert (contact.id, contact.status) == (ben, "bounced")
    assert feedback.hear_sessions() == 0


def test_the_waiting_messages_of_other_campaigns_are_held_back(house):
    house.person("ben@post.test")
    waiting = house.launched(name="Next week")
    house.packed(waiting)
    sent(house, said(NOBODY))
    feedback.hear_sessions()
    parcel = outbox.message(waiting.id, 1).parcel_id
    (letter,) = outbox.letters(parcel)
    assert "suppression list" in letter.skip


def test_a_storm_of_failed_authentication_suppresses_nobody(house):
    for n in range(50):
        house.person(f"p{n}@post.test")
    for n in range(6):
        sent(house, said(NO_PROOF, "data"), f"Sale {n}")
    assert feedback.hear_sessions() == 0
    assert audience.suppressions(house.workspace) == []
    assert not Event.objects.exists()


def test_the_fifth_full_mailbox_in_a_row_ends_the_address(house):
    house.person("ben@post.test")
    for n in range(5):
        assert audience.suppressions(house.workspace) == []
        sent(house, said(FULL), f"Sale {n}")
        feedback.hear_sessions()
    (ground,) = audience.grounds(house.workspace, "ben@post.test")
    assert ground.rule == "soft-in-a-row"
    assert ground.expires_at is not None


def test_an_acceptance_begins_the_count_anew_and_a_fault_of_ours_does_not(house):
    house.person("ben@post.test")
    outcomes = [FULL, FULL, FULL, "ok", FULL, NO_PROOF, FULL, FULL, NO_PROOF, FULL]
    for n, reply in enumerate(outcomes):
        outcome = ACCEPTED if reply == "ok" else said(reply, "data")
        sent(house, outcome, f"Sale {n}")
        feedback.hear_sessions()
    assert audience.suppressions(house.workspace) == []
    sent(house, said(FULL), "The fifth since")
    feedback.hear_sessions()
    assert len(audience.suppressions(house.workspace)) == 1


def test_a_full_mailbox_that_was_tried_until_its_time_was_over_counts_once(house):
    house.person("ben@post.test")
    gone = Outcome(
        kind=Kind.DEFERRED, stage="rcpt", fault=Fault.RECIPIENT, category="expired_or_network",
        code=452, enhanced="4.2.2", reply="452 4.2.2 Mailbox full",
    )  # fmt: skip
    sent(house, gone)
    feedback.hear_sessions()
    assert Event.objects.count() == 1


def test_what_a_host_settles_late_is_heard_by_the_longer_look(house):
    house.person("ben@post.test")
    house.person("cy@post.test")
    campaign = house.launched()
    late, soon = (settlement(campaign.id, seq, said(NOBODY)) for seq in (1, 2))
    late.started_ms -= 600_000
    late.ended_ms -= 600_000
    outbox.settle([soon])
    assert feedback.hear_sessions() == 1
    outbox.settle([late])
    assert feedback.hear_sessions() == 0
    assert feedback.hear_late_sessions() == 1
    assert len(audience.suppressions(house.workspace)) == 2


def test_many_refusals_are_acted_on_in_portions_and_none_is_left_out(house, monkeypatch):
    monkeypatch.setattr(sessions, "PAGE", 7)
    monkeypatch.setattr(sessions, "PORTION", 10)
    for n in range(33):
        house.person(f"p{n}@post.test")
    campaign = sent(house, said(NOBODY))
    assert [feedback.hear_sessions() for _ in range(5)] == [10, 10, 10, 3, 0]
    assert len(audience.suppressions(house.workspace)) == 33
    assert set(states(campaign).values()) == {State.REFUSED}


def test_an_erased_person_leaves_an_event_and_no_suppression(house):
    ben = house.person("ben@post.test")
    sent(house, said(NOBODY))
    audience.erase(ben, "asked")
    assert feedback.hear_sessions() == 1
    assert audience.suppressions(house.workspace) == []
