"""What a person said outlives what a mailbox does."""

import pytest

from sendoff.audience import status
from sendoff.audience.models import Reason, Status


@pytest.mark.parametrize(
    ("present", "wanted", "then"),
    [
        ("subscribed", "bounced", "bounced"),
        ("bounced", "unsubscribed", "unsubscribed"),
        ("unsubscribed", "complained", "complained"),
        ("unsubscribed", "bounced", "unsubscribed"),
        ("complained", "unsubscribed", "complained"),
        ("unsubscribed", "subscribed", "subscribed"),
        ("unconfirmed", "subscribed", "subscribed"),
    ],
)
def test_the_stronger_word_holds_and_a_decision_is_followed(present, wanted, then):
    assert status.after(Status(present), Status(wanted)) == then


def test_a_weaker_reason_does_not_replace_a_stronger_one():
    order = [Reason.MANUAL, Reason.BOUNCE, Reason.UNSUBSCRIBE, Reason.COMPLAINT]
    for n, present in enumerate(order):
        assert [status.strongest([present, new]) for new in order] == [
            order[max(m, n)] for m in range(4)
        ]
