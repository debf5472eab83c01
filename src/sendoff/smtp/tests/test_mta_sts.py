"""MTA-STS policies are read as RFC 8461 writes them, fetched within limits, and kept."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import dns.name
import pytest
import trustme

from sendoff.lib import clock
from sendoff.smtp import mta_sts, policies
from sendoff.smtp.lookup import Lookup
from sendoff.smtp.mta_sts import Policy
from sendoff.smtp.policies import Discovered, Web
from sendoff.smtp.tests import nameserver, web
from sendoff.smtp.trust import Trust

TEXT = "version: STSv1\nmode: enforce\nmx: mx.shop.test\nmx: *.mail.shop.test\nmax_age: 604800\n"
SHOP = dns.name.from_text("shop.test")


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["v=STSv1; id=20160831085700Z;"], "20160831085700Z"),
        (["v=STSv1;id=1"], "1"),
        (["v=spf1 -all", "v=STSv1; id=1; more=words"], "1"),
        (["v=STSv1; id=1", "v=STSv1; id=2"], ""),
        (["v=STSv1; id=with-a-dash"], ""),
        (["v=STSv1"], ""),
        (["v=TLSRPTv1; rua=mailto:a@b.test"], ""),
        ([], ""),
    ],
)
def test_the_id_is_read_where_there_is_just_one_record(texts: list[str], found: str) -> None:
    assert mta_sts.id_of(texts) == found


def test_a_policy_is_read_with_either_line_end_and_unknown_keys() -> None:
    for text in (TEXT, TEXT.replace("\n", "\r\n"), TEXT + "colour: blue\n", TEXT.rstrip()):
        policy = mta_sts.parse(text, "1", 1000)
        assert (policy.mode, policy.mx) == ("enforce", ("mx.shop.test", "*.mail.shop.test"))
        assert policy.until_ms == 1000 + 604_800_000
    assert policy.lines == tuple(TEXT.splitlines())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begin with version"),
        ("mode: enforce\nversion: STSv1\n", "begin with version"),
        (TEXT.replace("enforce", "maybe"), "mode"),
        (TEXT.replace("604800", "a week"), "max_age"),
        (TEXT.replace("604800", "9" * 30), "max_age"),
        ("version: STSv1\nmode: enforce\nmax_age: 1\n", "mx"),
        (TEXT.replace("*.mail", "mail.*"), "mx"),
        ("\x00\xff" * 100, "begin with version"),
    ],
)
def test_what_is_no_policy_is_said_to_be_none(text: str, why: str) -> None:
    with pytest.raises(mta_sts.PolicyError, match=why):
        mta_sts.parse(text, "1", 0)


def test_a_year_is_the_longest_a_policy_is_kept() -> None:
    policy = mta_sts.parse(TEXT.replace("604800", "9999999999"), "1", 0)
    assert policy.until_ms == mta_sts.MAX_AGE_S * 1000


def test_hosts_are_compared_as_names_and_the_star_is_one_label() -> None:
    policy = mta_sts.parse(TEXT, "1", 0)
    assert all(map(policy.covers, ("MX.shop.test.", "a.mail.shop.test")))
    assert not any(map(policy.covers, ("shop.test", "mail.shop.test", "a.b.mail.shop.test")))


@asynccontextmanager
async def world(
    roots: Path, authority: trustme.CA, says: str = "", **records: dict[str, list[str]]
) -> AsyncIterator[tuple[Lookup, Web, nameserver.NameServer]]:
    """shop.test with a policy of id 2, its web server, and a name server."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("mta-sts.shop.test").configure_cert(context)
    zone = {
        "_mta-sts.shop.test": {"TXT": ['"v=STSv1; id=2"']},
        "mta-sts.shop.test": {"A": ["127.0.0.1"]},
    }
    async with (
        web.serving(says, TEXT, context) as port,
        nameserver.serving(zone | records) as names,
    ):
        place = Web(trust=Trust(roots=roots), port=port, allow_private=True)
        yield Lookup(names.address), place, names


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def roots(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("roots") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def kept(policy_id: str, hours_ago: float) -> Policy:
    then = clock.now_ms() - int(hours_ago * 3_600_000)
    return mta_sts.parse(TEXT.replace("enforce", "testing"), policy_id, then)


async def asked(place: Web, lookup: Lookup, known: Policy | None = None) -> Discovered:
    return await policies.discover(lookup, place, SHOP, known)


async def test_a_policy_is_fetched_once_and_again_only_for_a_new_id_or_after_a_day(
    roots: Path, authority: trustme.CA
) -> None:
    async with world(roots, authority) as (lookup, place, names):
        fresh = await asked(place, lookup)
        same = await asked(place, lookup, kept("2", 23))
        assert names.asked["mta-sts.shop.test A"] == 1
        renewed = [await asked(place, lookup, kept(*known)) for known in (("1", 1), ("2", 25))]
        assert names.asked["mta-sts.shop.test A"] == 3
    assert (fresh.mode, same.mode) == ("enforce", "testing")
    assert [each.mode for each in renewed] == ["enforce", "enforce"]


@pytest.mark.parametrize("says", ["404", "301", "html", "garbage", "cut"])
async def test_what_cannot_be_fetched_leaves_the_policy_that_was_there_until_its_time_ends(
    roots: Path, authority: trustme.CA, says: str
) -> None:
    async with world(roots, authority, says) as (lookup, place, _):
        still = await asked(place, lookup, kept("1", 1))
        over = await asked(place, lookup, kept("1", 24 * 8))
        never = await asked(place, lookup)
    assert still.mode == "testing"
    assert (over.policy, never.policy) == (None, None)
    assert {still.trouble, over.trouble, never.trouble} == {"sts-policy-fetch-error"}
    assert still.ttl_s <= policies.RETRY_S


async def test_a_web_server_without_public_address_is_not_asked(
    roots: Path, authority: trustme.CA
) -> None:
    async with world(roots, authority) as (lookup, place, _):
        found = await asked(replace(place, allow_private=False), lookup)
    assert (found.policy, found.trouble) == (None, "sts-policy-fetch-error")


async def test_a_certificate_of_nobody_known_is_told_apart(
    authority: trustme.CA, roots: Path
) -> None:
    async with world(roots, trustme.CA()) as (lookup, place, _):
        assert (await asked(place, lookup)).trouble == "sts-webpki-invalid"


async def test_without_a_record_nothing_is_fetched(roots: Path, authority: trustme.CA) -> None:
    nothing = {"_mta-sts.shop.test": {"TXT": ['"v=spf1 -all"']}}
    async with world(roots, authority, **nothing) as (lookup, place, names):
        assert (await asked(place, lookup)).policy is None
        assert (await asked(place, lookup, kept("1", 1))).mode == "testing"
        assert "mta-sts.shop.test A" not in names.asked
