"""Stored mail is read and acted on: on the right message, once, and on nobody else's."""

import pytest

from house import ACCEPTED, House, settlement
from sendoff.accounts import public as accounts
from sendoff.audience import public as audience
from sendoff.feedback import public as feedback
from sendoff.feedback.intake import Arrived, store
from sendoff.feedback.models import Event, InboundMail
from sendoff.feedback.naming import Names
from sendoff.feedback.places import Places
from sendoff.feedback.process import our_domains
from sendoff.feedback.sorting import Sorter, forget
from sendoff.feedback.tests import mails
from sendoff.feedback.tests.conftest import DOMAIN, bounce_address, unsubscribe_address
from sendoff.lib.config import config
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders

pytestmark = pytest.mark.django_db
BEN = "ben@post.test"
DEEPER = b"Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n"


@pytest.fixture
def campaign(house: House) -> int:
    """Accepted by Ben's provider, and by Cy's."""
    house.person(BEN)
    house.person("cy@post.test")
    sent = house.launched()
    outbox.settle([settlement(sent.id, seq, ACCEPTED) for seq in (1, 2)])
    return sent.id


def brought(content: bytes, *to: str, sender: str = "") -> InboundMail:
    """A mail that came in and was read."""
    store([Arrived(source="smtp", peer="192.0.2.1", sender=sender, recipients=to, content=content)])
    sort()
    return InboundMail.objects.latest("id")


def sort() -> int:
    domains = our_domains()
    return Sorter(Places(config().token_key, lambda: domains), Names(config().token_key)).sort()


def test_a_bounce_after_acceptance_is_told_on_the_message_and_suppresses(house, campaign):
    mail = brought(mails.bounce(campaign, 1, BEN), bounce_address(campaign, 1))
    assert (mail.state, mail.workspace_id) == ("read", house.workspace)
    (event,) = feedback.events_of(campaign, 1)
    assert (event.kind, event.source, event.category) == ("bounce", "dsn", "bad_mailbox")
    assert "User unknown" in event.text
    (ground,) = audience.grounds(house.workspace, BEN)
    assert ground.reason == "bounce"
    assert f"message {campaign}.1" in ground.evidence
    assert feedback.counts(campaign).bounced == 1
    books = outbox.books(campaign)
    assert (books.accepted, books.refused, books.balanced) == (2, 0, True)


def test_a_block_of_ours_that_comes_back_suppresses_nobody(house, campaign):
    brought(mails.bounce(campaign, 1, BEN, "5.7.26"), bounce_address(campaign, 1))
    assert feedback.counts(campaign).bounced == 1
    assert audience.suppressions(house.workspace) == []


def test_a_delayed_notice_is_shown_and_changes_nothing(house, campaign):
    raw = mails.bounce(campaign, 1, BEN, "4.4.1", "delayed")
    brought(raw, bounce_address(campaign, 1))
    (event,) = feedback.events_of(campaign, 1)
    assert (event.kind, event.effect) == ("delayed", "")
    assert feedback.counts(campaign).bounced == 0


def test_a_complaint_unsubscribes_at_once_with_the_recipient_struck_out(house, campaign):
    brought(mails.complaint(campaign, 1), f"feedback@{DOMAIN}", sender="feedback@post.test")
    contact = audience.find_contact(house.workspace, BEN)
    assert contact is not None
    assert contact.status == "complained"
    assert feedback.counts(campaign).complained == 1


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_reports_that_are_no_complaint_unsubscribe_nobody(house, campaign, kind):
    brought(mails.complaint(campaign, 1, kind), f"feedback@{DOMAIN}")
    (event,) = feedback.events_of(campaign, 1)
    assert event.kind == kind
    assert audience.suppressions(house.workspace) == []


def test_a_mail_to_the_unsubscribe_address_unsubscribes(house, campaign):
    brought(mails.PLEASE, unsubscribe_address(campaign, 1), sender=BEN)
    (ground,) = audience.grounds(house.workspace, BEN)
    assert (ground.reason, ground.rule) == ("unsubscribe", "opt-out")
    assert feedback.counts(campaign).unsubscribed == 1


def test_who_opted_out_by_the_link_before_is_not_counted_again(house, campaign):
    contact = audience.find_contact(house.workspace, BEN)
    assert contact is not None
    audience.unsubscribe(contact.id, "One click")
    brought(mails.PLEASE, unsubscribe_address(campaign, 1), sender=BEN)
    assert feedback.counts(campaign).unsubscribed == 0


def test_a_bounce_or_complaint_beside_an_opt_out_is_a_ground_of_its_own(house, campaign):
    brought(mails.PLEASE, unsubscribe_address(campaign, 1), sender=BEN)
    brought(mails.bounce(campaign, 1, BEN), bounce_address(campaign, 1))
    brought(mails.complaint(campaign, 1), f"feedback@{DOMAIN}")
    reasons = [ground.reason for ground in audience.grounds(house.workspace, BEN)]
    assert reasons == ["complaint", "bounce", "unsubscribe"]
    assert audience.suppressions(house.workspace, [BEN])[0].reason == "complaint"


@pytest.mark.parametrize("kind", ["bounce", "unsubscribe"])
def test_what_is_told_twice_or_replayed_after_it_was_lifted_has_no_effect(house, campaign, kind):
    raw, to = mails.bounce(campaign, 1, BEN), bounce_address(campaign, 1)
    if kind == "unsubscribe":
        raw, to = mails.PLEASE, unsubscribe_address(campaign, 1)
    brought(raw, to)
    audience.unsuppress(house.workspace, BEN, "She called")
    brought(raw, to)
    brought(b"Received: from elsewhere\r\n" + raw, to)
    assert audience.suppressions(house.workspace) == []
    assert feedback.counts(campaign) == feedback.Counts(
        **{"bounced" if kind == "bounce" else "unsubscribed": 1}
    )


def test_a_bounce_that_names_another_message_than_its_address_has_no_effect(house, campaign):
    mail = brought(mails.bounce(campaign, 2, "cy@post.test"), bounce_address(campaign, 1))
    assert (mail.state, mail.why) == (
        "dropped", "It names another message than the address it came to.",
    )  # fmt: skip
    assert not Event.objects.exists()


def test_a_bounce_for_another_workspaces_message_has_no_effect(house, campaign):
    cy = accounts.create_owner("cy@other.test", None, "Cy's shop")
    senders.add_domain(cy.workspace_id, "other.test")
    to = bounce_address(campaign, 1).replace(DOMAIN, "bounces.other.test")
    mail = brought(mails.bounce(campaign, 1, BEN), to)
    assert mail.state == "dropped"
    assert "another workspace" in mail.why
    assert audience.suppressions(house.workspace) == []


def test_a_token_of_a_message_that_is_not_there_has_no_effect(house, campaign):
    mail = brought(mails.PLEASE, unsubscribe_address(campaign, 99))
    assert mail.state == "dropped"


def test_a_complaint_about_no_message_of_ours_or_with_a_guessed_one_has_no_effect(house, campaign):
    raw = mails.complaint(campaign, 1)
    proof = raw.split(b"Message-ID: <")[1].split(b"@")[0]
    guessed = raw.replace(proof, f"{campaign}.1.00000000".encode())
    mail = brought(guessed, f"feedback@{DOMAIN}")
    assert (mail.state, mail.why) == ("dropped", "It names no message of ours.")
    assert not Event.objects.exists()


def test_an_automatic_reply_is_an_event_and_nothing_else(house, campaign):
    brought(mails.AWAY, bounce_address(campaign, 1), sender=BEN)
    brought(mails.bounce(campaign, 1, BEN), unsubscribe_address(campaign, 2))
    assert [e.kind for e in feedback.events_of(campaign, 2)] == []  # it names the other message
    assert audience.suppressions(house.workspace) == []


def test_the_fifth_soft_bounce_by_mail_ends_the_address(house):
    house.person(BEN)
    for n in range(5):
        assert audience.suppressions(house.workspace) == []
        sent = house.launched(name=f"Sale {n}")
        outbox.settle([settlement(sent.id, 1, ACCEPTED)])
        brought(mails.bounce(sent.id, 1, BEN, "5.2.2"), bounce_address(sent.id, 1))
    (ground,) = audience.grounds(house.workspace, BEN)
    assert ground.rule == "soft-in-a-row"


def test_a_group_address_of_which_one_member_is_gone_is_not_suppressed(house, campaign):
    gone = mails.bounce(campaign, 1, "dora@post.test").decode()
    also = gone.split("Final-Recipient")[1].split("\r\n\r\n")[0].replace("dora", "emil")
    both = gone.replace("\r\n\r\n--B\r\nContent-Type: text/rfc822", f"\r\n\r\nFinal-Recipient{also}\r\n\r\n--B\r\nContent-Type: text/rfc822")  # fmt: skip  # noqa: E501 - one mail
    brought(both.encode(), bounce_address(campaign, 1))
    assert len(feedback.events_of(campaign, 1)) == 1
    assert audience.suppressions(house.workspace) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"Content-Type: text/plain; charset=x-klingon\r\n\r\n\xff\xfe",
        b"Subject: " + b"\xf0\x9f" * 100 + b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + b"--B\r\n\r\nx\r\n" * 5000,
        b"".join(DEEPER % (n, n) for n in range(200)),
        b"b-" + b"0" * 36 + b"@x " * 100_000,
    ],
    ids=["nothing", "NULs", "unknown charset", "cut letters", "5000 parts", "200 deep", "tokens"],
)  # fmt: skip
def test_a_mail_that_makes_no_sense_is_read_and_stops_no_other(house, campaign, raw):
    brought(raw, bounce_address(campaign, 1))
    brought(mails.bounce(campaign, 2, "cy@post.test"), bounce_address(campaign, 2))
    assert [row.email for row in audience.suppressions(house.workspace)] == ["cy@post.test"]
    assert not InboundMail.objects.filter(state="stored").exists()


def test_a_mail_that_ended_its_reader_three_times_is_put_aside(house, campaign):
    mail = brought(mails.bounce(campaign, 1, BEN), f"feedback@{DOMAIN}")
    InboundMail.objects.filter(pk=mail.pk).update(state="stored", tries=3)
    assert sort() == 1
    assert InboundMail.objects.get(pk=mail.pk).state == "failed"


def test_old_mail_is_forgotten_and_what_it_said_stays(house, campaign):
    mail = brought(mails.bounce(campaign, 1, BEN), bounce_address(campaign, 1))
    InboundMail.objects.filter(pk=mail.pk).update(received_ms=1)
    assert [forget(30), forget(30)] == [1, 0]
    assert bytes(InboundMail.objects.get(pk=mail.pk).content) == b""
    assert len(feedback.events_of(campaign, 1)) == 1


def test_a_report_about_no_message_is_kept_and_nothing_follows(house, campaign):
    mail = brought(b"Subject: hi\r\n\r\nwho are you?\r\n", f"postmaster@{DOMAIN}")
    assert mail.state == "read"
    assert not Event.objects.exists()
