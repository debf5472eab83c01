"""Routes come back from their table as they were found, with what they demand of TLS."""

from dataclasses import replace

import pytest

from sendoff.drivers.contract import MailHost
from sendoff.outbox import public as outbox
from sendoff.outbox import routing
from sendoff.smtp.mta_sts import Policy

pytestmark = pytest.mark.django_db

POLICY = Policy(id="1", mode="enforce", mx=("*.shop.test",), fetched_ms=5, until_ms=9)
HOST = MailHost(
    preference=10,
    name="mx.shop.test",
    addresses=("192.0.2.1", "2001:db8::1"),
    tlsa=("3 1 1 00ff",),
    sts="enforce",
)
FOUND = outbox.RouteFound(
    domain="shop.test",
    provider="shop.test",
    hosts=(HOST, replace(HOST, tlsa=(), sts="")),
    outcome=None,
    evidence=(),
    resolved_ms=1,
    expires_ms=2,
    policy=POLICY,
    trouble="sts-policy-fetch-error",
)


def test_a_route_keeps_policy_and_demands_until_a_newer_one_comes() -> None:
    outbox.save_routes([FOUND, replace(FOUND, domain="plain.test", policy=None)])
    assert outbox.policies_of(["shop.test", "plain.test", "other.test"]) == {"shop.test": POLICY}
    kept = outbox.route_of("shop.test")
    assert kept
    assert kept["hosts"][0] == [10, "mx.shop.test", list(HOST.addresses), ["3 1 1 00ff"], "enforce"]
    assert kept["trouble"] == "sts-policy-fetch-error"
    outbox.save_routes([replace(FOUND, policy=None, trouble="")])
    assert outbox.policies_of(["shop.test"]) == {}


def test_a_worker_reads_a_route_as_it_was_found() -> None:
    names = ("domain", "provider", "hosts", "outcome", "evidence", "policy", "trouble")
    columns = routing._columns(FOUND)
    row = tuple(columns[name] for name in (*names, "resolved_ms", "expires_ms"))
    assert routing._found(row) == FOUND
