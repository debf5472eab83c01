"""The log of attempts: newest first, by every filter, page by page without a gap."""

import pytest
from django.db import connection

from house import ACCEPTED, BUSY, furnish, settlement
from sendoff.audience import public as audience
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.outbox import public as outbox
from sendoff.outbox import sql

pytestmark = pytest.mark.django_db


def refused(reply: str, enhanced: str, category: str, fault: Fault) -> Outcome:
    return Outcome(
        kind=Kind.REFUSED,
        stage="rcpt",
        code=int(reply[:3]),
        enhanced=enhanced,
        reply=reply,
        category=category,
        fault=fault,
    )


NOBODY = refused("550 5.1.1 no such user", "5.1.1", "bad_mailbox", Fault.RECIPIENT)
BLOCKED = refused("554 5.7.1 blocked", "5.7.1", "ip_or_sender_blocked", Fault.OUR_IP)
LONG_CODE = refused("550 5.7.26 no DMARC", "5.7.26", "auth_failure", Fault.OUR_DOMAIN)
BARE = refused("553 go away", "", "content_or_policy", Fault.OUR_CONTENT)
SAID = {
    "ana@one.test": ACCEPTED,
    "ben@one.test": NOBODY,
    "cy@two.test": BLOCKED,
    "di@two.test": LONG_CODE,
    "eve@two.test": BARE,
    "flo@two.test": BUSY,
}


@pytest.fixture
def house():
    return furnish()


@pytest.fixture
def sent(house) -> int:
    for address in SAID:
        house.person(address)
    campaign = house.launched()
    house.packed(campaign)
    rows = outbox.messages(campaign.id, outbox.Filter())
    outbox.settle([settlement(campaign.id, row.seq, SAID[row.address]) for row in rows])
    return campaign.id


def who(house, before=None, limit: int = 100, **wanted) -> list[str]:
    found = outbox.attempts_logged(house.workspace, outbox.LogFilter(**wanted), before, limit)
    return sorted(row.address.partition("@")[0] for row in found)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["ana", "ben", "cy", "di", "eve", "flo"]),
        ({"status": "5"}, ["ben", "cy", "di", "eve"]),
        ({"status": "5.7"}, ["cy", "di"]),
        ({"status": "5.7.1"}, ["cy"]),
        ({"status": "5.7.2"}, []),
        ({"status": "550"}, ["ben", "di"]),
        ({"status": "4"}, ["flo"]),
        ({"status": "2"}, ["ana"]),
        ({"status": "%"}, []),
        ({"category": "bad_mailbox"}, ["ben"]),
        ({"fault": "our_ip"}, ["cy"]),
        ({"outcome": "deferred"}, ["flo"]),
        ({"outcome": "accepted"}, ["ana"]),
        ({"provider": "one.test"}, ["ana", "ben"]),
        ({"provider": "two.test", "status": "5.7"}, ["cy", "di"]),
        ({"until_ms": 1_000}, []),
        ({"since_ms": 2**61}, []),
    ],
)
def test_each_filter_finds_what_it_says(house, sent, wanted, expected):
    assert who(house, **wanted) == expected


def test_campaigns_lists_and_workspaces_are_kept_apart(house, sent):
    assert len(who(house, campaign=sent)) == 6
    assert who(house, campaign=sent + 1) == []
    friends = audience.create_list(house.workspace, "Friends")
    audience.subscribe(friends, "cy@two.test", {})
    assert who(house, list=friends) == ["cy"]
    assert outbox.attempts_logged(house.workspace + 1, outbox.LogFilter()) == []


def test_pages_follow_each_other_without_a_gap(house, sent):
    every = outbox.attempts_logged(house.workspace, outbox.LogFilter())
    assert [row.place for row in every] == sorted((row.place for row in every), reverse=True)
    pages, before = [], None
    while page := outbox.attempts_logged(house.workspace, outbox.LogFilter(), before, 2):
        pages += page
        before = page[-1].place
    assert pages == every


def test_an_erased_person_leaves_the_attempt_behind(house, sent):
    contact = audience.find_contact(house.workspace, "ben@one.test")
    audience.erase(contact.id, "asked for it")
    (row,) = outbox.attempts_logged(house.workspace, outbox.LogFilter(category="bad_mailbox"))
    assert (row.address, row.reply) == ("", "550 5.1.1 no such user")


def test_the_log_is_read_by_its_indexes():
    if connection.vendor != "sqlite":
        return  # PostgreSQL chooses by what the tables are like
    words = dict.fromkeys(("outcome", "category", "fault", "status", "provider", "dotted"), "")
    numbers = (
        "since at campaign_at seq_at n_at length code_from code_to campaign workspace list limit"
    )
    values = words | dict.fromkeys(numbers.split(), 1)
    for name, index in (
        ("log_attempts", "attempts_by_time"),
        ("log_troubles", "attempts_in_trouble"),
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql.QUERIES[name]}", values)
            assert index in str(cursor.fetchall())
