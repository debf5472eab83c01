"""The name server and the registrar: each kind of answer, told apart."""

import json
import socket
import urllib.error
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from recipients import personality, zone

SHORT = {"use_edns": False}


def ask(world: Any, name: str, kind: str, **more: Any) -> dns.message.Message:
    query = dns.message.make_query(name, kind, **more)
    return dns.query.udp(query, world.dns[0], port=world.dns[1], timeout=5)


def texts(reply: dns.message.Message) -> list[str]:
    return [rdata.to_text() for rrset in reply.answer for rdata in rrset]


@pytest.mark.parametrize(
    ("name", "kind", "rcode", "answer"),
    [
        ("gmall.test", "MX", "NOERROR", ["20 mx1.gmall.test."]),
        ("mx1.gmall.test", "A", "NOERROR", ["127.77.0.1"]),
        ("GMALL.test", "NS", "NOERROR", ["ns1.recipients.test."]),
        ("twoposts.test", "MX", "NOERROR", ["10 mx1.twoposts.test.", "20 mx2.twoposts.test."]),
        ("nomail.test", "MX", "NOERROR", ["0 ."]),
        ("addressonly.test", "MX", "NOERROR", []),
        ("addressonly.test", "A", "NOERROR", ["127.77.0.22"]),
        ("mx1.gmall.test", "AAAA", "NOERROR", []),
        ("_domainkey.shop.test", "TXT", "NOERROR", []),  # between two names that exist: RFC 8020
        ("1.0.77.127.in-addr.arpa", "PTR", "NOERROR", ["mx1.gmall.test."]),
        ("1.0.0.127.in-addr.arpa", "PTR", "NOERROR", ["out.shop.test."]),
        ("shop.test", "MX", "NOERROR", ["10 mail.shop.test."]),
        ("nosuch.test", "MX", "NXDOMAIN", []),
        ("brokenns.test", "MX", "SERVFAIL", []),
        ("mx1.brokenns.test", "A", "SERVFAIL", []),
        ("example.com", "A", "REFUSED", []),
    ],
)
def test_each_kind_of_question_gets_its_own_answer(
    world: Any, name: str, kind: str, rcode: str, answer: list[str]
) -> None:
    reply = ask(world, name, kind)
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert sorted(texts(reply)) == answer


def test_no_data_and_no_such_name_carry_the_soa_for_negative_caching(world: Any) -> None:
    for name in ("nosuch.test", "addressonly.test"):
        reply = ask(world, name, "MX")
        assert [rrset.rdtype.name for rrset in reply.authority] == ["SOA"]
        assert reply.flags & dns.flags.AA


def test_a_long_text_record_is_cut_over_udp_and_whole_over_tcp(world: Any, key: Any) -> None:
    world.ask("/records", "PUT", [{"name": "long.test", "type": "TXT", "value": "x" * 900}])
    cut = ask(world, "long.test", "TXT", **SHORT)
    assert cut.flags & dns.flags.TC
    query = dns.message.make_query("long.test", "TXT")
    whole = dns.query.tcp(query, world.dns[0], port=world.dns[1], timeout=5)
    assert b"".join(whole.answer[0][0].strings) == b"x" * 900


def test_a_cname_is_followed_inside_the_zone(world: Any, key: Any) -> None:
    alias = {"name": "s9._domainkey.shop.test", "type": "CNAME", "value": "s1._domainkey.shop.test"}
    world.ask("/records", "PUT", [alias])
    reply = ask(world, "s9._domainkey.shop.test", "TXT", payload=4096)
    assert [rrset.rdtype.name for rrset in reply.answer] == ["CNAME", "TXT"]
    assert b"".join(reply.answer[1][0].strings).decode() == key.record


def test_what_is_no_question_gets_no_answer_and_hurts_nobody(world: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"\x00\x01 this is no DNS", world.dns)
    assert texts(ask(world, "mx1.gmall.test", "A")) == ["127.77.0.1"]


def test_an_owner_enters_corrects_and_withdraws_records(world: Any) -> None:
    first = [{"name": "Ben.test", "type": "a", "value": "127.0.0.9"}]
    world.ask("/records", "PUT", first)
    assert texts(ask(world, "ben.test", "A")) == ["127.0.0.9"]
    world.ask("/records", "PUT", [{**first[0], "value": "127.0.0.8"}])
    assert texts(ask(world, "ben.test", "A")) == ["127.0.0.8"], "a corrected record replaces"
    assert {"name": "ben.test", "type": "A", "value": "127.0.0.8"} in json.loads(
        world.ask("/records")
    )
    world.ask("/records", "DELETE", [{"name": "ben.test", "type": "A"}])
    assert dns.rcode.to_text(ask(world, "ben.test", "A").rcode()) == "NXDOMAIN"


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"name": "cy.test", "type": "MX", "value": "mail first"}, "cy.test MX"),
        ({"name": "cy.example", "type": "A", "value": "127.0.0.1"}, "cy.example"),
        ({"name": "cy.test", "type": "SPF", "value": "v=spf1"}, "SPF"),
        ({"name": "cy.test"}, "JSON list"),
    ],
)
def test_a_record_that_cannot_be_is_refused_with_its_place(
    world: Any, record: dict[str, str], named: str
) -> None:
    good = {"name": "cy-good.test", "type": "A", "value": "127.0.0.1"}
    with pytest.raises(urllib.error.HTTPError) as refused:
        world.ask("/records", "PUT", [good, record])
    assert refused.value.code == 400
    assert named in json.loads(refused.value.read())["error"]
    refused.value.close()
    assert dns.rcode.to_text(ask(world, "cy-good.test", "A").rcode()) == "NXDOMAIN"


def test_a_pasted_text_record_means_the_same_with_and_without_quotes() -> None:
    names = zone.Zone(personality.load())
    names.enter([zone.Record(name="a.test", type="TXT", value='"v=spf1 " "-all"')])
    assert names.texts("a.test") == ("v=spf1 -all",)
