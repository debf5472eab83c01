"""Where mail goes, asked of a real name server on loopback."""

import asyncio

import pytest

from sendoff.mail.stages import Kind
from sendoff.smtp import providers
from sendoff.smtp.route import Resolver, Routing, is_public
from sendoff.smtp.tests.nameserver import NameServer, serving

ZONE = {
    "inbox.test": {"MX": ["20 b.inbox.test.", "10 a.inbox.test."]},
    "a.inbox.test": {"A": ["198.41.0.4"], "AAAA": ["2001:503:ba3e::2:30"]},
    "b.inbox.test": {"A": ["198.41.0.5"]},
    "equal.test": {"MX": [f"10 h{n}.equal.test." for n in range(6)]},
    **{f"h{n}.equal.test": {"A": [f"198.41.0.{n + 1}"]} for n in range(6)},
    "hosted.test": {"MX": ["1 aspmx.l.google.com."]},
    "aspmx.l.google.com": {"A": ["198.41.0.7"]},
    "bare.test": {"A": ["198.41.0.6"]},
    "empty.test": {"TXT": ['"hello"']},
    "null.test": {"MX": ["0 ."]},
    "broken.test": {"RCODE": ["SERVFAIL"]},
    "ghost.test": {"MX": ["10 nowhere.test."]},
    "half.test": {"MX": ["10 nowhere.test.", "20 b.inbox.test."]},
    "flaky.test": {"MX": ["10 broken.test."]},
    "inside.test": {"MX": ["10 loop.inside.test."]},
    "loop.inside.test": {"A": ["127.0.0.1", "10.0.0.1"]},
    "xn--bcher-kva.test": {"A": ["198.41.0.8"]},
}


async def routed(domain: str, allow_private: bool = False) -> Routing:
    async with serving(ZONE) as server:
        return await Resolver(server.address, allow_private).resolve(domain)


async def test_mail_hosts_come_in_order_of_preference_with_ipv4_first() -> None:
    found = await routed("Inbox.TEST")
    assert [(host.preference, host.name) for host in found.hosts] == [
        (10, "a.inbox.test"),
        (20, "b.inbox.test"),
    ]
    assert found.hosts[0].addresses == ("198.41.0.4", "2001:503:ba3e::2:30")
    assert (found.domain, found.provider, found.site) == ("Inbox.TEST", "inbox.test", "inbox.test")
    assert found.outcome is None
    assert found.ttl_s == 7  # the AAAA that b lacks holds no longer
    assert found.evidence[0].command == "inbox.test MX"
    assert "10 a.inbox.test" in found.evidence[0].reply


async def test_hosts_of_equal_preference_take_turns() -> None:
    async with serving(ZONE) as server:
        resolver = Resolver(server.address)
        orders = {(await resolver.resolve("equal.test")).hosts for _ in range(20)}
    assert len(orders) > 1


def test_a_provider_that_wants_tls_is_known_by_its_row() -> None:
    assert providers.tls_of("google") == "required"
    assert "421 4.7.29" in providers.in_clear("google")
    assert (providers.tls_of("inbox.test"), providers.in_clear("inbox.test")) == (
        "opportunistic",
        "",
    )


async def test_a_known_provider_is_told_by_its_mail_hosts() -> None:
    found = await routed("hosted.test")
    assert (found.provider, found.site) == ("google", "google.com")


async def test_without_mx_the_address_of_the_domain_is_its_mail_host() -> None:
    found = await routed("bare.test")
    assert [(host.name, host.addresses) for host in found.hosts] == [("bare.test", ("198.41.0.6",))]


@pytest.mark.parametrize(
    ("domain", "kind", "fault", "category", "enhanced"),
    [
        ("null.test", "refused", "recipient", "bad_domain", "5.1.10"),
        ("absent.test", "refused", "recipient", "bad_domain", "5.1.2"),
        ("empty.test", "refused", "recipient", "bad_domain", "5.4.4"),
        ("ghost.test", "refused", "recipient_system", "bad_domain", "5.4.4"),
        ("inside.test", "refused", "recipient_system", "bad_domain", "5.4.4"),
        ("broken.test", "deferred", "network", "expired_or_network", "4.4.3"),
        ("flaky.test", "deferred", "network", "expired_or_network", "4.4.3"),
        ("bad..test", "refused", "recipient", "bad_domain", "5.1.2"),
        ("", "refused", "recipient", "bad_domain", "5.1.2"),
        (f"{'x' * 64}.test", "refused", "recipient", "bad_domain", "5.1.2"),
    ],
)
async def test_a_domain_without_way_says_whose_fault_it_is(
    domain: str, kind: str, fault: str, category: str, enhanced: str
) -> None:
    found = await routed(domain)
    assert found.outcome
    assert found.outcome.stage == "dns"
    said = found.outcome.kind, found.outcome.fault, found.outcome.category, found.outcome.enhanced
    assert said == (kind, fault, category, enhanced)
    assert found.hosts == ()
    assert found.outcome.reply.endswith(".") or found.outcome.reply.endswith(")")


async def test_private_addresses_are_used_only_where_that_is_allowed() -> None:
    found = await routed("inside.test", allow_private=True)
    assert set(found.hosts[0].addresses) == {"10.0.0.1", "127.0.0.1"}


async def test_a_host_without_address_is_passed_over() -> None:
    assert [host.name for host in (await routed("half.test")).hosts] == ["b.inbox.test"]


async def test_a_domain_outside_ascii_is_asked_by_its_a_label() -> None:
    assert (await routed("bücher.test")).hosts


async def test_a_name_server_that_is_silent_makes_mail_wait() -> None:
    async with serving({"silent.test": {"SILENT": []}}) as server:
        found = await Resolver(server.address, patience_s=0.2).resolve("silent.test")
    assert found.outcome
    assert found.outcome.kind is Kind.DEFERRED
    assert "no answer in time" in found.outcome.reply


async def test_nothing_listening_makes_mail_wait() -> None:
    found = await Resolver("127.0.0.1:1", patience_s=0.2).resolve("inbox.test")
    assert found.outcome
    assert found.outcome.kind is Kind.DEFERRED


async def test_answers_are_kept_and_asked_for_once(server: NameServer) -> None:
    resolver = Resolver(server.address)
    await asyncio.gather(*(resolver.resolve("inbox.test") for _ in range(20)))
    await resolver.resolve("inbox.test")
    await asyncio.gather(*(resolver.resolve("absent.test") for _ in range(20)))
    assert server.asked["inbox.test MX"] == 1
    assert server.asked["absent.test MX"] == 1


async def test_answers_are_asked_for_again_when_their_time_is_over() -> None:
    async with serving(ZONE, ttl=0) as server:
        resolver = Resolver(server.address)
        await resolver.resolve("bare.test")
        await resolver.resolve("bare.test")
        assert server.asked["bare.test A"] == 2


async def test_a_relay_named_by_the_operator_may_be_private(server: NameServer) -> None:
    found, steps = await Resolver(server.address).addresses_of("loop.inside.test")
    assert set(found) == {"10.0.0.1", "127.0.0.1"}
    assert steps


@pytest.fixture
async def server() -> object:
    async with serving(ZONE) as running:
        yield running


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("198.41.0.4", True),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:198.41.0.4", True),
        ("0.0.0.0", False),
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("hosts", "provider"),
    [
        (["hotmail-com.olc.protection.outlook.com"], "outlook"),
        (["shop-test.mail.protection.outlook.com"], "microsoft365"),
        (["mx.shop.co.uk"], "shop.co.uk"),
        (["mx1.in.shop.test", "mx2.other.test"], "shop.test"),
        ([], ""),
    ],
)
def test_the_longest_known_ending_names_the_provider(hosts: list[str], provider: str) -> None:
    assert providers.provider_of(hosts) == provider
