"""What the behaviours decide, without any network."""

import pytest

from recipients import behaviour
from recipients.behaviour import Seen


def test_greylisting_puts_off_each_recipient_until_its_time() -> None:
    grey = behaviour.make({"kind": "greylists", "seconds": 3})
    assert grey("rcpt", Seen(at=100, recipient="ana@a.test")) is not None
    assert grey("rcpt", Seen(at=102, recipient="ana@a.test")) is not None
    assert grey("rcpt", Seen(at=103, recipient="ana@a.test")) is None
    assert grey("rcpt", Seen(at=103, recipient="ben@a.test")) is not None


def test_a_storm_strikes_in_its_order_and_then_is_over() -> None:
    storm = behaviour.make({"kind": "storms", "failures": ["rcpt 451 a", "end 451 b"]})
    assert storm("end", Seen(at=0, recipient="ana@a.test")) is None
    assert storm("rcpt", Seen(at=0, recipient="ana@a.test")) == "451 a"
    assert storm("end", Seen(at=0, recipient="ana@a.test")) is None, "not twice the same person"
    assert storm("end", Seen(at=0, recipient="ben@a.test")) == "451 b"
    assert storm("end", Seen(at=0, recipient="cy@a.test")) is None


def test_a_ration_counts_the_messages_of_one_connection() -> None:
    ration = behaviour.make({"kind": "rations", "each": 2})
    answers = [ration("mail", Seen(at=0, messages=n)) for n in (0, 1, 2)]
    assert answers[:2] == [None, None]
    assert str(answers[2]).startswith("421 4.7.0")


@pytest.mark.parametrize("settings", [{"kind": "sings"}, {"kind": "replies", "hello": "550 no"}])
def test_a_behaviour_that_does_not_exist_is_named(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="sings|hello"):
        behaviour.make(settings)
