"""File a report once for each workspace it concerns. It reads none and believes none."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from django.db import IntegrityError, transaction

from sendoff.lib import clock
from sendoff.mail.reports import Aggregate, TlsReport
from sendoff.mail.reports import tls as tls_reports
from sendoff.reputation import rows
from sendoff.reputation.models import DmarcRow, Failure, Report, TlsRow
from sendoff.reputation.owning import Owner, owners
from sendoff.reputation.reading import Document, FailureTold

DAY_MS = 86_400_000
_AT_ONCE = 500  # rows of one statement
_KINDS = {Report.Kind.DMARC: "DMARC report", Report.Kind.TLS: "TLS report"}


class State(StrEnum):
    """What became of a document."""

    COUNTED = "counted"
    KNOWN = "known"
    NOT_OURS = "not_ours"
    UNREAD = "unread"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of a document, in a word and a sentence; the reports it became."""

    state: State
    sentence: str
    reports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How a document came: by mail, page or command, and when."""

    source: str
    at_ms: int
    mail_id: int | None = None
    workspace_id: int | None = None  # where it came to one alone, whom it concerns at most


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What every kind of report says of itself. `alike` makes one without a number known again."""

    kind: Report.Kind
    org: str
    domain: str
    alike: str
    contact: str = ""
    report_id: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    policy: dict[str, str] | None = None
    messages: int = 0
    passed: int = 0


def file(document: Document | None, came: Came) -> Filed:
    """Keep what a document brings. A report that came before is not counted again."""
    if document is None:
        return Filed(state=State.NONE, sentence="There is no report in it.")
    with transaction.atomic():
        inside = document.inside
        if isinstance(inside, Aggregate):
            return _dmarc(inside, came)
        if isinstance(inside, TlsReport):
            return _tls(inside, came)
        if isinstance(inside, FailureTold):
            return _failure(document, inside, came)
        return _unread(document, came)


def _dmarc(told: Aggregate, came: Came) -> Filed:
    policy = told.policy
    names = ("p", "sp", "np", "adkim", "aspf", "pct", "fo", "testing")
    about = _About(
        kind=Report.Kind.DMARC,
        org=told.org_name,
        contact=told.email,
        report_id=told.report_id,
        domain=policy.domain,
        alike=f"{told.begin} {told.messages}",
        begin=told.begin,
        end=told.end,
        policy={
            name: rows.plain(str(value), 20) for name in names if (value := getattr(policy, name))
        },
        messages=told.messages,
        passed=told.dmarc_pass,
    )

    def count(report: Report, owner: Owner) -> None:
        counted = rows.of_dmarc(told.rows, owner.keys)
        where = _place(report, came)
        kept = [DmarcRow(**where, **sent._asdict(), messages=n) for sent, n in counted.items()]
        DmarcRow.objects.bulk_create(kept, batch_size=_AT_ONCE)

    return _filed(about, _kept(about, came, count), f"{told.messages:,} messages")


def _tls(told: TlsReport, came: Came) -> Filed:
    """One report a domain: a receiver may tell of several in one document."""
    by_domain: dict[str, list[tls_reports.Policy]] = defaultdict(list)
    for policy in told.policies:
        by_domain[policy.domain].append(policy)
    found = [_tls_of(told, name, policies, came) for name, policies in by_domain.items()]
    if not found:
        return Filed(state=State.NONE, sentence="The TLS report tells of no policy of anybody.")
    order = list(State)
    return min(found, key=lambda filed: order.index(filed.state))


def _tls_of(told: TlsReport, domain: str, policies: list[tls_reports.Policy], came: Came) -> Filed:
    counted, said = rows.of_tls(policies)
    about = _About(
        kind=Report.Kind.TLS,
        org=told.org_name,
        contact=told.contact,
        report_id=told.report_id,
        domain=domain,
        alike=f"{told.begin} {counted.total()}",
        begin=told.begin,
        end=told.end,
        messages=min(rows.MOST, counted.total()),
        passed=min(rows.MOST, sum(n for lines, n in counted.items() if not lines.result)),
    )

    def count(report: Report, owner: Owner) -> None:
        where = _place(report, came)
        kept = [
            TlsRow(**where, **lines._asdict(), said=said.get(lines, ""), sessions=n)
            for lines, n in counted.items()
        ]
        TlsRow.objects.bulk_create(kept, batch_size=_AT_ONCE)

    return _filed(about, _kept(about, came, count), f"{about.messages:,} sessions")


def _failure(document: Document, told: FailureTold, came: Came) -> Filed:
    about = _About(
        kind=Report.Kind.FAILURE,
        org=told.reporter,
        domain=told.domain,
        alike=_digest(document.raw),
        messages=1,
    )

    def count(report: Report, owner: Owner) -> None:
        Failure.objects.create(
            report=report,
            workspace_id=owner.workspace_id,
            day=came.at_ms // DAY_MS,
            source_ip=rows.address(told.source_ip),
            header_from=rows.plain(told.header_from, 320),
            envelope_from=rows.plain(told.envelope_from, 320),
            failed=rows.plain(told.failed, 40),
            result=rows.plain(told.result, 40),
            subject=rows.plain(told.subject, 300),
        )

    return _filed(about, _kept(about, came, count), "one message")


def _unread(document: Document, came: Came) -> Filed:
    report = Report(
        workspace_id=came.workspace_id,
        kind=document.kind or Report.Kind.DMARC,
        key=_digest(document.raw),
        problem=document.problem[:300],
        source=came.source,
        mail_id=came.mail_id,
        received_ms=came.at_ms,
    )
    _saved(report)
    return Filed(state=State.UNREAD, sentence=document.problem)


def _kept(about: _About, came: Came, count: Callable[[Report, Owner], None]) -> list[Report]:
    """The report's rows, one a workspace it concerns, those that are new; without one, nobody's."""
    found = owners(about.domain) if about.domain else []
    for_whom: list[Owner | None] = [
        each for each in found if came.workspace_id in (None, each.workspace_id)
    ]
    made = []
    for owner in for_whom or [None]:
        report = _report(about, came, owner.workspace_id if owner else None)
        if _saved(report):
            made.append(report)
            if owner:
                count(report, owner)
    return made


def _report(about: _About, came: Came, workspace_id: int | None) -> Report:
    # Some reporters give every report the same number, so its time belongs to its name.
    named = about.report_id or f"\0{about.alike}"
    parts = (str(workspace_id), about.kind, about.org, about.domain, named, str(about.begin))
    return Report(
        workspace_id=workspace_id,
        kind=about.kind,
        key=_digest("\0".join(parts).encode("utf-8", "replace")),
        org=rows.plain(about.org, 200),
        contact=rows.plain(about.contact, 320),
        report_id=rows.plain(about.report_id, 300),
        domain=rows.plain(about.domain, 253),
        begin_ms=clock.ms(about.begin) if about.begin else None,
        end_ms=clock.ms(about.end) if about.end else None,
        policy=about.policy or {},
        messages=about.messages,
        passed=about.passed,
        source=came.source,
        mail_id=came.mail_id,
        received_ms=came.at_ms,
    )


def _saved(report: Report) -> bool:
    """Whether it is new; another process may be filing the same at this moment."""
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _place(report: Report, came: Came) -> dict[str, object]:
    """Where a row belongs; its day is that of the report's begin, or of its coming."""
    began = came.at_ms if report.begin_ms is None else report.begin_ms
    return {
        "report": report,
        "workspace_id": report.workspace_id,
        "domain": report.domain,
        "day": max(0, min(began, came.at_ms)) // DAY_MS,
    }


def _filed(about: _About, made: list[Report], amount: str) -> Filed:
    who = rows.plain(about.org, 100) or "Somebody without a name"
    number = f" {rows.plain(about.report_id, 80)}" if about.report_id else ""
    domain = rows.plain(about.domain, 253) or "no domain"
    what = f"{who}: {_KINDS.get(about.kind, 'failure report')}{number} about {domain}"
    ids = tuple(report.pk for report in made)
    if not made:
        return Filed(state=State.KNOWN, sentence=f"{what} was counted before; nothing was added.")
    if all(report.workspace_id is None for report in made):
        sentence = f"{what}, which is no sending domain here; it is kept apart and counts nowhere."
        return Filed(state=State.NOT_OURS, sentence=sentence, reports=ids)
    return Filed(state=State.COUNTED, sentence=f"{what}: {amount} counted.", reports=ids)


def _digest(content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return blake2b(raw, digest_size=16).hexdigest()
