"""Which proof speaks of a message: the one of its time, its keys and its source. Pure."""

import pytest

from sendoff.proving import proofs

MIN = 60_000


def proof(from_min: int, until_min: int, **changed: object) -> proofs.Proved:
    values = {
        "domain": "shop.test",
        "selectors": ("s1",),
        "source_ip": "192.0.2.10",
        "spf": "pass",
        "dkim": "pass",
        "dmarc": "pass",
        "told": {},
        **changed,
    }
    return proofs.Proved(from_ms=from_min * MIN, until_ms=until_min * MIN, **values)


FIRST = proof(100, 120)
BROKEN = proof(120, 140, dkim="permerror")
KNOWN = (FIRST, BROKEN)


@pytest.mark.parametrize(
    ("minute", "found"),
    [
        (80, None),  # nobody asked near it
        (90, FIRST),  # just before Send the gate asked
        (100, FIRST),
        (119, FIRST),
        (120, BROKEN),
        (150, BROKEN),
        (160, None),
    ],
)
def test_the_last_proof_before_a_message_speaks_of_it_or_else_the_first_after(minute, found):
    assert proofs.nearest(KNOWN, ["s1"], "192.0.2.10", minute * MIN) == found


def test_another_key_or_another_source_proves_nothing():
    assert proofs.nearest(KNOWN, ["s2"], "192.0.2.10", 110 * MIN) is None
    assert proofs.nearest(KNOWN, ["s1", "s2"], "192.0.2.10", 110 * MIN) is None
    assert proofs.nearest(KNOWN, ["s1"], "192.0.2.99", 110 * MIN) is None


def test_a_relays_messages_are_proved_without_its_address():
    relay = proof(100, 120, source_ip="", spf="unknown")
    assert proofs.nearest([relay], ["s1"], "127.0.0.1", 110 * MIN) == relay
