"""The hot path joined to the rooms upstream: an unsubscribe reaches the contact, at once."""

import pytest

from sendoff.accounts import public as accounts
from sendoff.audience import public as audience
from sendoff.campaigns.models import Campaign
from sendoff.outbox.models import Message
from sendoff.tracking import hits, models, public, wiring
from sendoff.tracking.optout import OptOut, Wish

ANA = "ana@shop.test"


def opt_out(campaign: int, seq: int, at_ms: int = 1_700_000_000_000) -> hits.Hit:
    return hits.Hit(
        *(campaign, seq, hits.UNSUBSCRIBE, None),
        *(Wish.ONE_CLICK.value, at_ms, "Mailbox/1.0", "192.0.2.7", "POST"),
    )


@pytest.fixture
def workspace() -> int:
    return accounts.create_owner("owner@shop.test", None, "Shop").workspace_id


@pytest.fixture
def mailed_to_ana(workspace: int) -> Message:
    ana = audience.subscribe(audience.create_list(workspace, "Customers"), ANA, {})
    campaign = Campaign.objects.create(
        workspace_id=workspace, name="Spring", from_email="a@shop.test", subject="Hi", source="Hi"
    )
    return Message.objects.create(
        campaign=campaign,
        seq=1,
        workspace_id=workspace,
        contact_id=ana,
        domain="shop.test",
        state="accepted",
        stage="accepted",
        queued_ms=0,
    )


@pytest.mark.django_db(transaction=True)
def test_the_person_of_the_message_is_unsubscribed_with_evidence(workspace, mailed_to_ana):
    hit = opt_out(mailed_to_ana.campaign_id, 1)
    assert wiring.unsubscribe(hit) is OptOut.UNSUBSCRIBED
    assert audience.find_contact(workspace, ANA).status == "unsubscribed"
    (row,) = audience.suppressions(workspace)
    assert (row.email, row.reason) == (ANA, "unsubscribe")
    for told in ("RFC 8058", f"message {hit.campaign}.1", "2023-11-14T22:13:20", "192.0.2.7"):
        assert told in row.evidence


@pytest.mark.django_db(transaction=True)
def test_unsubscribing_is_counted_when_it_is_answered_and_once(mailed_to_ana):
    campaign = mailed_to_ana.campaign_id
    for _ in range(2):
        assert wiring.unsubscribe(opt_out(campaign, 1)) is OptOut.UNSUBSCRIBED
    seen = public.engagement(campaign)
    assert (seen.unsubscribed, seen.opened, seen.hits) == (1, 0, 2)


@pytest.mark.django_db(transaction=True)
def test_a_message_that_is_not_there_unsubscribes_nobody(mailed_to_ana):
    assert wiring.unsubscribe(opt_out(mailed_to_ana.campaign_id, 2)) is OptOut.GONE
    assert models.Hit.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_campaign_that_was_never_sent_or_is_gone_has_no_links(mailed_to_ana):
    assert wiring.targets_of(mailed_to_ana.campaign_id) == ()
    assert wiring.targets_of(999_999) == ()
