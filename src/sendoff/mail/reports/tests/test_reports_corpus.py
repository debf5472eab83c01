"""Real and sample reports are read as the corpus labels them, field by field."""

import email
import email.policy
import json
from pathlib import Path
from typing import Any

import pytest

from sendoff.mail import reports

CORPUS = Path(__file__).parents[6] / "shared/corpora/reports"
ROWS = (
    [json.loads(line) for line in (CORPUS / "reports.jsonl").read_text().splitlines()]
    if CORPUS.exists()
    else []
)
AGGREGATES = [row for row in ROWS if row["kind"] == "dmarc_aggregate"]
TLS = [row for row in ROWS if row["kind"] == "tlsrpt"]
NOT_SAID = (None, "", "unspecified")


def report_of(row: dict[str, Any]) -> reports.Aggregate | reports.TlsReport | None:
    data = (CORPUS / row["path"]).read_bytes()
    if not row["path"].endswith(".eml"):
        return reports.read(data, filename=row["path"])
    for part in email.message_from_bytes(data, policy=email.policy.compat32).walk():
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            found = reports.read(payload, part.get_content_type(), part.get_filename() or "")
            if found:
                return found
    return None


def same(ours: str, label: object) -> bool:
    """Equal in the corpus's spelling of the schema's words."""
    words = {"relaxed": "r", "strict": "s", "mailfrom": "mfrom", "other": "sampled_out"}
    told = str(label).lower()
    return ours.lower() in (told, words.get(told, told)) or (label in NOT_SAID and not ours) or (
        told == "unspecified" and not ours
    )  # fmt: skip


@pytest.mark.skipif(not ROWS, reason="The corpus of reports is not beside this repository.")
def test_all_rows_of_the_corpus_are_here():
    assert (len(AGGREGATES), len(TLS), len(ROWS)) == (10, 3, 18)


@pytest.mark.parametrize("row", AGGREGATES, ids=lambda row: row["id"])
def test_an_aggregate_report_equals_its_label(row):
    report, label = report_of(row), row["expected"]
    assert isinstance(report, reports.Aggregate)
    about, policy = label["report_metadata"], label["policy_published"]
    for ours, told in (
        (report.org_name, about["org_name"]),
        (report.email, about["email"]),
        (report.extra_contact_info, about["extra_contact_info"]),
        (report.report_id, about["report_id"]),
        *((getattr(report.policy, n), policy.get(n)) for n in
          ("domain", "adkim", "aspf", "p", "sp", "np", "fo", "discovery_method")),
    ):  # fmt: skip
        assert same(ours, told)
    assert report.policy.testing == policy["testing"]
    assert float(report.version or 0) == label["version"]
    assert report.begin is not None
    assert report.end is not None
    assert report.begin.timestamp() == about["date_range"]["begin"]
    assert report.end.timestamp() == about["date_range"]["end"]
    assert list(report.errors) == about["error"]
    assert list(report.extensions) == [each["name"] for each in label["extensions"]]
    assert len(report.rows) == len(label["record"])
    for ours_row, told_row in zip(report.rows, label["record"], strict=True):
        compare_row(ours_row, told_row)
    summary = row["summary"]
    document = report.document()
    assert same(document["org"], summary["org"])
    assert {n: document[n] for n in summary if n != "org"} == {
        n: summary[n] for n in summary if n != "org"
    }


def compare_row(ours: Any, told: dict[str, Any]) -> None:
    row, who, results = told["row"], told["identifiers"], told["auth_results"]
    assert ours.source_ip == row["source_ip"]
    assert ours.count == row["count"]
    evaluated = row["policy_evaluated"]
    assert all(same(getattr(ours, n), evaluated[n]) for n in ("disposition", "dkim", "spf"))
    assert [each.comment for each in ours.reasons] == [r["comment"] for r in evaluated["reason"]]
    assert all(same(getattr(ours, n), who[n]) for n in who)
    for mine, labels, names in (
        (ours.dkim_results, results["dkim"], ("domain", "selector", "result", "human_result")),
        (ours.spf_results, results["spf"], ("domain", "scope", "result", "human_result")),
    ):
        assert len(mine) == len(labels)
        for one, label in zip(mine, labels, strict=True):
            assert all(same(getattr(one, n), label[n]) for n in names), (one, label)
    assert list(ours.extensions) == [each["name"] for each in told["extensions"]]


@pytest.mark.parametrize("row", TLS, ids=lambda row: row["id"])
def test_a_tls_report_equals_its_label_or_at_least_is_read(row):
    report = report_of(row)
    assert isinstance(report, reports.TlsReport)
    label = row.get("expected")
    if label is None:
        assert [policy.type for policy in report.policies] == [
            "no-policy-found", "invalid-policy-type",
        ]  # fmt: skip
        assert report.successful == 2
        return
    span = label["date-range"]
    assert report.org_name == label["organization-name"]
    assert (report.contact, report.report_id) == (label["contact-info"], label["report-id"])
    document = report.document()
    assert (document["begin"], document["end"]) == (span["start-datetime"], span["end-datetime"])
    for ours, told in zip(report.policies, label["policies"], strict=True):
        compare_policy(ours, told)


def compare_policy(ours: Any, told: dict[str, Any]) -> None:
    policy, counts = told["policy"], told["summary"]
    assert (ours.type, ours.domain) == (policy["policy-type"], policy["policy-domain"])
    assert list(ours.lines) == policy["policy-string"]
    assert list(ours.mx_hosts) == policy.get("mx-host", [])
    assert ours.successful == counts["total-successful-session-count"]
    assert ours.failed == counts["total-failure-session-count"]
    for mine, label in zip(ours.failures, told["failure-details"], strict=True):
        assert {
            "result-type": mine.result,
            "failed-session-count": mine.sessions,
            "sending-mta-ip": mine.sending_ip,
            "receiving-mx-hostname": mine.mx,
            "receiving-mx-helo": mine.mx_helo,
            "receiving-ip": mine.receiving_ip,
            "additional-information": mine.information,
            "failure-reason-code": mine.reason,
        } == {name: label.get(name, "") for name in (
            "result-type", "failed-session-count", "sending-mta-ip", "receiving-mx-hostname",
            "receiving-mx-helo", "receiving-ip", "additional-information", "failure-reason-code",
        )}  # fmt: skip
