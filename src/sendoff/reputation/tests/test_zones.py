"""Which lists are asked, how, and what an answer means: listed, clean, or we do not know."""

import pytest

from sendoff.lib.errors import PlainError
from sendoff.reputation import zones
from sendoff.reputation.zones import State


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("192.0.2.99", "99.2.0.192.bl.test"),
        (
            "2001:db8:1:2:3:4:567:89ab",  # RFC 5782 2.4
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.test",
        ),
        ("shop.test", "shop.test.bl.test"),
    ],
)
def test_a_question_is_asked_as_rfc_5782_writes_it(subject, name):
    assert zones.question(subject, "bl.test") == name


@pytest.mark.parametrize(
    ("zone", "answers", "state", "said"),
    [
        ("spamhaus-zen", (), State.CLEAN, ""),
        ("spamhaus-zen", ("127.0.0.2", "127.0.0.9"), State.LISTED, "SBL: seen"),
        ("spamhaus-zen", ("127.255.255.254",), State.UNKNOWN, "refuses questions through public"),
        ("spamhaus-zen", ("127.0.0.2", "127.255.255.255"), State.UNKNOWN, "too many questions"),
        ("spamhaus-zen", ("127.0.0.77",), State.UNKNOWN, "means nothing that is known"),
        ("spamhaus-zen", ("203.0.113.80",), State.UNKNOWN, "given up or taken over"),
        ("spamhaus-dbl", ("127.0.1.255",), State.UNKNOWN, "an address instead of a domain"),
        ("uribl", ("127.0.0.1",), State.UNKNOWN, "URIBL refuses questions"),
        ("uribl", ("127.0.0.6",), State.LISTED, "black: seen in spam; grey"),
        ("surbl", ("127.0.0.1",), State.UNKNOWN, "SURBL refuses questions"),
        ("barracuda", ("127.0.0.1",), State.UNKNOWN, "an error and no listing"),
    ],
)
def test_errors_are_neither_listings_nor_clean(zone, answers, state, said):
    rule = zones.find(zone)
    assert rule
    verdict = rule.read(answers)
    assert verdict.state is state
    assert said in verdict.why


def test_every_list_says_its_terms_and_where_to_be_taken_out():
    for rule in zones.known():
        assert rule.terms, rule.id
        assert "198.51.100.7" in rule.delist_link("198.51.100.7"), rule.id


@pytest.mark.parametrize(
    ("setting", "ids"),
    [
        ("", set()),
        ("known", {rule.id for rule in zones.known()} - {"barracuda"}),
        ("known, barracuda, -psbl", {rule.id for rule in zones.known()} - {"psbl"}),
        ("spamcop", {"spamcop"}),
        ("bl.shop.example:ip", {"bl.shop.example"}),
    ],
)
def test_the_setting_chooses_the_lists(setting, ids):
    assert {rule.id for rule in zones.chosen(setting)} == ids


def test_a_list_of_ones_own_slows_only_where_that_is_said():
    (plain,) = zones.chosen("bl.shop.example:ip")
    (slow,) = zones.chosen("bl.shop.example:ip:slow")
    (names,) = zones.chosen("dbl.shop.example:domain")
    assert (plain.slow, slow.slow, names.slow) == (False, True, False)
    assert (plain.lists, names.lists) == (("ip4", "ip6"), ("domain",))
    assert plain.read(("127.0.0.5",)).state is State.LISTED
    assert plain.read(("127.0.0.1",)).state is State.UNKNOWN


@pytest.mark.parametrize(
    "word", ["knwon", "bl.shop.example", "bl.shop.example:mx", "-nothing", "§"]
)
def test_a_word_that_is_no_list_is_named(word):
    with pytest.raises(PlainError, match=r"SENDOFF_BLOCKLISTS: “.*” is none of known"):
        zones.chosen(f"known,{word}")
