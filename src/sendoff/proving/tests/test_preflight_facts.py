"""A real signed message is proved against a DNS that is written down, and judged by the rules."""

import base64
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sendoff.campaigns import public as campaigns
from sendoff.campaigns.content import compile_content
from sendoff.campaigns.identity import Identity
from sendoff.drivers.contract import Letter
from sendoff.mail.auth.zone import Zone
from sendoff.proving import preflight_auth, preflight_rules
from sendoff.proving.preflight_source import Source
from sendoff.senders.public import DnsRecord

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
IP = "192.0.2.10"
DIRECT = Source(server="our own", ip=IP, helo="mail.shop.test", tls="opportunistic", relay=False)
RELAY = Source(server="big relay", ip="", helo="mail.shop.test", tls="required", relay=True)
SPF = f"v=spf1 ip4:{IP} -all"


@cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public(bits: int = 2048) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    der = key(bits).public_key().public_bytes(serialization.Encoding.DER, spki)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


@cache
def letter(base_url: str = "https://news.shop.test", bits: int = 2048) -> Letter:
    identity = Identity(
        from_name="Ana at Shop", from_email="ana@shop.test", reply_to="",
        sending_domain="shop.test", keys=(("s1", key(bits)),),
        return_path_domain="bounces.shop.test", base_url=base_url, list_id="customers.shop.test",
        list_name="Customers", unsubscribe_domain="bounces.shop.test", token_key=b"k" * 32,
    )  # fmt: skip
    content = compile_content("html", "<p>Hello</p>", subject="Hello")
    writer = campaigns.Composer(content, identity)
    return writer.compose(
        campaigns.Recipient(campaign=1, seq=1, email="cy@there.test", fields={}, dated_ms=1)
    )


def text(value: str) -> list[dict[str, str]]:
    return [{"type": "TXT", "value": value}]


def zone(**changed: object) -> Zone:
    """Ana's records, all of them right; a name is changed by its first label, None takes it out."""
    names = {
        "s1": ("s1._domainkey.shop.test", text(public())),
        "bounces": (
            "bounces.shop.test",
            [*text(SPF), {"type": "MX", "value": [10, "shop.test"]}],
        ),
        "dmarc": ("_dmarc.shop.test", text("v=DMARC1; p=none")),
        "shop": ("shop.test", [{"type": "A", "value": IP}]),
        "mail": ("mail.shop.test", [{"type": "A", "value": IP}]),
        "reverse": ("10.2.0.192.in-addr.arpa", [{"type": "PTR", "value": "mail.shop.test"}]),
    }
    written = {where: changed.get(label, told) for label, (where, told) in names.items()}
    return Zone({where: told for where, told in written.items() if told is not None})


async def proved(asked: Zone, source: Source = DIRECT, mail: Letter | None = None):
    published = (
        DnsRecord(purpose="DKIM key", host="s1._domainkey.shop.test", type="TXT", value=public()),
        DnsRecord(purpose="SPF", host="bounces.shop.test", type="TXT", value=SPF),
    )
    offer = preflight_auth.Offer(
        letter=mail or letter(), source=source, at=NOW, published=published
    )
    return await preflight_auth.examine(offer, asked)


async def broken(provider: str, asked: Zone, source: Source = DIRECT, mail: Letter | None = None):
    judged = preflight_rules.judge(provider, (await proved(asked, source, mail)).facts)
    return {each.rule.id: each for each in judged if each.ok is False}


@pytest.mark.parametrize("provider", ["google", "yahoo", "outlook", "apple", "shop.example"])
async def test_a_domain_in_order_complies_everywhere(provider):
    judged = preflight_rules.judge(provider, (await proved(zone())).facts)
    assert preflight_rules.verdict(judged) == "complies"
    assert [each.rule.id for each in judged if each.ok is False] == []
    assert preflight_rules.refused_domain((await proved(zone())).facts) == ()


FAULTS = [
    ("google", {"s1": None}, "google-dkim", "would_refuse"),
    ("google", {"s1": text("v=DKIM1; k=rsa; p=AAAA")}, "google-dkim", "would_refuse"),
    ("google", {"bounces": text("v=spf1 -all")}, "google-spf", "would_refuse"),
    ("google", {"bounces": text("v=spf1 ?all")}, "google-spf", "would_refuse"),
    ("google", {"dmarc": None}, "google-dmarc", "would_refuse"),
    ("google", {"reverse": None}, "google-ptr", "would_refuse"),
    ("google", {"mail": [{"type": "A", "value": "192.0.2.99"}]}, "google-fcrdns", "would_refuse"),
    ("yahoo", {"s1": None}, "yahoo-dkim", "would_refuse"),
    ("yahoo", {"reverse": None}, "yahoo-ptr", "would_defer"),
    ("outlook", {"dmarc": None}, "outlook-dmarc", "would_refuse"),
    ("apple", {"bounces": text("v=spf1 ~all")}, "apple-spf", "would_refuse"),
    ("small.example", {"reverse": None}, "any-ptr", "would_defer"),
    ("small.example", {"s1": None, "bounces": text("v=spf1 ~all")}, "any-spf-or-dkim",
     "would_refuse"),
    ("small.example", {"s1": None, "bounces": text("v=spf1 -all"),
                       "dmarc": text("v=DMARC1; p=reject")}, "any-dmarc-reject", "would_refuse"),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "change", "rule", "verdict"), FAULTS)
async def test_each_fault_is_named_with_its_mend(provider, change, rule, verdict):
    facts = (await proved(zone(**change))).facts
    judged = preflight_rules.judge(provider, facts)
    assert preflight_rules.verdict(judged) == verdict
    said = next(each for each in judged if each.rule.id == rule)
    assert said.ok is False
    assert said.fact.mend
    assert said.rule.code in said.sentence


async def test_the_mend_of_a_missing_key_is_the_record_itself():
    found = await broken("google", zone(s1=None))
    assert f"Publish at s1._domainkey.shop.test, type TXT, and nothing else: {public()}" in (
        found["google-dkim"].sentence
    )


async def test_the_mend_of_a_record_without_our_address_names_the_address():
    found = await broken("google", zone(bounces=text("v=spf1 ip4:192.0.2.77 -all")))
    assert f"Add ip4:{IP} to the SPF record of bounces.shop.test" in found["google-spf"].sentence


async def test_what_a_provider_says_itself_is_not_said_again_for_everybody():
    assert set(await broken("google", zone(reverse=None))) == {"google-ptr"}
    assert set(await broken("small.example", zone(reverse=None))) == {"any-ptr"}


async def test_a_small_provider_takes_what_spf_alone_proves():
    judged = preflight_rules.judge("small.example", (await proved(zone(s1=None))).facts)
    assert preflight_rules.verdict(judged) == "complies"


@pytest.mark.parametrize("label", ["s1", "bounces", "dmarc", "reverse"])
@pytest.mark.parametrize("trouble", ["TIMEOUT", "SERVFAIL"])
async def test_trouble_of_dns_is_never_called_a_refusal(label, trouble):
    facts = (await proved(zone(**{label: [{"type": "*", "value": trouble}]}))).facts
    judged = preflight_rules.judge("google", facts)
    assert preflight_rules.verdict(judged) == "unknown"
    assert [each.rule.id for each in judged if each.ok is False] == []
    assert preflight_rules.refused_domain(facts) == ()
    assert any("could not ask DNS" in each.sentence for each in judged if each.ok is None)


async def test_of_a_relay_dkim_decides_and_its_address_is_not_guessed():
    facts = (await proved(zone(), RELAY)).facts
    judged = preflight_rules.judge("google", facts)
    assert preflight_rules.verdict(judged) == "complies"
    unseen = {each.rule.id: each for each in judged if each.ok is None}
    assert "its own address counts" in unseen["google-spf"].sentence
    assert facts["dmarc"].value == "pass"
    assert "google-dkim" in await broken("google", zone(s1=None), RELAY)


async def test_dmarc_of_a_relay_without_dkim_is_not_known():
    facts = (await proved(zone(s1=None), RELAY)).facts
    assert facts["dmarc"].value == "unknown"
    assert facts["either"].value == "unknown"


async def test_one_click_wants_an_encrypted_page_and_a_signature():
    assert (await proved(zone())).facts["one_click"].value == "pass"
    plain = await broken("google", zone(), mail=letter("http://news.shop.test"))
    assert set(plain) == {"google-one-click"}
    assert plain["google-one-click"].weight == "complies"  # advice: it changes no verdict
    mail = letter()
    data = bytes(mail.data).replace(b"list-unsubscribe-post", b"x-none")
    assert data != bytes(mail.data)
    less = Letter(sender=mail.sender, recipient=mail.recipient, data=data)
    unsigned = await broken("google", zone(), mail=less)
    assert "No signature covers" in unsigned["google-one-click"].sentence


async def test_a_short_key_is_called_short():
    found = await broken("google", zone(s1=text(public(1024))), mail=letter(bits=1024))
    assert found == {}
    facts = (await proved(zone(s1=text(public(1024))), mail=letter(bits=1024))).facts
    assert facts["key"].value == "advised"


def with_header(more: bytes) -> Letter:
    plain = letter()
    return Letter(sender=plain.sender, recipient=plain.recipient, data=more + bytes(plain.data))


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        (b"From: cy@there.test\r\n", "any-from"),
        (b"Date: Sun, 22 Nov 2026 09:00:00 +0000\r\n", "google-format"),
        (b"X-Long: " + b"x" * 1200 + b"\r\n", "google-format"),
        (b"X-Big: " + b"\r\n ".join([b"x" * 900] * 40) + b"\r\n", "google-header-size"),
    ],
)
async def test_a_header_out_of_form_is_seen(more, rule):
    assert rule in await broken("google", zone(), mail=with_header(more))
