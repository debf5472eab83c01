"""What ended without being accepted is tried again only as a person decides, and once each."""

import pytest

from house import ACCEPTED, BUSY, TERMS, furnish, open_route, settlement, states
from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.mail.stages import Fault, Kind, Outcome, State
from sendoff.outbox import public as outbox
from sendoff.outbox.models import Message
from sendoff.senders import public as senders

pytestmark = pytest.mark.django_db

Only = outbox.Only
BLOCKED = Outcome(
    kind=Kind.REFUSED, stage="mail", fault=Fault.OUR_IP, category="ip_or_sender_blocked"
)
GONE = Outcome(kind=Kind.REFUSED, stage="rcpt", fault=Fault.RECIPIENT, category="bad_mailbox")
CUT = Outcome(kind=Kind.UNKNOWN, stage="data", fault=Fault.NETWORK, reply="cut")
ANA, BEN, CY, DI = "ana@one.test", "ben@one.test", "cy@one.test", "di@one.test"
LONG_AGO = 30 * 24 * 3_600_000


@pytest.fixture
def house():
    house = furnish()
    for address in (ANA, BEN, CY, DI):
        house.person(address)
    return house


@pytest.fixture
def done(house):
    """A campaign that is Done: Ana was blocked, Ben given up, Cy cut after the dot, Di accepted."""
    campaign = house.launched()
    house.packed(campaign)
    outbox.settle(
        [
            settlement(campaign.id, 1, BLOCKED),
            expired(campaign.id, 2),
            settlement(campaign.id, 3, CUT),
            settlement(campaign.id, 4, ACCEPTED),
        ]
    )
    assert outbox.finish() == [campaign.id]
    return campaign.id


def expired(campaign: int, seq: int) -> outbox.Settlement:
    """Put off once more, a month after the first try."""
    now = clock.now_ms()
    began = now - LONG_AGO
    decision = outbox.decide(BUSY, TERMS, attempt=1, first_ms=began, now_ms=now)
    attempt = outbox.Attempted(campaign_id=campaign, seq=seq, n=1, started_ms=began, dated_ms=began)
    return outbox.settlement(BUSY, decision, attempt)


def balanced(campaign: int) -> outbox.Books:
    books = outbox.books(campaign)
    assert books.balanced
    assert outbox.proof(campaign) == []
    return books


def waiting(campaign: int) -> set[str]:
    return {who for who, state in states(campaign).items() if state is State.WAITING}


@pytest.mark.parametrize(
    ("only", "who"),
    [(Only.REFUSED, {ANA, BEN}), (Only.EXPIRED, {BEN}), (Only.UNKNOWN, {CY})],
)
def test_only_those_that_were_asked_for_wait_again_and_the_books_balance(done, only, who):
    assert outbox.retry(done, only, "ana") == outbox.Retried(moved=len(who), left_out=0)
    assert waiting(done) == who
    assert balanced(done).waiting == len(who)


def test_a_campaign_that_was_done_goes_on_and_is_done_once_more(house, done):
    outbox.retry(done, Only.EXPIRED, "ana@shop.test")
    assert campaigns.get(done).badge == "sending"
    assert campaigns.badges_of(done)[-1].why == "ana@shop.test had 1 tried again (expired)."
    house.packed(campaigns.get(done))
    outbox.settle([settlement(done, 2, ACCEPTED, n=2)])
    assert outbox.finish() == [done]
    assert balanced(done).accepted == 2


def test_message_id_date_and_tries_so_far_stay_and_the_time_to_live_starts_anew(house, done):
    before = outbox.message(done, 2)
    dated = Message.objects.get(campaign_id=done, seq=2).dated_ms
    outbox.retry(done, Only.EXPIRED, "ana")
    after = outbox.message(done, 2)
    assert (after.message_id, after.attempts) == (before.message_id, 1)
    house.packed(campaigns.get(done))
    (claimed,) = outbox.letters(outbox.message(done, 2).parcel_id)
    assert claimed.first_ms == dated
    now = clock.now_ms()
    assert now - 60_000 < claimed.term_ms <= now
    again = outbox.decide(BUSY, TERMS, attempt=2, first_ms=claimed.term_ms, now_ms=now)
    assert again.state is State.WAITING


def test_a_domain_that_gives_no_answer_gets_the_new_time_too(house, done):
    outbox.retry(done, Only.EXPIRED, "ana")
    silent = Outcome(kind=Kind.DEFERRED, stage="dns", fault=Fault.NETWORK, category="remote_system")
    route = open_route("one.test")
    outbox.save_routes(
        [
            outbox.RouteFound(
                domain=route.domain,
                provider=route.provider,
                hosts=(),
                outcome=silent,
                evidence=(),
                resolved_ms=route.resolved_ms,
                expires_ms=route.expires_ms,
            )
        ]
    )
    ways = senders.ways(house.server.id)
    outbox.pack(done, ways, outbox.look(done, ways), TERMS)
    assert outbox.message(done, 2).state == "waiting"
    assert outbox.message(done, 2).attempts == 2


def test_who_is_suppressed_opted_out_or_deleted_since_stays_as_it_was(house):
    campaign = house.launched()
    house.packed(campaign)
    outbox.settle([settlement(campaign.id, seq, CUT) for seq in (1, 2, 3, 4)])
    audience.suppress(house.workspace, ANA, "manual", "asked by phone")
    audience.set_status(audience.find_contact(house.workspace, BEN).id, "unsubscribed", "a letter")
    audience.erase(audience.find_contact(house.workspace, CY).id, "asked")
    done = outbox.retry(campaign.id, Only.UNKNOWN, "ana")
    assert done == outbox.Retried(moved=1, left_out=3)
    assert waiting(campaign.id) == {DI}
    assert balanced(campaign.id).unknown == 3


def test_a_dry_run_says_the_same_and_changes_nothing(done):
    before = (balanced(done), states(done), campaigns.badges_of(done))
    said = outbox.retry(done, Only.REFUSED, "ana", dry_run=True)
    books, *rest = (balanced(done), states(done), campaigns.badges_of(done))
    assert rest == list(before[1:])
    assert (books.refused, books.waiting) == (before[0].refused, before[0].waiting)
    assert outbox.decisions(done) == []
    assert outbox.retry(done, Only.REFUSED, "ana") == said


def test_twice_moves_nothing_more(done):
    outbox.retry(done, Only.REFUSED, "ana")
    assert outbox.retry(done, Only.REFUSED, "ana").moved == 0
    assert len(outbox.decisions(done)) == 1


def test_only_those_that_stopped_alike_are_moved_where_that_is_asked(house):
    campaign = house.launched()
    house.packed(campaign)
    outbox.settle(
        [
            settlement(campaign.id, 1, BLOCKED),
            settlement(campaign.id, 2, GONE),
            settlement(campaign.id, 3, BLOCKED),
        ]
    )
    among = outbox.Among(fault="our_ip", category="ip_or_sender_blocked", stages=("mail",))
    assert outbox.retry(campaign.id, Only.REFUSED, "ana", among).moved == 2
    assert waiting(campaign.id) == {ANA, CY, DI}
    elsewhere = outbox.Among(stages=("connect", "data"))
    assert outbox.retry(campaign.id, Only.REFUSED, "ana", elsewhere).moved == 0


def test_it_is_kept_who_decided_what_and_when(done):
    outbox.retry(done, Only.UNKNOWN, "ana@shop.test")
    outbox.retry(done, Only.REFUSED, "ben@shop.test")
    first, second = outbox.decisions(done)
    assert (first.choice, first.messages, first.by) == ("unknown", 1, "ana@shop.test")
    assert (second.choice, second.messages, second.by) == ("refused", 2, "ben@shop.test")
    assert second.at_ms == outbox.message(done, 1).queued_ms


def test_trying_the_refused_again_does_not_undo_leaving_the_unknown(done):
    outbox.leave(done, "ana")
    outbox.retry(done, Only.REFUSED, "ana")
    assert outbox.left(done) == 1


def test_a_draft_and_a_cancelled_campaign_are_not_tried_again(house, done):
    with pytest.raises(outbox.RetryError, match="was not sent yet"):
        outbox.retry(house.campaign(), Only.REFUSED, "ana")
    second = house.launched(name="Summer sale")
    campaigns.cancel(second.id, "ana", "wrong price")
    with pytest.raises(outbox.RetryError, match="was cancelled, for good"):
        outbox.retry(second.id, Only.REFUSED, "ana")


def test_while_paused_they_wait_and_the_pause_stays(house):
    campaign = house.launched()
    house.packed(campaign)
    outbox.settle([settlement(campaign.id, 1, BLOCKED)])
    campaigns.pause(campaign.id, "ana", "")
    assert outbox.retry(campaign.id, Only.REFUSED, "ana").moved == 1
    assert campaigns.get(campaign.id).badge == "paused"
