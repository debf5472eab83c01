"""A sender of whom nothing ever comes back is told, until something does."""

from datetime import timedelta

import pytest

from house import ACCEPTED, House, settlement
from sendoff.accounts.models import User
from sendoff.campaigns.models import Campaign
from sendoff.feedback import public as feedback
from sendoff.feedback.loopchecks import answered
from sendoff.feedback.models import LoopCheck
from sendoff.insight import public as insight
from sendoff.lib import clock
from sendoff.outbox import public as outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(house: House) -> int:
    """Accepted, two days ago."""
    house.person("ben@post.test")
    campaign = house.launched()
    outbox.settle([settlement(campaign.id, 1, ACCEPTED)])
    long_ago(campaign.id)
    return campaign.id


def long_ago(campaign: int, days: float = 2) -> None:
    then = clock.now() - timedelta(days=days)
    Campaign.objects.filter(pk=campaign).update(launched_at=then)


def asked(house: House, minutes_ago: int = 0) -> LoopCheck:
    started = clock.now_ms() - minutes_ago * 60_000
    return LoopCheck.objects.create(
        workspace_id=house.workspace,
        to="x@y.test",
        server="ours",
        started_ms=started,
        accepted=True,
    )


def test_accepted_mail_of_which_nothing_came_back_in_a_day_is_said(house, sent):
    found = feedback.listening(house.workspace)
    assert (found.silent, found.accepted) == (True, 1)
    rules = [row["rule"] for row in insight.campaign_summary(sent)["attention"]]
    assert "nobody-listens" in rules


def test_a_day_has_to_pass_first(house, sent):
    long_ago(sent, days=0.5)
    assert not feedback.listening(house.workspace).silent


def test_an_answered_check_is_proof_enough(house, sent):
    check = asked(house)
    assert feedback.listening(house.workspace).silent
    answered(check.pk)
    assert not feedback.listening(house.workspace).silent
    assert feedback.check(check.pk).state == "back"


def test_a_check_that_does_not_come_back_in_ten_minutes_is_lost(house):
    assert feedback.check(asked(house, 9).pk).state == "waiting"
    assert feedback.check(asked(house, 11).pk).state == "lost"


def test_the_page_says_what_is_missing_and_a_bad_address_is_said(house, sent, client):
    client.force_login(User.objects.get(pk=house.user))
    page = client.get("/delivery/coming-back").content.decode()
    assert "nothing came back by mail in a day" in page
    assert "SENDOFF_INBOUND_LISTEN" in page
    assert "Check the way back" in client.get("/campaigns/").content.decode()
    answer = client.post("/delivery/coming-back/check", {"to": "no address"}, follow=True)
    assert "No check was sent yet" in answer.content.decode()
