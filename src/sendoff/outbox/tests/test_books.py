"""The books balance at every step, whatever happens and however often it is said."""

from dataclasses import replace

import pytest

from house import ACCEPTED, BUSY, furnish, settlement, states
from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.outbox import public as outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return furnish()


def balanced(campaign: int) -> outbox.Books:
    books = outbox.books(campaign)
    assert books.balanced
    assert outbox.proof(campaign) == []
    return books


def test_everybody_on_the_list_has_one_row_and_the_skipped_say_why(house):
    for name in ("ana", "ben", "cy"):
        house.person(f"{name}@one.test")
    house.person("gone@two.test")
    audience.suppress(house.workspace, "ben@one.test", "manual", "asked by phone")
    gone = audience.find_contact(house.workspace, "gone@two.test")
    audience.set_status(gone.id, "unsubscribed", "a letter")
    campaign = house.launched()
    books = balanced(campaign.id)
    assert (books.audience, books.waiting, books.skipped) == (4, 2, 2)
    reasons = {row.address: row.reason for row in outbox.messages(campaign.id, outbox.Filter())}
    assert "suppression list (manual)" in reasons["ben@one.test"]
    assert "unsubscribed" in reasons["gone@two.test"]


def test_rows_are_written_slice_by_slice_without_a_gap_or_a_double(house):
    names = [f"{name}@{domain}.test" for domain in "ba" for name in ("ana", "ben", "cy")]
    for name in names:
        house.person(name)
    audience.suppress(house.workspace, names[1], "manual", "asked by phone")
    draft = house.campaign()
    campaigns.launch(draft, "ana")
    complete = [outbox.plan(campaigns.get(draft), size=2) for _ in range(4)]
    assert complete == [False, False, False, True]
    assert outbox.plan(campaigns.get(draft), size=2)
    rows = outbox.messages(draft, outbox.Filter())
    assert [(row.seq, row.address) for row in rows] == list(enumerate(names, 1))
    assert balanced(draft).skipped == 1


def test_a_contact_in_two_lists_is_one_row(house):
    other = audience.create_list(house.workspace, "Friends")
    house.person("ana@one.test")
    audience.subscribe(other, "ana@one.test", {})
    audience.subscribe(other, "ben@one.test", {})
    campaign = house.launched(list_ids=(house.list, other))
    assert balanced(campaign.id).audience == 2


def test_before_the_rows_are_written_everybody_counts_as_waiting(house):
    house.person("ana@one.test")
    campaign = house.campaign()
    campaigns.launch(campaign, "ana")
    books = balanced(campaign)
    assert (books.planned, books.waiting, books.audience) == (0, 1, 1)


def test_who_joins_or_leaves_after_send_changes_nothing(house):
    ana = house.person("ana@one.test")
    campaign = house.campaign()
    campaigns.launch(campaign, "ana")
    house.person("late@one.test")
    audience.leave(house.list, ana)
    outbox.plan(campaigns.get(campaign))
    assert balanced(campaign).audience == 1
    assert list(states(campaign)) == ["ana@one.test"]


def test_a_contact_deleted_before_its_row_is_written_keeps_its_place_in_the_books(house):
    ana = house.person("ana@one.test")
    house.person("ben@one.test")
    campaign = house.campaign()
    campaigns.launch(campaign, "ana")
    audience.erase(ana, "asked")
    outbox.plan(campaigns.get(campaign))
    books = balanced(campaign)
    assert (books.audience, books.skipped, books.waiting) == (2, 1, 1)


def test_settling_moves_rows_and_counters_together(house):
    for name in ("ana", "ben", "cy"):
        house.person(f"{name}@one.test")
    campaign = house.launched()
    house.packed(campaign)
    lost = Outcome(kind=Kind.UNKNOWN, stage="data", fault=Fault.NETWORK, reply="cut")
    outbox.settle(
        [
            settlement(campaign.id, 1, ACCEPTED),
            settlement(campaign.id, 2, BUSY),
            settlement(campaign.id, 3, lost),
        ]
    )
    books = balanced(campaign.id)
    assert (books.accepted, books.waiting, books.unknown) == (1, 1, 1)


def test_settling_twice_changes_nothing(house):
    house.person("ana@one.test")
    campaign = house.launched()
    house.packed(campaign)
    once = settlement(campaign.id, 1, ACCEPTED)
    assert outbox.settle([once]) == 1
    assert outbox.settle([once, once]) == 0
    assert outbox.settle([settlement(campaign.id, 1, BUSY)]) == 0
    assert balanced(campaign.id).accepted == 1
    assert len(outbox.attempts(campaign.id, 1)) == 1


def test_a_settlement_survives_the_journal_unchanged(house):
    line = settlement(7, 3, BUSY).to_line()
    assert b"\n" not in line
    assert outbox.Settlement.from_line(line.decode()).to_line() == line


def test_a_reply_that_no_database_takes_is_kept_in_a_form_that_it_does(house):
    house.person("ana@one.test")
    campaign = house.launched()
    house.packed(campaign)
    odd = replace(BUSY, reply="451 4.7.1 \0 no such \ud800 here: é")
    outbox.settle([settlement(campaign.id, 1, odd)])
    (attempt,) = outbox.attempts(campaign.id, 1)
    assert attempt.reply == "451 4.7.1 \\0 no such \\ud800 here: é"
    assert outbox.Settlement.from_line(settlement(7, 3, odd).to_line().decode()).reply


def test_a_cancelled_campaign_skips_what_waits_and_keeps_what_was_accepted(house):
    for name in ("ana", "ben", "cy"):
        house.person(f"{name}@one.test")
    campaign = house.launched()
    house.packed(campaign)
    outbox.settle([settlement(campaign.id, 1, ACCEPTED)])
    campaigns.cancel(campaign.id, "ana", "wrong prices")
    while not outbox.skip_cancelled(campaigns.get(campaign.id)):
        pass
    books = balanced(campaign.id)
    assert (books.accepted, books.skipped, books.waiting) == (1, 2, 0)


def test_a_campaign_is_done_only_when_nothing_waits(house):
    house.person("ana@one.test")
    house.person("ben@one.test")
    campaign = house.launched()
    house.packed(campaign)
    outbox.settle([settlement(campaign.id, 1, ACCEPTED), settlement(campaign.id, 2, BUSY)])
    assert outbox.finish() == []
    outbox.settle([settlement(campaign.id, 2, ACCEPTED, n=2)])
    assert outbox.finish() == [campaign.id]
    assert campaigns.get(campaign.id).badge == "done"


def test_an_unknown_message_is_sent_again_only_when_a_person_says_so(house):
    house.person("ana@one.test")
    campaign = house.launched()
    house.packed(campaign)
    outbox.register("w", "here", 1)
    queue = outbox.queue_adapter()
    first = outbox.HandBack(parcel=queue.take("w", 1, 60)[0].parcel, worker="w")
    lost = Outcome(kind=Kind.UNKNOWN, stage="data", fault=Fault.NETWORK, reply="cut")
    outbox.settle([settlement(campaign.id, 1, lost)], parcels=[first])
    house.packed(campaign)
    assert queue.take("w", 1, 60) == []
    assert outbox.retry(campaign.id, outbox.Only.UNKNOWN, "ana").moved == 1
    assert balanced(campaign.id).waiting == 1
    house.packed(campaign)
    assert outbox.letters(queue.take("w", 1, 60)[0].parcel)[0].tried_unknown
