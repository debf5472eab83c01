"""Count how lines were encrypted on a day, and keep the TLS reports about it. It sends nothing.

Sessions are read once, when their day is over: no message and no session costs anything more.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from sendoff.lib import clock
from sendoff.mail.tls_report import Count, Failure, Policy
from sendoff.outbox import routing
from sendoff.outbox.models import Route, Session, TlsReport

TRY_AGAIN_MS = 3_600_000
TRIES = 24  # a day: RFC 8460 5.5

Counts = dict[Policy, Count]
_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One report to one address: `document` is what it says."""

    workspace_id: int
    day: date
    domain: str
    address: str
    successful: int
    failed: int
    document: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    tries: int = 0
    accepted: bool = False
    said: str = ""


def counts(day: date, servers: Collection[int]) -> dict[str, Counts]:
    """What became of the day's lines through these servers, by recipient domain and policy."""
    found: dict[str, Counts] = {}
    for evidence in _sessions(day, servers):
        if evidence["domain"]:
            policy, failure = _judged(evidence)
            _add(found.setdefault(evidence["domain"], {}), policy, failure)
    return found


def with_policies(found: Mapping[str, Counts], day: date) -> dict[str, Counts]:
    """The same, with the words of MTA-STS policies, and with what kept lines from being opened."""
    routes = Route.objects.in_bulk(list(found))
    return {domain: _told(domain, each, routes.get(domain), day) for domain, each in found.items()}


def barred(day: date) -> list[str]:
    """Domains to which no line was opened, since their policy allows none of their hosts."""
    begin, end = _bounds(day)
    rows = Route.objects.filter(resolved_ms__gte=begin, resolved_ms__lt=end, outcome__stage="tls")
    return list(rows.values_list("domain", flat=True))


def keep(rows: Collection[ReportRow]) -> int:
    """Keep reports that are to be sent; those that are there already stay. How many are new."""
    new = 0
    with transaction.atomic():
        for row in rows:
            _, made = TlsReport.objects.get_or_create(
                workspace_id=row.workspace_id,
                day=row.day.isoformat(),
                domain=row.domain,
                address=row.address,
                defaults={
                    "successful": row.successful,
                    "failed": row.failed,
                    "document": row.document,
                },
            )
            new += made
    return new


def to_send() -> list[ReportRow]:
    """Reports that nobody accepted yet and that may be tried now."""
    due = TlsReport.objects.filter(
        accepted=False, tries__lt=TRIES, tried_ms__lte=clock.now_ms() - TRY_AGAIN_MS
    )
    return [_row(each) for each in due.order_by("id")]


def reports(workspace_id: int) -> list[ReportRow]:
    """The reports of a workspace, newest first."""
    rows = TlsReport.objects.filter(workspace_id=workspace_id)
    return [_row(each) for each in rows.order_by("-day", "domain", "address")]


def tried(report_id: int, *, accepted: bool, over: bool, said: str) -> None:
    """Note a try. `over`: it was refused for good."""
    row = TlsReport.objects.get(pk=report_id)
    row.tries = TRIES if over else row.tries + 1
    row.tried_ms, row.accepted, row.said = clock.now_ms(), accepted, said[:500]
    row.save()


def _row(row: TlsReport) -> ReportRow:
    return ReportRow(
        workspace_id=row.workspace_id,
        day=date.fromisoformat(row.day),
        domain=row.domain,
        address=row.address,
        successful=row.successful,
        failed=row.failed,
        document=row.document,
        id=row.pk,
        tries=row.tries,
        accepted=row.accepted,
        said=row.said,
    )


def _bounds(day: date) -> tuple[int, int]:
    begin = datetime.combine(day, time(), UTC)
    return clock.ms(begin), clock.ms(begin + timedelta(days=1))


def _sessions(day: date, servers: Collection[int]) -> Iterator[dict[str, Any]]:
    begin, end = _bounds(day)
    rows = Session.objects.filter(at_ms__gte=begin, at_ms__lt=end, server_id__in=servers)
    for evidence in rows.values_list("evidence", flat=True).iterator(_BATCH):
        yield {"domain": "", "tls_result": "", "tlsa": ()} | json.loads(evidence)


def _judged(evidence: Mapping[str, Any]) -> tuple[Policy, Failure | None]:
    """The policy a line was under, and how it failed it. An unverified line is fine without one."""
    wanted, result = evidence["tls_wanted"], evidence["tls_result"]
    policy = Policy(type="no-policy-found", domain=evidence["domain"])
    if wanted == "dane":
        policy = Policy(type="tlsa", domain=evidence["mx"], lines=tuple(evidence["tlsa"]))
    elif wanted.startswith("mta-sts"):
        policy = Policy(type="sts", domain=evidence["domain"])
    elif evidence["tls_version"]:
        result = ""
    if not result:
        return policy, None
    peer = evidence["peer"].rpartition(":")[0].strip("[]")
    return policy, Failure(
        result=result,
        source_ip=evidence["source_ip"],
        mx=evidence["mx"],
        peer_ip=peer,
        reason=evidence["tls_why_not"],
    )


def _add(each: Counts, policy: Policy, failure: Failure | None) -> None:
    count = each.setdefault(policy, Count())
    if failure is None:
        count.successful += 1
    else:
        count.failures[failure] += 1


def _told(domain: str, each: Counts, route: Route | None, day: date) -> Counts:
    """MTA-STS as the route knows it: the policy's words, or why there is none."""
    if route is None:
        return each
    kept = routing.policy_of(route.policy)
    words = {"lines": kept.lines, "hosts": kept.mx} if kept else {}
    sts = Policy(type="sts", domain=domain, **words)
    told: Counts = {sts if policy.type == "sts" else policy: n for policy, n in each.items()}
    plain = told.get(Policy(type="no-policy-found", domain=domain))
    if route.trouble and plain and not kept:
        told.setdefault(sts, Count()).failures[Failure(result=route.trouble)] += plain.successful
    if (route.outcome or {}).get("stage") == "tls" and _bounds(day)[0] <= route.resolved_ms:
        reason = "the policy names none of the MX hosts"
        told.setdefault(sts, Count()).failures[
            Failure(result="validation-failure", reason=reason)
        ] += 1
    return told
