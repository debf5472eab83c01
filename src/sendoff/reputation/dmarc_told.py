"""Tell what receivers reported of mail in our name: by source, by day, row by row. Reads alone."""

from collections import defaultdict

from django.db.models import BooleanField, Case, Max, Q, QuerySet, Sum, Value, When

from sendoff.lib import clock
from sendoff.reputation import sources
from sendoff.reputation.models import DmarcRow, Report
from sendoff.reputation.picture import DAY_MS, Address, Day, Picture, Sums
from sendoff.reputation.sources import Source
from sendoff.senders import public as senders

DAYS = 30
SHOWN = 100  # addresses; the totals count all of them
_HOW = ("at_home", "spf", "dkim", "our_key", "reason", "disposition")


def domains(workspace_id: int) -> list[str]:
    """Domains that reports tell of, and the sending domains, by name."""
    told = DmarcRow.objects.filter(workspace_id=workspace_id).values_list("domain", flat=True)
    return sorted({*told.distinct(), *(each.name for each in senders.domains(workspace_id))})


def picture(workspace_id: int, domain: str, days: int = DAYS) -> Picture:
    """What the reports of the last days say of a domain, and of names below it."""
    found = _rows(workspace_id, domain, days)
    return Picture(
        domain=domain,
        days=days,
        policy=published(workspace_id, domain),
        by_source=_by_source(found),
        addresses=_addresses(found),
        by_day=_by_day(found),
    )


def rows_of(workspace_id: int, domain: str, ip: str, days: int = DAYS) -> list[DmarcRow]:
    """The rows behind an address, newest first: who reported what."""
    found = _rows(workspace_id, domain, days).filter(source_ip=ip).select_related("report")
    return list(found.order_by("-day", "-messages", "id")[: 2 * SHOWN])


def published(workspace_id: int, domain: str) -> str:
    """The policy that the newest report found for a domain; "" without one."""
    reports = Report.objects.filter(
        workspace_id=workspace_id, kind=Report.Kind.DMARC, domain=domain, problem=""
    )
    policy = reports.order_by("-begin_ms", "-id").values_list("policy", flat=True).first()
    return str((policy or {}).get("p", ""))


def _rows(workspace_id: int, domain: str, days: int) -> QuerySet[DmarcRow]:
    since = clock.now_ms() // DAY_MS - days
    about = Q(domain=domain) | Q(header_from=domain) | Q(header_from__endswith=f".{domain}")
    ours = Case(
        When(source_ip__in=senders.source_ips(workspace_id), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    recent = DmarcRow.objects.filter(workspace_id=workspace_id, day__gt=since)
    return recent.filter(about).annotate(at_home=ours)


def _source(row: dict[str, object]) -> Source:
    return sources.of(
        bool(row["at_home"]),
        spf=bool(row["spf"]),
        dkim=bool(row["dkim"]),
        our_key=bool(row["our_key"]),
        reason=str(row["reason"]),
    )


def _by_source(found: QuerySet[DmarcRow]) -> dict[Source, Sums]:
    sums: dict[Source, Sums] = defaultdict(Sums)
    for row in found.values(*_HOW).annotate(total=Sum("messages")).order_by():
        sums[_source(row)].add(int(row["total"]), row["spf"] or row["dkim"], row["disposition"])
    return {source: sums[source] for source in Source if source in sums}


def _addresses(found: QuerySet[DmarcRow]) -> tuple[Address, ...]:
    """The addresses that send most, each under every source its messages are of."""
    most = found.values("source_ip").annotate(total=Sum("messages")).order_by("-total")
    wanted = [row["source_ip"] for row in most[:SHOWN]]
    grouped = found.filter(source_ip__in=wanted).values("source_ip", *_HOW)
    sums: dict[tuple[str, Source], list[dict[str, object]]] = defaultdict(list)
    for row in grouped.annotate(total=Sum("messages"), last=Max("day")).order_by():
        sums[str(row["source_ip"]), _source(row)].append(row)
    made = [_address(ip, source, rows) for (ip, source), rows in sums.items()]
    return tuple(sorted(made, key=lambda each: (-each.sums.messages, each.ip)))


def _address(ip: str, source: Source, rows: list[dict[str, object]]) -> Address:
    sums, spf, dkim, last = Sums(), 0, 0, 0
    for row in rows:
        total = int(str(row["total"]))
        sums.add(total, bool(row["spf"] or row["dkim"]), str(row["disposition"]))
        spf += total if row["spf"] else 0
        dkim += total if row["dkim"] else 0
        last = max(last, int(str(row["last"])))
    return Address(ip=ip, source=source, sums=sums, spf=spf, dkim=dkim, last_day=last)


def _by_day(found: QuerySet[DmarcRow]) -> tuple[Day, ...]:
    passed: dict[int, int] = defaultdict(int)
    failed: dict[int, int] = defaultdict(int)
    for row in found.values("day", "spf", "dkim").annotate(total=Sum("messages")).order_by():
        (passed if row["spf"] or row["dkim"] else failed)[row["day"]] += int(row["total"])
    days = sorted({*passed, *failed})
    return tuple(Day(day=day, passed=passed[day], failed=failed[day]) for day in days)
