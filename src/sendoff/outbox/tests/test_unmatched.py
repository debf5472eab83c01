"""Replies that no rule knows are counted by shape and day, from the books."""

from datetime import timedelta

import pytest

from house import furnish, settlement
from sendoff.lib import clock
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.outbox import public as outbox

pytestmark = pytest.mark.django_db

LONG_AGO_MS = 5 * 60_000


@pytest.fixture
def house():
    return furnish()


def refused(said: str, category: str = "unknown") -> Outcome:
    return Outcome(
        kind=Kind.REFUSED,
        stage="rcpt",
        fault=Fault.RECIPIENT_SYSTEM,
        category=category,
        code=int(said[:3]),
        reply=said,
    )


def send(house, *outcomes: Outcome, ago_ms: int = LONG_AGO_MS) -> None:
    """One campaign to as many people, one of them for each outcome."""
    for place, _ in enumerate(outcomes):
        house.person(f"p{place}@one.test")
    campaign = house.launched()
    settled = []
    for seq, outcome in enumerate(outcomes, 1):
        end = settlement(campaign.id, seq, outcome)
        end.ended_ms = clock.now_ms() - ago_ms
        settled.append(end)
    outbox.settle(settled)


def today() -> list[outbox.UnmatchedRow]:
    return outbox.unmatched(clock.now().date() - timedelta(days=1))


def test_replies_of_one_shape_are_one_row_with_a_sample_that_names_nobody(house):
    send(
        house,
        refused("550 zorp <ana@one.test> 17"),
        refused("550 zorp <ben@one.test> 4"),
        refused("554 quux"),
        refused("550 5.1.1 User unknown", "bad_mailbox"),
    )
    assert outbox.count_unmatched() == 3
    assert [(row.shape, row.count) for row in today()] == [
        ("550 zorp <{address}> {n}", 2),
        ("554 quux", 1),
    ]
    assert today()[0].sample in {"550 zorp <{address}> 17", "550 zorp <{address}> 4"}


def test_nothing_is_counted_twice_and_what_comes_later_is_added(house):
    send(house, refused("554 quux"))
    outbox.count_unmatched()
    assert outbox.count_unmatched() == 0
    send(house, refused("554 quux"), ago_ms=LONG_AGO_MS - 1_000)
    outbox.count_unmatched()
    assert [row.count for row in today()] == [2]


def test_what_ended_a_moment_ago_waits_until_everybody_has_settled(house):
    send(house, refused("554 quux"), ago_ms=0)
    assert outbox.count_unmatched() == 0
    assert today() == []


def test_only_the_days_asked_for_and_only_the_workspace_asked_for(house):
    send(house, refused("554 quux"), ago_ms=10 * 86_400_000)
    outbox.count_unmatched()
    assert today() == []
    since = clock.now().date() - timedelta(days=11)
    assert len(outbox.unmatched(since, house.workspace)) == 1
    assert outbox.unmatched(since, house.workspace + 1) == []
