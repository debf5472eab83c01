"""DKIM signatures are judged as RFC 6376, 8301, 8463 and 8616 say, tag by tag and key by key."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from dkim.canonicalization import CanonicalizationPolicy
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.mail.auth import canonical, dkim, message
from sendoff.mail.auth.zone import Zone

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NAME = "s1._domainkey.shop.test"
PLAIN = (
    "v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.test; s=s1; h=from:to:subject:date; bh=%BH%; b="
)


def verdicts(data: bytes, *records: str, name: str = NAME, at: datetime = NOW) -> Any:
    zone = Zone({name: [{"type": "TXT", "value": record} for record in records]})
    return asyncio.run(dkim.verify(message.parse(data), zone, at))


def verdict(data: bytes, *records: str, **words: Any) -> dkim.Verdict:
    (only,) = verdicts(data, *records, **words)
    assert (only.result == "pass") or only.why.endswith(".")
    assert "\n" not in only.why
    return only


@pytest.mark.parametrize("form", ["simple/simple", "simple/relaxed", "relaxed/simple",
                                  "relaxed/relaxed"])  # fmt: skip
@pytest.mark.parametrize("body", [
    b"", b"\r\n", b"\r\n\r\n\r\n", b" \r\n", b"a", b"a \t b \r\n",
    b"a\r\n \t\r\n\r\n", b"\r\n\r\na\r\n",
    b"caf\xe9 \xff\r\n", b"x\rb\r\n", b"a \r\n\r", b"." * 3000 + b"\r\n",
])  # fmt: skip
def test_every_form_and_body_verifies_with_both_kinds_of_key(
    form, body, signed, published, rsa_key, ed_key
):
    for key, kind in ((rsa_key, "rsa"), (ed_key, "ed25519")):
        tags = PLAIN.replace("rsa-sha256", f"{kind}-sha256").replace("relaxed/relaxed", form)
        data = signed(tags, key, body=body, form=form)
        assert verdict(data, f"v=DKIM1; k={kind}; p={published(key)}").result == "pass"
        assert verdict(data + b"x", f"v=DKIM1; k={kind}; p={published(key)}").result == "fail"


@given(st.text(alphabet="ab \t\r\n\xe9:", max_size=60))
@settings(max_examples=400)
def test_bodies_and_headers_have_the_canonical_form_that_dkimpy_gives_them(text):
    data = message.parse(b"\n" + text.encode("latin-1") + b"\n").body
    if b"\r" in data.replace(b"\r\n", b""):
        return  # dkimpy's expressions take a bare CR for a blank in some places
    for form in ("simple", "relaxed"):
        theirs = CanonicalizationPolicy.from_c_value(f"{form}/{form}".encode())
        assert canonical.body(data, form) == theirs.canonicalize_body(data)
    value = data.replace(b"\r\n", b"\r\n ") + b"\r\n"
    ((name, told),) = theirs.canonicalize_headers([(b"Subject ", value)])
    assert canonical.header(b"Subject :" + value, "relaxed") == name + b":" + told


def test_a_message_signed_by_dkimpy_verifies(rsa_key, published):
    from cryptography.hazmat.primitives import serialization as ser

    pem = rsa_key.private_bytes(
        ser.Encoding.PEM, ser.PrivateFormat.TraditionalOpenSSL, ser.NoEncryption()
    )
    data = b"From: a@shop.test\r\nSubject: x\r\nSubject: y\r\n\r\nhi  there \r\n\r\n"
    for form in ((b"relaxed", b"simple"), (b"simple", b"relaxed")):
        field = dkimpy.sign(data, b"s1", b"shop.test", pem, canonicalize=form, length=True)
        assert verdict(field + data, f"p={published(rsa_key)}").result == "pass"


def tagged(old: str, new: str) -> str:
    assert old in PLAIN
    return PLAIN.replace(old, new)


@pytest.mark.parametrize(
    ("tags", "result"),
    [
        (tagged("v=1; ", ""), "permerror"),
        (tagged("v=1", "v=2"), "permerror"),
        (tagged("v=1", "v=01"), "permerror"),
        (tagged("; d=shop.test", ""), "permerror"),
        (tagged("; s=s1", ""), "permerror"),
        (tagged("h=from:to:subject:date; ", ""), "permerror"),
        (tagged("bh=%BH%; ", ""), "permerror"),
        (tagged("a=rsa-sha256; ", ""), "permerror"),
        (tagged("d=shop.test", "d=cy.test; d=shop.test"), "permerror"),
        (tagged("d=shop.test", "D=shop.test"), "permerror"),
        (tagged("d=shop.test", "d="), "permerror"),
        (tagged("d=shop.test", "d=exa mple..test"), "permerror"),
        (tagged("s=s1", "s="), "permerror"),
        (tagged("; s=s1", ";; s=s1"), "permerror"),
        (tagged("; s=s1", "; nonsense; s=s1"), "permerror"),
        (tagged("; s=s1", "; 1x=y; s=s1"), "permerror"),
        (tagged("from:to:subject:date", "to:subject:date"), "permerror"),
        (tagged("h=from:to:subject:date", "h="), "permerror"),
        (tagged("rsa-sha256", "rsa-sha512"), "permerror"),
        (tagged("rsa-sha256", "ed25519-sha256"), "permerror"),
        (tagged("c=relaxed/relaxed", "c=loose/relaxed"), "permerror"),
        (tagged("c=relaxed/relaxed", "c=relaxed/relaxed/relaxed"), "permerror"),
        (tagged("; s=s1", "; s=s1; q=dns/other"), "permerror"),
        (tagged("; s=s1", "; s=s1; i=ana@cy.test"), "permerror"),
        (tagged("; s=s1", "; s=s1; i=ana@badshop.test"), "permerror"),
        (tagged("; s=s1", "; s=s1; i=nobody"), "permerror"),
        (tagged("; s=s1", "; s=s1; l=99999"), "permerror"),
        (tagged("; s=s1", "; s=s1; l=-1"), "permerror"),
        (tagged("; s=s1", "; s=s1; l=0x10"), "permerror"),
        (tagged("; s=s1", "; s=s1; t=0x10"), "permerror"),
        (tagged("; s=s1", "; s=s1; x=soon"), "permerror"),
        (tagged("; s=s1", "; s=s1; t=1700000000; x=1700000000"), "permerror"),
        (tagged("; s=s1", "; s=s1; t=1700000000; x=1600000000"), "permerror"),
        (tagged("; s=s1", "; s=s1; t=1700000000; x=1700000100"), "fail"),
        (tagged("; s=s1", "; s=s1; t=1700000000; x=1999999999"), "pass"),
        (tagged("; s=s1", "; s=s1; q=dns/txt"), "pass"),
        (tagged("; s=s1", "; s=s1; q=other/x : dns/txt"), "pass"),
        (tagged("; s=s1", "; s=s1; i=@shop.test"), "pass"),
        (tagged("; s=s1", "; s=s1; i=ana=40x@News.Shop.Test"), "pass"),
        (tagged("; s=s1", "; s=s1; z=From:O'Brien=20<ob@x>|Subject:b=3Dx(\\"), "pass"),
        (tagged("; s=s1", "; s=s1; xnote=see b=here"), "pass"),
        (tagged("d=shop.test", "d=Shop.TEST"), "pass"),
        (tagged("a=rsa-sha256", "a=RSA-SHA256"), "pass"),
        (tagged("c=relaxed/relaxed", "c=Relaxed/Relaxed"), "pass"),
        (tagged("from:to:subject:date", "From : To : Subject :\r\n\tDate"), "pass"),
        (tagged("b=", " b =").replace("bh=%BH%; b", "bh=%BH%;\r\n b"), "pass"),
        (tagged("bh=%BH%", "bh= \r\n %BH% "), "pass"),
    ],
)  # fmt: skip
def test_the_tags_of_a_signature_decide(tags, result, signed, published, rsa_key):
    data = signed(tags.replace(" b ==", " b ="), rsa_key)
    assert verdict(data, f"v=DKIM1; p={published(rsa_key)}").result == result


def test_a_tag_after_b_is_signed_too(signed, published, rsa_key):
    data = signed(PLAIN, rsa_key, after="; foo=bar;")
    assert verdict(data, f"p={published(rsa_key)}").result == "pass"
    changed = data.replace(b"foo=bar", b"foo=baz")
    assert verdict(changed, f"p={published(rsa_key)}").result == "fail"


def test_a_signature_of_relaxed_alone_has_a_simple_body(signed, published, rsa_key):
    data = signed(tagged("relaxed/relaxed", "relaxed"), rsa_key, form="relaxed/simple")
    assert verdict(data, f"p={published(rsa_key)}").result == "pass"
    bare = signed(tagged("c=relaxed/relaxed; ", ""), rsa_key, form="simple/simple")
    assert verdict(bare, f"p={published(rsa_key)}").result == "pass"


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("p={p}", "pass"),
        ("v=DKIM1;p={p};", "pass"),
        ("v=DKIM1 ; k = rsa ; p = {p} ; ", "pass"),
        ("k=rsa; t=y; p={p}", "pass"),
        ("v=DKIM1; n=it's (a \\note; p={p}", "pass"),
        ("v=DKIM1; g=; p={p}", "pass"),
        ("v=DKIM1; g=ana; p={p}", "pass"),
        ("v=DKIM1; s=email; p={p}", "pass"),
        ("v=DKIM1; s=other : *; p={p}", "pass"),
        ("v=DKIM1; h=sha1:sha256; p={p}", "pass"),
        ("v=DKIM1; k=RSA; p={p}", "pass"),
        ("v=DKIM1; p={pkcs1}", "pass"),
        ("v=DKIM1; p={spaced}", "pass"),
        ("v=DKIM1; p=", "permerror"),
        ("v=DKIM1; p= ; k=rsa", "permerror"),
        ("v=DKIM1; k=rsa", "permerror"),
        ("k=rsa; v=DKIM1; p={p}", "permerror"),
        ("v=dkim1; p={p}", "permerror"),
        ("v=DKIM2; p={p}", "permerror"),
        ("v=DKIM1; p={p}; p={p}", "permerror"),
        ("v=DKIM1; s=tlsrpt; p={p}", "permerror"),
        ("v=DKIM1; h=sha1; p={p}", "permerror"),
        ("v=DKIM1; k=ed25519; p={p}", "permerror"),
        ("v=DKIM1; k=dsa; p={p}", "permerror"),
        ("v=DKIM1; p={cut}", "permerror"),
        ("v=DKIM1; p=not base64!", "permerror"),
        ("v=DKIM1; p={other}", "fail"),
        ("v=spf1 -all", "permerror"),
        ("", "permerror"),
    ],
)
def test_the_key_record_decides(record, result, signed, published, rsa_key):
    p = published(rsa_key)
    other = rsa.generate_private_key(65537, 1024) if "{other}" in record else rsa_key
    text = record.format(
        p=p, pkcs1=published(rsa_key, "pkcs1"), spaced=f"{p[:60]} {p[60:]}", cut=p[:200],
        other=published(other),
    )  # fmt: skip
    assert verdict(signed(PLAIN, rsa_key), text).result == result


def weak_key(bits: int) -> Any:
    """An RSA key that `cryptography` would not make: two primes by Fermat's test."""
    choose = random.Random(bits)

    def prime(size: int) -> int:
        while True:
            number = choose.getrandbits(size) | 3 << (size - 2) | 1
            if pow(2, number - 1, number) == 1 and number % 65537 != 1:
                return number

    p, q = prime(bits // 2), prime(bits - bits // 2)
    d = pow(65537, -1, (p - 1) * (q - 1))
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, rsa.RSAPublicNumbers(65537, p * q)).private_key()


@pytest.mark.parametrize(
    ("bits", "result"), [(512, "permerror"), (1023, "permerror"), (1024, "pass")]
)
def test_the_length_of_an_rsa_key_counts(bits, result, signed, published):
    key = weak_key(bits)
    assert key.key_size == bits
    found = verdict(signed(PLAIN, key), f"p={published(key)}")
    assert found.result == result
    assert (f"{bits} bits" in found.why) == (result != "pass")


def test_an_rsa_sha1_signature_never_passes(signed, published, rsa_key):
    found = verdict(signed(tagged("rsa-sha256", "rsa-sha1"), rsa_key), f"p={published(rsa_key)}")
    assert (found.result, found.algorithm) == ("permerror", "rsa-sha1")
    assert "8301" in found.why


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=DKIM1; k=ed25519; p={raw}", "pass"),
        ("v=DKIM1; p={raw}", "permerror"),
        ("v=DKIM1; k=ed25519; p={spki}", "permerror"),
        ("v=DKIM1; k=ed25519; h=sha256; p={raw}", "pass"),
    ],
)
def test_an_ed25519_key_is_32_bytes_and_named_so(record, result, signed, published, ed_key):
    text = record.format(raw=published(ed_key), spki=published(ed_key, "info"))
    data = signed(tagged("rsa-sha256", "ed25519-sha256"), ed_key)
    assert verdict(data, text).result == result


def test_the_example_of_rfc_8463_passes_both_its_signatures():
    found = verdicts_of_example()
    assert [(each.result, each.algorithm) for each in found] == [
        ("pass", "ed25519-sha256"), ("pass", "rsa-sha256"),
    ]  # fmt: skip


RFC_8463 = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
RFC_8463_KEYS = {
    "brisbane": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test": "v=DKIM1; k=rsa; p="
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bd"
    "OKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4h"
    "stT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
}


def verdicts_of_example() -> Any:
    zone = Zone({
        f"{selector}._domainkey.football.example.com": [{"type": "TXT", "value": text}]
        for selector, text in RFC_8463_KEYS.items()
    })  # fmt: skip
    return asyncio.run(dkim.verify(message.parse(RFC_8463), zone, NOW))


def test_a_key_with_t_s_allows_no_subdomain_in_i(signed, published, rsa_key):
    record = f"v=DKIM1; t=y:s; p={published(rsa_key)}"
    sub = signed(tagged("; s=s1", "; s=s1; i=@news.shop.test"), rsa_key)
    assert verdict(sub, record).result == "permerror"
    same = signed(tagged("; s=s1", "; s=s1; i=ana@shop.test"), rsa_key)
    assert verdict(same, record).result == "pass"


@pytest.mark.parametrize(
    ("said", "result"),
    [("TIMEOUT", "temperror"), ("SERVFAIL", "temperror"), ("NXDOMAIN", "permerror"),
     ("NODATA", "permerror")],
)  # fmt: skip
def test_dns_that_does_not_answer_is_for_now_and_no_key_is_for_good(said, result, signed, rsa_key):
    assert verdict(signed(PLAIN, rsa_key), said).result == result


def test_of_several_records_the_one_that_fits_is_taken(signed, published, rsa_key, ed_key):
    records = ("v=spf1 -all", f"k=ed25519; p={published(ed_key)}", f"p={published(rsa_key)}")
    assert verdict(signed(PLAIN, rsa_key), *records).result == "pass"


def test_a_key_in_pieces_is_one_key(signed, published, rsa_key):
    text = f"v=DKIM1; k=rsa; p={published(rsa_key)}"
    zone = Zone({NAME: [{"type": "TXT", "value": [text[:200], text[200:]]}]})
    (found,) = asyncio.run(dkim.verify(message.parse(signed(PLAIN, rsa_key)), zone, NOW))
    assert found.result == "pass"


def test_each_signature_has_its_own_verdict_top_to_bottom(signed, published, rsa_key, ed_key):
    first = signed(PLAIN, rsa_key)
    field = signed(tagged("rsa-sha256", "ed25519-sha256").replace("s1", "s2"), ed_key)
    data = field.partition(b"From:")[0] + first
    zone = Zone({
        NAME: [{"type": "TXT", "value": f"p={published(rsa_key)}"}],
        NAME.replace("s1", "s2"): [{"type": "TXT", "value": f"k=ed25519; p={published(ed_key)}"}],
    })  # fmt: skip
    found = asyncio.run(dkim.verify(message.parse(data), zone, NOW))
    assert [(each.selector, each.result) for each in found] == [("s2", "pass"), ("s1", "pass")]


def test_what_l_leaves_out_is_said(signed, published, rsa_key):
    data = signed(tagged("; s=s1", "; s=s1; l=0"), rsa_key, length=0)
    found = verdict(data + b"more\r\n", f"p={published(rsa_key)}")
    assert (found.result, found.unsigned > 30) == ("pass", True)
    assert "not signed" in found.why
    exact = signed(tagged("; s=s1", "; s=s1; l=5"), rsa_key, length=5, body=b"Hi.\r\n")
    assert verdict(exact, f"p={published(rsa_key)}").unsigned == 0
    assert verdict(exact + b"x\ny\n", f"p={published(rsa_key)}").unsigned == 6


def test_an_expired_signature_passes_at_a_moment_before_its_end(signed, published, rsa_key):
    data = signed(tagged("; s=s1", "; s=s1; t=1700000000; x=1700000100"), rsa_key)
    record = f"p={published(rsa_key)}"
    assert verdict(data, record, at=datetime.fromtimestamp(1700000100, UTC)).result == "pass"
    assert verdict(data, record, at=datetime.fromtimestamp(1700000101, UTC)).result == "fail"


def test_the_lowest_of_doubled_fields_is_signed_and_more_names_than_fields_seal(
    signed, published, rsa_key
):
    record = f"p={published(rsa_key)}"
    names = ("from", "subject", "subject", "subject", "x-none")
    tags = tagged("from:to:subject:date", ":".join(names))
    headers = (b"Subject: one\r\n", b"From: a@shop.test\r\n", b"Subject: two\r\n")
    data = signed(tags, rsa_key, names=names, headers=headers)
    assert verdict(data, record).result == "pass"
    added = data.replace(b"Subject: one", b"Subject: zero\r\nSubject: one")
    assert verdict(added, record).result == "fail"
    swapped = data.replace(b"one", b"xxx").replace(b"two", b"one").replace(b"xxx", b"two")
    assert verdict(swapped, record).result == "fail"
    new = data.replace(b"Subject: one", b"X-None: now\r\nSubject: one")
    assert verdict(new, record).result == "fail"
    traced = b"Received: from x\r\n" + data
    assert verdict(traced, record).result == "pass"


def test_a_signature_may_sign_another_signature(signed, published, rsa_key):
    inner = signed(PLAIN, rsa_key)
    field = inner.partition(b"From:")[0]
    names = ("from", "dkim-signature", "dkim-signature")
    tags = tagged("from:to:subject:date", ":".join(names))
    outer = signed(tags, rsa_key, names=names, headers=(field, b"From: a@shop.test\r\n"))
    assert verdicts(outer, f"p={published(rsa_key)}")[0].result == "pass"


@pytest.mark.parametrize("break_", [b"\n", b"\r\n"])
def test_bare_line_feeds_are_read_as_crlf(break_, signed, published, rsa_key):
    data = signed(PLAIN, rsa_key).replace(b"\r\n", break_)
    assert verdict(data, f"p={published(rsa_key)}").result == "pass"
    mbox = b"From ana@shop.test Sat Nov 21 10:00:00 2026" + break_ + data
    assert verdict(mbox, f"p={published(rsa_key)}").result == "pass"


@pytest.mark.parametrize("form", ["simple/simple", "relaxed/relaxed"])
def test_8_bit_folded_and_odd_header_fields_verify(form, signed, published, rsa_key):
    headers = (
        b"From : \xc3\x84na <ana@shop.test>\r\n",
        b"SUBJECT:\r\n caf\xe9\t \r\n\t bar\r\n",
        b"To:\r\n",
    )
    tags = tagged("relaxed/relaxed", form).replace(":date", "")
    data = signed(tags, rsa_key, headers=headers, form=form, names=("from", "to", "subject"))
    assert verdict(data, f"p={published(rsa_key)}").result == "pass"


def test_only_the_relaxed_form_survives_refolding(signed, published, rsa_key):
    record = f"p={published(rsa_key)}"
    for form, result in (("simple/simple", "fail"), ("relaxed/relaxed", "pass")):
        data = signed(tagged("relaxed/relaxed", form), rsa_key, form=form)
        refolded = data.replace(b"Is  dinner\r\n ready?", b"Is dinner ready?\t")
        assert verdict(refolded, record).result == result


def test_a_u_label_is_looked_up_under_its_a_label(signed, published, rsa_key):
    tags = tagged("d=shop.test", "d=bücher.test; i=josé@news.bücher.test")
    data = signed(tags, rsa_key)
    name = "s1._domainkey.xn--bcher-kva.test"
    found = verdict(data, f"p={published(rsa_key)}", name=name)
    assert (found.result, found.domain) == ("pass", "xn--bcher-kva.test")


def test_the_from_after_an_empty_first_line_is_no_header(signed, published, rsa_key):
    assert verdicts(b"\r\n" + signed(PLAIN, rsa_key), f"p={published(rsa_key)}") == ()


def test_an_arc_signature_is_no_dkim_signature(signed, published, rsa_key):
    data = signed(PLAIN, rsa_key, field="ARC-Message-Signature")
    assert verdicts(data, f"p={published(rsa_key)}") == ()


def test_thirty_signatures_cost_twenty(signed, published, rsa_key):
    data = signed(PLAIN, rsa_key)
    field = data.partition(b"From:")[0]
    found = verdicts(field * 30 + data.removeprefix(field), f"p={published(rsa_key)}")
    assert len(found) == 21
    assert (found[0].result, found[20].result) == ("pass", "permerror")


def test_huge_headers_and_bodies_are_judged_in_seconds(signed, published, rsa_key):
    headers = (b"From: a@shop.test\r\n", b"X: " + b" " * 2_000_000 + b"\r\n",
               *[b"Y: y\r\n"] * 20_000)  # fmt: skip
    names = ("from", *["y"] * 500)
    tags = tagged("from:to:subject:date", ":".join(names))
    body = b" " * 2_000_000 + b"\r\n" * 500_000
    data = signed(tags, rsa_key, headers=headers, names=names, body=b"x\r\n")
    data = data.replace(b"\r\n\r\nx\r\n", b"\r\n\r\n" + body)
    assert verdict(data, f"p={published(rsa_key)}").result == "fail"


def test_no_damaged_message_makes_it_crash(signed, published, rsa_key):
    whole = bytearray(signed(PLAIN, rsa_key))
    choose = random.Random(1)
    zone = Zone({NAME: [{"type": "TXT", "value": f"p={published(rsa_key)}"}]})
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(choose.randint(1, 6)):
            at = choose.randrange(len(data))
            data[at : at + choose.choice((0, 1, 1, 9))] = choose.choice(
                (b"", b"=", b";", b"\r\n", b"\xff", b":", b"\x00", choose.randbytes(3))
            )
        found = asyncio.run(dkim.verify(message.parse(bytes(data)), zone, NOW))
        assert all(each.result in ("pass", "fail", "permerror") for each in found)
