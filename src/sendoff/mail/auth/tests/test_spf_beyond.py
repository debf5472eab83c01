"""SPF as receivers meet it beyond the suite of RFC 7208: real senders, limits, other alphabets."""

import asyncio
from typing import Any

import pytest

from sendoff.mail.auth import spf
from sendoff.mail.auth.zone import Zone


def txt(text: str | list[str]) -> list[dict[str, Any]]:
    return [{"type": "TXT", "value": text}]


def checked(zone: dict[str, Any], ip: str = "192.0.2.1", sender: str = "ana@shop.test",
            helo: str = "out.shop.test") -> spf.Verdict:  # fmt: skip
    return asyncio.run(spf.check(ip, sender, helo, Zone(zone)))


@pytest.mark.parametrize(
    ("record", "ip", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.1", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "198.51.100.1", "fail"),
        ("v=spf1 ip4:192.0.2.0/24 ~all", "198.51.100.1", "softfail"),
        ("v=spf1 ip4:192.0.2.0/24 ?all", "198.51.100.1", "neutral"),
        ("v=spf1 ip4:192.0.2.0/24", "198.51.100.1", "neutral"),
        ("V=SPF1 IP4:192.0.2.1 -ALL", "192.0.2.1", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:DB8::1", "pass"),
        ("v=spf1 ip4:192.0.2.1 -all", "::ffff:192.0.2.1", "pass"),
        ("v=spf1 ip4:192.0.2.1 -all", "[IPv6:2001:db8::1]", "fail"),
        ("v=spf1 ip4:192.0.2.1/33 -all", "192.0.2.1", "permerror"),
        ("v=spf1 ipv4:192.0.2.1 -all", "192.0.2.1", "permerror"),
        ("v=spf1 ip4: 192.0.2.1 -all", "192.0.2.1", "permerror"),
        ("v=spf1 include:shop.test -all", "192.0.2.1", "permerror"),
        ("v=spf1 redirect=shop.test", "192.0.2.1", "permerror"),
        ("v=spf1 exists:%{i}.list.test -all", "192.0.2.1", "pass"),
        ("v=spf1 exists:%{ir}.%{v}.%{l1r-}.%{d2}.list.test -all", "192.0.2.1", "fail"),
        ("v=spf1 exists:%{x}.list.test -all", "192.0.2.1", "permerror"),
        ("v=spf1 a:%{h} -all", "192.0.2.1", "fail"),
        ("v=spf10 +all", "192.0.2.1", "none"),
        ("v=spf1+all", "192.0.2.1", "none"),
        (" v=spf1 +all", "192.0.2.1", "none"),
    ],
)
def test_a_record_decides(record, ip, result):
    zone = {
        "shop.test": txt(record),
        "192.0.2.1.list.test": [{"type": "A", "value": "127.0.0.2"}],
    }
    verdict = checked(zone, ip)
    assert verdict.result == result
    assert verdict.domain == "shop.test"
    assert verdict.trace


def test_two_records_are_an_error_and_a_record_in_pieces_is_one():
    two = txt("v=spf1 -all") + txt("v=spf1 ip4:192.0.2.1 -all")
    assert checked({"shop.test": two}).result == "permerror"
    assert checked({"shop.test": txt(["v=spf1 ip4:192.0.2.", "1 -all"])}).result == "pass"


def test_the_eleventh_look_up_is_too_many():
    for count, result in ((10, "fail"), (11, "permerror")):
        zone = {f"i{n}.test": txt("v=spf1 ?all") for n in range(12)}
        terms = " ".join(f"include:i{n}.test" for n in range(count))
        verdict = checked({**zone, "shop.test": txt(f"v=spf1 {terms} -all")})
        assert verdict.result == result
        assert verdict.lookups == count


def test_the_third_look_up_that_finds_nothing_is_too_many():
    for count, result in ((2, "fail"), (3, "permerror")):
        terms = " ".join(f"a:no{n}.test" for n in range(count))
        assert checked({"shop.test": txt(f"v=spf1 {terms} -all")}).result == result


@pytest.mark.parametrize("kind", ["TIMEOUT", "SERVFAIL"])
def test_dns_that_fails_is_for_now(kind):
    assert checked({"shop.test": [{"type": "*", "value": kind}]}).result == "temperror"
    included = {"shop.test": txt("v=spf1 include:b.test -all"), "b.test": txt(kind)}
    assert checked(included).result == "temperror"
    assert checked({"shop.test": txt("NXDOMAIN")}).result == "none"


def test_a_null_sender_is_judged_by_its_helo():
    zone = {"out.shop.test": txt("v=spf1 ip4:192.0.2.1 -all")}
    for sender in ("", "<>"):
        verdict = checked(zone, sender=sender)
        assert (verdict.result, verdict.domain) == ("pass", "out.shop.test")
    assert checked(zone, sender="", helo="").result == "none"
    assert checked(zone, sender="", helo="[192.0.2.1]").result == "none"


def test_a_path_in_brackets_and_a_domain_alone_are_senders():
    zone = {"shop.test": txt("v=spf1 ip4:192.0.2.1 -all")}
    assert checked(zone, sender="<ana@shop.test>").result == "pass"
    assert checked(zone, sender="shop.test").result == "pass"
    assert checked(zone, sender="a@b@shop.test").result == "pass"


def test_a_domain_in_letters_of_its_own_is_asked_for_in_a_labels():
    zone = {"xn--bcher-kva.test": txt("v=spf1 ip4:192.0.2.1 -all")}
    verdict = checked(zone, sender="ana@bücher.test", helo="bücher.test")
    assert (verdict.result, verdict.domain) == ("pass", "xn--bcher-kva.test")


def test_explanations_are_expanded_and_a_bad_one_is_left_out():
    zone = {
        "shop.test": txt("v=spf1 -all exp=why.shop.test"),
        "why.shop.test": txt("%{i} may not send for %{d}, see http://shop.test/%{S}?%%%_%-"),
    }
    assert checked(zone).explanation == (
        "192.0.2.1 may not send for shop.test, see http://shop.test/ana%40shop.test?% %20"
    )
    for text in ("%{oops}", "caf\xe9 here", "%(", "TIMEOUT"):
        verdict = checked({**zone, "why.shop.test": txt(text)})
        assert (verdict.result, verdict.explanation) == ("fail", spf.DEFAULT_EXPLANATION)
    assert checked({"shop.test": txt("v=spf1 ~all exp=why.shop.test")}).explanation is None


def test_a_zone_that_goes_in_circles_and_64_kilobytes_of_text_end():
    circle = {"a.test": [{"type": "CNAME", "value": "b.test"}],
              "b.test": [{"type": "CNAME", "value": "a.test"}],
              "shop.test": txt("v=spf1 a:a.test -all")}  # fmt: skip
    assert checked(circle).result == "temperror"
    loop = {f"l{n}.test": txt(f"v=spf1 include:l{(n + 1) % 5}.test -all") for n in range(5)}
    assert checked(loop, sender="ana@l0.test").result == "permerror"
    long = " ".join(f"ip4:10.{n // 250}.{n % 250}.1" for n in range(4500))
    assert checked({"shop.test": txt(f"v=spf1 {long} -all")}).result == "fail"


def test_an_mx_with_eleven_hosts_is_too_much_and_the_order_is_by_preference():
    hosts = [{"type": "MX", "value": [n, f"m{n}.test"]} for n in range(11)]
    zone = {"shop.test": [*hosts, *txt("v=spf1 mx -all")],
            **{f"m{n}.test": [{"type": "A", "value": "192.0.2.9"}] for n in range(11)}}  # fmt: skip
    assert checked(zone).result == "permerror"
    zone["shop.test"] = [*hosts[:10], *txt("v=spf1 mx -all")]
    zone["m9.test"] = [{"type": "A", "value": "192.0.2.1"}]
    assert checked(zone).result == "pass"


def test_ptr_works_only_where_the_name_leads_back():
    zone = {
        "shop.test": txt("v=spf1 ptr -all"),
        "1.2.0.192.in-addr.arpa": [{"type": "PTR", "value": "out.shop.test"}],
        "out.shop.test": [{"type": "A", "value": "192.0.2.1"}],
    }
    assert checked(zone).result == "pass"
    zone["out.shop.test"] = [{"type": "A", "value": "192.0.2.2"}]
    assert checked(zone).result == "fail"


def test_no_address_is_the_callers_mistake():
    with pytest.raises(spf.SpfError, match="no IP address"):
        checked({}, ip="out.shop.test")
