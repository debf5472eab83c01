"""Addresses of one's own or shared ones: by the sender's volume, cadence and list."""

import pytest

from sendoff.senders import public as senders


def volume(a_month: int, days_a_week: float = 3.0, bounced: float = 0.1) -> senders.Volume:
    days = 70
    sent = a_month * days // 30
    return senders.Volume(
        days=days,
        sent=sent,
        days_with_sending=round(days_a_week * days / 7),
        bounced=round(sent * bounced / 100),
    )


@pytest.mark.parametrize(
    ("seen", "advice", "rule"),
    [
        (volume(0), "shared", "little"),
        (volume(49_000), "shared", "little"),
        (volume(100_000), "dedicated", "some-and-clean"),
        (volume(100_000, bounced=2.5), "shared", "some-but-bounces"),
        (volume(100_000, days_a_week=0.5), "shared", "irregular"),
        (volume(900_000), "dedicated", "much"),
    ],
)
def test_the_advice_names_its_rule_and_numbers(seen, advice, rule):
    given = senders.advise(seen)
    assert (given.advice, given.rule) == (advice, rule)
    assert given.a_month == seen.a_month
    assert given.why


def test_a_sender_without_any_mail_yet_is_told_to_share():
    assert (
        senders.advise(senders.Volume(days=0, sent=0, days_with_sending=0, bounced=0)).advice
        == "shared"
    )


def test_one_address_more_for_every_million_a_day():
    assert senders.advise(volume(900_000)).addresses == 1
    assert senders.advise(volume(30_000_000, days_a_week=3)).addresses == 3
