"""Read DMARC aggregate reports of both generations (RFC 7489 appendix C, RFC 9990). No I/O.

The words of a report are kept as it has them, in lower case where the schema lists them; what a
reporter left out is "". Nothing in it is trusted: whoever knows our address can send one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sendoff.mail.reports import moments, xmltree
from sendoff.mail.reports.unpacking import ReportError
from sendoff.mail.reports.xmltree import Element

MAX_COUNT = 10**12  # messages in one row; more is nonsense and read as 0
_LAST_SECOND = 253_402_300_799  # of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The policy that the reporter found for the domain."""

    domain: str
    p: str = ""
    sp: str = ""
    np: str = ""
    adkim: str = ""
    aspf: str = ""
    pct: str = ""
    fo: str = ""
    testing: bool = False
    discovery_method: str = ""  # psl or treewalk (RFC 9990)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a reporter did something else than the policy says."""

    type: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimResult:
    """What came of one signature, whoever made it."""

    domain: str
    selector: str
    result: str
    human_result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfResult:
    """What came of SPF for one identity. `scope`: mfrom, helo or ""."""

    domain: str
    scope: str
    result: str
    human_result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """So many messages from one address with the same results. `dkim`, `spf`: aligned or not."""

    source_ip: str
    count: int
    disposition: str
    dkim: str
    spf: str
    reasons: tuple[Reason, ...]
    header_from: str
    envelope_from: str
    envelope_to: str
    dkim_results: tuple[DkimResult, ...]
    spf_results: tuple[SpfResult, ...]
    extensions: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether these messages passed DMARC: one aligned pass is enough (RFC 9989 4.2)."""
        return "pass" in (self.dkim, self.spf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One report: who says it, of which time, about which policy, row by row."""

    version: str
    org_name: str
    email: str
    extra_contact_info: str
    report_id: str
    begin: datetime | None
    end: datetime | None
    errors: tuple[str, ...]
    generator: str
    policy: Policy
    rows: tuple[Row, ...]
    extensions: tuple[str, ...] = ()

    @property
    def messages(self) -> int:
        """How many messages the report counts."""
        return sum(row.count for row in self.rows)

    @property
    def dmarc_pass(self) -> int:
        """How many of them passed DMARC."""
        return sum(row.count for row in self.rows if row.passes)

    def document(self) -> dict[str, Any]:
        """What `sendoff read` says of it."""
        policy = self.policy
        return {
            "type": "dmarc_aggregate",
            "org": self.org_name,
            "email": self.email or None,
            "report_id": self.report_id,
            "begin": moments.write(self.begin),
            "end": moments.write(self.end),
            "domain": policy.domain,
            **{n: getattr(policy, n) or None for n in ("p", "sp", "np", "adkim", "aspf", "pct")},
            "testing": policy.testing,
            "records": len(self.rows),
            "messages": self.messages,
            "dmarc_pass": self.dmarc_pass,
            "errors": list(self.errors),
            "rows": [_row_document(row) for row in self.rows],
        }


def read(data: bytes) -> Aggregate:
    """A report from its XML. ReportError in one sentence where it is none or is refused."""
    root = xmltree.read(data)
    if root.name != "feedback":
        raise ReportError(f"The XML is a <{root.name[:40]}>, not the <feedback> of a DMARC report.")
    about, policy = root.child("report_metadata"), root.child("policy_published")
    span = about.child("date_range")
    domain = policy.says("domain").lower().rstrip(".")
    if not domain:
        raise ReportError("The DMARC report names no domain in policy_published; it was not read.")
    return Aggregate(
        version=root.says("version"),
        org_name=about.says("org_name"),
        email=about.says("email"),
        extra_contact_info=about.says("extra_contact_info"),
        report_id=about.says("report_id"),
        begin=_moment(span.says("begin")),
        end=_moment(span.says("end")),
        errors=tuple(error.text.strip() for error in about.all("error")),
        generator=about.says("generator"),
        policy=_policy(domain, policy),
        rows=tuple(_row(record) for record in root.all("record")),
        extensions=_extensions(root),
    )


def _policy(domain: str, published: Element) -> Policy:
    return Policy(
        domain=domain,
        p=_word(published, "p"),
        sp=_word(published, "sp"),
        np=_word(published, "np"),
        adkim=_word(published, "adkim"),
        aspf=_word(published, "aspf"),
        pct=_word(published, "pct"),
        fo=_word(published, "fo"),
        testing=_word(published, "testing") in ("y", "yes", "true", "1"),
        discovery_method=_word(published, "discovery_method"),
    )


def _row(record: Element) -> Row:
    row, who = record.child("row"), record.child("identifiers")
    evaluated, results = row.child("policy_evaluated"), record.child("auth_results")
    return Row(
        source_ip=row.says("source_ip"),
        count=_count(row.says("count")),
        disposition=_word(evaluated, "disposition"),
        dkim=_word(evaluated, "dkim"),
        spf=_word(evaluated, "spf"),
        reasons=tuple(
            Reason(type=_word(reason, "type"), comment=reason.says("comment"))
            for reason in evaluated.all("reason")
        ),
        header_from=_domain(who, "header_from"),
        envelope_from=_domain(who, "envelope_from"),
        envelope_to=_domain(who, "envelope_to"),
        dkim_results=tuple(_dkim(each) for each in results.all("dkim")),
        spf_results=tuple(_spf(each) for each in results.all("spf")),
        extensions=_extensions(record),
    )


def _dkim(each: Element) -> DkimResult:
    return DkimResult(
        domain=_domain(each, "domain"),
        selector=each.says("selector"),
        result=_word(each, "result"),
        human_result=each.says("human_result"),
    )


def _spf(each: Element) -> SpfResult:
    return SpfResult(
        domain=_domain(each, "domain"),
        scope=_word(each, "scope"),
        result=_word(each, "result"),
        human_result=each.says("human_result"),
    )


def _extensions(parent: Element) -> tuple[str, ...]:
    """The names of extensions (RFC 9990 3.3); what they carry is for those who define them."""
    inside = parent.child("extensions").children
    return tuple(each.attributes.get("name") or each.name for each in inside)


def _word(parent: Element, name: str) -> str:
    return parent.says(name).lower()


def _domain(parent: Element, name: str) -> str:
    return parent.says(name).lower().rstrip(".")


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    return number if number <= MAX_COUNT else 0


def _moment(text: str) -> datetime | None:
    """Seconds since 1970, as both RFCs write them; some reporters write RFC 3339 instead."""
    if text.isascii() and text.isdigit() and len(text) < 16:
        seconds = int(text)
        return datetime.fromtimestamp(seconds, UTC) if seconds <= _LAST_SECOND else None
    return moments.read(text)


def _row_document(row: Row) -> dict[str, Any]:
    return {
        "source_ip": row.source_ip,
        "count": row.count,
        "disposition": row.disposition or None,
        "dkim": row.dkim or None,
        "spf": row.spf or None,
        "reasons": [{"type": each.type, "comment": each.comment} for each in row.reasons],
        "header_from": row.header_from,
        "envelope_from": row.envelope_from or None,
        "envelope_to": row.envelope_to or None,
        "dkim_results": _plain(row.dkim_results, "domain", "selector", "result"),
        "spf_results": _plain(row.spf_results, "domain", "scope", "result"),
    }


def _plain(values: Iterable[object], *names: str) -> list[dict[str, Any]]:
    return [{name: getattr(value, name) or None for name in names} for value in values]
