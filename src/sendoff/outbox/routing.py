"""Keep the ways to recipient domains, and settle at `dns` what has no way. Asks no DNS itself."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sendoff.drivers.contract import MailHost, Target
from sendoff.lib import clock
from sendoff.mail.stages import Evidence, Fault, Kind, Outcome
from sendoff.outbox import sql
from sendoff.outbox.models import Route
from sendoff.smtp.mta_sts import Policy

_AT_ONCE = 5_000  # names in one question to the database


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFound:
    """What the DNS said about one domain; `outcome` is None where mail can go there.

    `policy`: its MTA-STS policy; `trouble`: why none could be had, as a word of RFC 8460 4.3.
    """

    domain: str
    provider: str
    hosts: tuple[MailHost, ...]
    outcome: Outcome | None
    evidence: tuple[Evidence, ...]
    resolved_ms: int
    expires_ms: int
    policy: Policy | None = None
    trouble: str = ""

    @property
    def target(self) -> Target:
        """Where a driver connects to."""
        return Target(domain=self.domain, provider=self.provider, hosts=self.hosts)


def save(routes: Iterable[RouteFound]) -> None:
    """Keep routes, newer over older."""
    sql.run_many("save_route", [_columns(route) for route in routes])


def policies_of(domains: Collection[str]) -> dict[str, Policy]:
    """The MTA-STS policies that were found before, by domain."""
    kept = Route.objects.filter(domain__in=domains, policy__isnull=False)
    found = kept.values_list("domain", "policy")
    return {domain: policy for domain, stored in found if (policy := policy_of(stored))}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWay:
    """Where a domain's mail goes. `ends`: why its messages end at DNS, "" where they do not."""

    provider: str
    ends: str = ""


def known_ways(domains: Iterable[str]) -> dict[str, KnownWay]:
    """What is known now of these domains; where DNS gave no answer, nothing is."""
    wanted, found = list(domains), dict[str, KnownWay]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        rows = Route.objects.filter(pk__in=some, expires_ms__gt=clock.now_ms())
        for domain, provider, outcome in rows.values_list("pk", "provider", "outcome"):
            told = _loaded(outcome) or {}
            if not told or told["kind"] == Kind.REFUSED:
                found[domain] = KnownWay(provider=provider, ends=told.get("reply", ""))
    return found


def routes_of(parcel: int) -> dict[str, RouteFound]:
    """What is known of the domains of a parcel, by domain; some of it may be over its time."""
    found = [_found(row) for row in sql.rows("routes_of", parcel=parcel)]
    return {route.domain: route for route in found}


def outcome_of(stored: Any, evidence: Any) -> Outcome | None:
    """A stored verdict against a domain, as the outcome each of its messages gets."""
    values = _loaded(stored)
    if not values:
        return None
    values["kind"], values["fault"] = Kind(values["kind"]), Fault(values["fault"])
    return Outcome(**{**values, "steps": _evidence(evidence)})


def _columns(route: RouteFound) -> dict[str, Any]:
    outcome = asdict(route.outcome) | {"steps": ()} if route.outcome else None
    return {
        "domain": route.domain,
        "provider": route.provider,
        "hosts": json.dumps([_host(host) for host in route.hosts]),
        "outcome": json.dumps(outcome),
        "evidence": json.dumps([step._asdict() for step in route.evidence]),
        "policy": json.dumps(asdict(route.policy)) if route.policy else None,
        "trouble": route.trouble,
        "resolved_ms": route.resolved_ms,
        "expires_ms": route.expires_ms,
    }


def _found(row: tuple[Any, ...]) -> RouteFound:
    domain, provider, hosts, outcome, evidence, policy, trouble, *times = row
    found = tuple(
        MailHost(
            preference=preference, name=name, addresses=tuple(found), tlsa=tuple(tlsa), sts=sts
        )
        for preference, name, found, tlsa, sts in _loaded(hosts)
    )
    return RouteFound(
        domain=domain,
        provider=provider,
        hosts=found,
        outcome=outcome_of(outcome, evidence),
        evidence=_evidence(evidence),
        resolved_ms=times[0],
        expires_ms=times[1],
        policy=policy_of(_loaded(policy)) if policy else None,
        trouble=trouble,
    )


def _host(host: MailHost) -> tuple[Any, ...]:
    return host.preference, host.name, host.addresses, host.tlsa, host.sts


def policy_of(stored: dict[str, Any] | None) -> Policy | None:
    """A stored MTA-STS policy."""
    return Policy(**{**stored, "mx": tuple(stored["mx"])}) if stored else None


def _evidence(stored: Any) -> tuple[Evidence, ...]:
    return tuple(Evidence(**step) for step in _loaded(stored))


def _loaded(stored: Any) -> Any:
    """JSON columns come as text from SQLite and as values from PostgreSQL."""
    return json.loads(stored) if isinstance(stored, str) else stored
