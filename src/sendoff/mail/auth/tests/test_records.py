"""What a domain publishes is judged with the fault, the exact sentence and the exact mend."""

import asyncio
from pathlib import Path

import pytest

from sendoff.lib import rules
from sendoff.mail import dkim as signing
from sendoff.mail.auth import records, spf
from sendoff.mail.auth.names import Answer, Status
from sendoff.mail.auth.records import saying
from sendoff.mail.auth.zone import Zone

FOLDER = Path(saying.__file__).with_name("rules")
IP = "203.0.113.7"


def texts(*values: str) -> Answer:
    return Answer(status=Status.FOUND, values=values)


def judged_spf(*values: str, **zone: str) -> tuple[records.Judgement, ...]:
    written = {"shop.test": values, **{name.replace("_", "."): (v,) for name, v in zone.items()}}
    asked = Zone({
        name: [{"type": "TXT", "value": value} for value in told] for name, told in written.items()
    })  # fmt: skip
    verdict = asyncio.run(spf.check(IP, "ana@shop.test", "out.shop.test", asked))
    return records.spf("shop.test", texts(*values), {IP: verdict})


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.name)
def test_every_rule_is_proved_by_its_samples(path):
    for rule in rules.load(path, saying.RecordRule):
        assert rule.sentence.endswith((".", "{record}", "{why}")), rule.id
        assert (rule.verdict == "ok") or rule.mend, rule.id


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (["v=spf1 ip4:203.0.113.7 -all"], "spf-ok"),
        (["v=spf1 ip4:192.0.2.1 -all"], "spf-not-our-address"),
        (["v=spf1 ip4:203.0.113.7 -all", "v=spf1 include:b.test -all"], "spf-doubled"),
        (["v=spf1 ip4:203.0.113. -all"], "spf-malformed"),
        (["v=spf1 include:none.test -all"], "spf-include-of-nothing"),
        (["v=spf1 a:x.test a:y.test a:z.test -all"], "spf-too-many-voids"),
        (["v=spf1 include:loop.test -all"], "spf-too-many-look-ups"),
        (["v=spf1 include:slow.test -all"], "spf-temperror"),
        (["V=spf1 +all"], "spf-allows-everybody"),
        (["“v=spf1 -all”"], "spf-missing"),
        (["'v=spf1 ip4:203.0.113.7 -all'"], "spf-almost"),
    ],
)
def test_spf_is_judged_with_what_evaluation_said(values, rule):
    found = judged_spf(*values, loop_test="v=spf1 include:loop.test", slow_test="TIMEOUT")
    assert found[0].rule == rule, found


def test_the_mend_is_what_to_publish():
    (twice,) = judged_spf("v=spf1 ip4:203.0.113.7 ~all", "v=spf1 include:b.test -all")
    assert twice.mend.endswith(": v=spf1 ip4:203.0.113.7 include:b.test ~all")
    (ours,) = judged_spf("v=spf1 ip4:192.0.2.1 -all")
    assert "Put ip4:203.0.113.7 into the record" in ours.mend
    missing = records.spf("shop.test", Answer(status=Status.NXDOMAIN), {})
    assert missing[0].verdict == "missing"
    advised = judged_spf("v=spf1 ip4:203.0.113.7 ptr")
    assert [each.rule for each in advised] == ["spf-open-end", "spf-ptr", "spf-ok"]


def test_a_key_of_ours_that_the_dns_host_cut_or_someone_changed_is_known():
    _, expected = signing.generate_rsa_key()
    _, other = signing.generate_rsa_key()
    host = "s1._domainkey.shop.test"
    head, _, key = expected.partition("p=")
    for value, rule in (
        (expected, "dkim-ok"),
        (expected[:255], "dkim-cut-off"),
        (other, "dkim-other-key"),
        (f"{head}p={key[:100]} {key[100:]}", "dkim-blanks"),
        (f'{head}p={key[:100]}" "{key[100:]}', "dkim-quotes"),
        (head, "dkim-malformed"),
        ("v=DKIM1; p=", "dkim-revoked"),
    ):
        first = records.dkim(host, texts(value), expected)[0]
        assert first.rule == rule, value
        assert first.verdict == ("ok" if rule in ("dkim-ok", "dkim-blanks") else "wrong")
    cut = records.dkim(host, texts(expected[:255]), expected)[0]
    assert cut.mend.endswith(expected)
    assert "237 of its 392 characters" in cut.sentence


def test_an_ed25519_key_is_judged_as_well():
    _, expected = signing.generate_ed25519_key()
    found = records.dkim("e1._domainkey.shop.test", texts(expected), expected)
    assert [each.rule for each in found] == ["dkim-ok"]


@pytest.mark.parametrize(
    ("value", "rules_"),
    [
        ("v=DMARC1; p=reject; rua=mailto:a@shop.test", ["dmarc-ok"]),
        ("v=DMARC1; p=none", ["dmarc-without-reports", "dmarc-watching", "dmarc-ok"]),
        ("v=DMARC1; p=reject; sp=no; rua=mailto:a@shop.test", ["dmarc-bad-policy"]),
        ("v=DMARC1; p=reject; rua=a@shop.test", ["dmarc-bad-reports"]),
    ],
)
def test_dmarc_is_judged_by_its_tags(value, rules_):
    assert [each.rule for each in records.dmarc("shop.test", texts(value))] == rules_


def test_what_is_optional_is_judged_too():
    sts = records.mta_sts("shop.test", texts("v=STSv1; id=2026;"))
    rpt = records.tls_rpt("shop.test", texts("v=TLSRPTv1; rua=tls@shop.test"))
    bimi = records.bimi("shop.test", texts("v=BIMI1; l=https://shop.test/l.svg;"), "none")
    assert [each[0].rule for each in (sts, rpt, bimi)] == ["mta-sts-ok", "tls-rpt-malformed",
                                                          "bimi-policy"]  # fmt: skip


@pytest.mark.parametrize("value", ["", "\xff" * 300, "v=spf1 " * 9000, "{domain}", "p=" * 40_000])
def test_nothing_that_is_published_makes_it_crash_or_shows_more_than_a_line(value):
    answer = texts(value)
    verdict = asyncio.run(spf.check(IP, "a@shop.test", "", Zone({"shop.test": [
        {"type": "TXT", "value": value}]})))  # fmt: skip
    for found in (
        records.spf("shop.test", answer, {IP: verdict}),
        records.dkim("s1._domainkey.shop.test", answer, "v=DKIM1; k=rsa; p=AAAA"),
        records.dmarc("shop.test", answer),
        records.mta_sts("shop.test", answer),
        records.tls_rpt("shop.test", answer),
        records.bimi("shop.test", answer, "none"),
    ):
        assert found
        assert all(len(each.sentence) < 700 for each in found)
