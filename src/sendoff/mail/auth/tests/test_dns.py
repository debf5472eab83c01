"""A written zone and a real name server answer the evaluators in the same way."""

import asyncio
from typing import Any

import pytest

from sendoff.mail.auth import names
from sendoff.mail.auth.live import Live
from sendoff.mail.auth.names import Answer, Status
from sendoff.mail.auth.zone import Zone, ZoneError
from sendoff.smtp.tests.nameserver import serving


def asked(written: Any, name: str, kind: str) -> Answer:
    return asyncio.run(Zone(written).ask(name, kind))


WRITTEN = {
    "Shop.test.": [
        {"type": "txt", "value": ["one", " text"]},
        {"type": "TXT", "value": []},
        {"type": "MX", "value": [20, "mx2.test"]},
        {"type": "MX", "value": [10, "mx1.test"]},
        {"type": "A", "value": "192.0.2.1"},
    ],
    "slow.test": [{"type": "TXT", "value": "here"}, {"type": "*", "value": "TIMEOUT"}],
    "alias.test": [{"type": "CNAME", "value": "shop.test."}],
    "circle.test": [{"type": "CNAME", "value": "circle.test"}],
    "gone.test": [{"type": "A", "value": "NXDOMAIN"}, {"type": "MX", "value": "NODATA"}],
}


@pytest.mark.parametrize(
    ("name", "kind", "status", "values"),
    [
        ("shop.test", "TXT", Status.FOUND, ("one text", "")),
        ("SHOP.test.", "MX", Status.FOUND, ("mx1.test", "mx2.test")),
        ("alias.test", "A", Status.FOUND, ("192.0.2.1",)),
        ("shop.test", "AAAA", Status.NODATA, ()),
        ("none.test", "A", Status.NXDOMAIN, ()),
        ("slow.test", "TXT", Status.FOUND, ("here",)),
        ("slow.test", "A", Status.FAILED, ()),
        ("circle.test", "A", Status.FAILED, ()),
        ("gone.test", "A", Status.NXDOMAIN, ()),
        ("gone.test", "MX", Status.NODATA, ()),
    ],
)
def test_a_zone_answers_what_is_written(name, kind, status, values):
    answer = asked(WRITTEN, name, kind)
    assert (answer.status, answer.values) == (status, values)


@pytest.mark.parametrize(
    "written", [[], "x", None, {"a": {}}, {"a": ["x"]}, {"a": [{"type": "A"}]}]
)
def test_what_is_no_zone_is_said(written):
    with pytest.raises(ZoneError, match=r"\.$"):
        Zone(written)


async def test_real_dns_answers_in_the_same_words():
    zone = {
        "shop.test": {
            "TXT": ['"one" " text"', '"caf\\233"'],
            "MX": ["20 mx2.test.", "10 mx1.test."],
            "A": ["192.0.2.1"],
        },
        "1.2.0.192.in-addr.arpa": {"PTR": ["out.shop.test."]},
        "bad.test": {"RCODE": ["SERVFAIL"]},
    }
    async with serving(zone) as server:
        live = Live(server.address, patience_s=5)
        texts = await live.ask("shop.test", "TXT")
        assert set(texts.values) == {"one text", "caf\xe9"}
        assert (await live.ask("shop.test", "MX")).values == ("mx1.test", "mx2.test")
        assert (await live.ask("shop.test", "A")).values == ("192.0.2.1",)
        assert (await live.ask("1.2.0.192.in-addr.arpa", "PTR")).values == ("out.shop.test",)
        assert (await live.ask("shop.test", "AAAA")).status is Status.NODATA
        assert (await live.ask("none.test", "A")).status is Status.NXDOMAIN
        assert (await live.ask("bad.test", "A")).status is Status.FAILED
        assert (await live.ask("a" * 70 + ".test", "A")).status is Status.NXDOMAIN
        assert (await live.ask(".".join(["abc"] * 90), "A")).status is Status.NXDOMAIN


async def test_a_name_server_that_says_nothing_fails_for_now():
    async with serving({"shop.test": {"SILENT": []}}) as server:
        answer = await Live(server.address, patience_s=0.2).ask("shop.test", "A")
        assert answer.status is Status.FAILED
        assert answer.said == "no answer in time"


def test_names_are_compared_in_one_form():
    assert names.normal("  Shop.TEST. ") == "shop.test"
    assert names.normal("bücher.test") == "xn--bcher-kva.test"
    assert names.normal("\u202ex.test") == ""
    assert names.within("a.shop.test", "shop.test")
    assert not names.within("ashop.test", "shop.test")
    assert names.can_exist("_dmarc.shop.test")
    assert not any(map(names.can_exist, ("", "a..b", "a" * 64, "a b", ".a", "a.b" * 99)))
