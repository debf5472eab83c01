"""What a receiver finds in a message, and what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from recipients import checks, personality, zone
from recipients.tests.conftest import make_key

Letter = Callable[..., bytes]


@pytest.fixture
def names(key: Any) -> zone.Zone:
    names = zone.Zone(personality.load())
    texts = {
        "shop.test": "v=spf1 ip4:127.0.0.1 -all",
        "bounce.shop.test": "v=spf1 include:shop.test -all",
        "s1._domainkey.shop.test": key.record,
        "_dmarc.shop.test": "v=DMARC1; p=reject",
        "elsewhere.test": "v=spf1 ip4:203.0.113.9 -all",
    }
    names.enter([zone.Record(name=n, type="TXT", value=v) for n, v in texts.items()])
    return names


def judge(names: zone.Zone, content: bytes, sender: str = "b@shop.test") -> checks.Verdict:
    arrival = checks.Arrival(peer="127.0.0.1", helo="out.shop.test", sender=sender, content=content)
    return checks.judge(arrival, names)


def test_a_message_in_order_passes_all_three(names: zone.Zone, letter: Letter) -> None:
    verdict = judge(names, letter(1), "b@bounce.shop.test")
    assert (verdict.spf, verdict.dkim, verdict.dmarc, verdict.refusal) == (
        "pass",
        "pass",
        "pass",
        "",
    )
    assert verdict.header.startswith("spf=pass; dkim=pass; dmarc=pass; SPF: bounce.shop.test")


def test_a_wrong_key_is_refused_even_when_spf_saves_dmarc(names: zone.Zone, letter: Letter) -> None:
    verdict = judge(names, letter(1, signed_by=make_key()))
    assert (verdict.spf, verdict.dkim, verdict.dmarc) == ("pass", "fail", "pass")
    assert verdict.refusal.startswith("550 5.7.20")


def test_a_key_that_is_not_published_is_refused(names: zone.Zone, letter: Letter) -> None:
    names.withdraw([zone.Record(name="s1._domainkey.shop.test", type="TXT", value="")])
    verdict = judge(names, letter(1))
    assert verdict.dkim == "fail"
    assert verdict.refusal.startswith("550 5.7.20")


def test_a_changed_body_is_refused(names: zone.Zone, letter: Letter) -> None:
    verdict = judge(names, letter(1).replace(b"Line 3 ", b"Line 4 "))
    assert verdict.dkim == "fail"
    assert verdict.refusal


def test_spf_all_without_our_address_is_refused(names: zone.Zone, letter: Letter) -> None:
    verdict = judge(names, letter(1), "b@elsewhere.test")
    assert (verdict.spf, verdict.dkim, verdict.dmarc) == ("fail", "pass", "pass")
    assert verdict.refusal.startswith("550 5.7.23")


def test_a_from_of_the_neighbour_is_refused_though_spf_and_dkim_pass(
    names: zone.Zone, letter: Letter
) -> None:
    verdict = judge(names, letter(1, sender="boss@neighbour.test"))
    assert (verdict.spf, verdict.dkim, verdict.dmarc) == ("pass", "pass", "fail")
    assert verdict.refusal.startswith("550 5.7.26")


def test_the_policy_of_the_organisation_holds_for_its_subdomains(
    names: zone.Zone, letter: Letter
) -> None:
    verdict = judge(names, letter(1, sender="news@mail.shop.test"))
    assert verdict.dmarc == "pass", "relaxed alignment: shop.test and mail.shop.test are one"
    forged = letter(1, sender="x@deep.neighbour.test")
    assert judge(names, forged).refusal.startswith("550 5.7.26")


def test_a_message_without_signature_is_taken_when_spf_aligns(
    names: zone.Zone, letter: Letter
) -> None:
    verdict = judge(names, letter(1, signed_by=None))
    assert (verdict.dkim, verdict.dmarc, verdict.refusal) == ("none", "pass", "")


@pytest.mark.parametrize(
    "head", [b"Subject: x", b"From: a@a.test\r\nFrom: b@b.test", b"From: none"]
)
def test_a_message_without_exactly_one_author_is_refused(names: zone.Zone, head: bytes) -> None:
    assert judge(names, head + b"\r\n\r\nHello\r\n").refusal.startswith("550 5.6.0")


def test_the_verdict_is_one_line_of_ascii() -> None:
    verdict = checks.Verdict(reasons=("zoë\r\nX-Evil: 1",))
    assert verdict.header.isascii()
    assert verdict.header.isprintable()
