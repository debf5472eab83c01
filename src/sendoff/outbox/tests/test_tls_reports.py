"""A day's lines are counted by domain, policy and failure; reports wait until they are accepted."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

import house
from sendoff.drivers.contract import SessionEvidence
from sendoff.lib import clock
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.mail.tls_report import Failure, Policy
from sendoff.outbox import public as outbox
from sendoff.outbox import tls_reports
from sendoff.smtp import mta_sts

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXT = "version: STSv1\nmode: testing\nmx: mx.inbox.test\nmax_age: 86400\n"
LINE = SessionEvidence(
    driver="direct",
    source_ip="192.0.2.1",
    mx="mx.inbox.test",
    peer="[2001:db8::1]:25",
    tls_wanted="opportunistic",
    tls_version="1.3",
    domain="inbox.test",
)
PLAIN = Policy(type="no-policy-found", domain="inbox.test")


def opened(lines: Sequence[SessionEvidence], at: datetime = NOON, server: int = 7) -> None:
    rows = [
        outbox.SessionRow(
            id=uuid4().hex, server_id=server, at_ms=clock.ms(at), evidence=json.dumps(asdict(line))
        )
        for line in lines
    ]
    outbox.settle([], rows, [])


def counted() -> dict[str, tuple[int, dict[str, int]]]:
    """For inbox.test: successes and failures by result, by type of policy."""
    found = outbox.tls_counts_told(outbox.tls_counts(DAY, [7]), DAY)["inbox.test"]
    return {
        policy.type: (
            count.successful,
            {failure.result: n for failure, n in count.failures.items()},
        )
        for policy, count in found.items()
    }


def test_only_the_day_and_our_own_servers_count() -> None:
    opened([LINE])
    opened([LINE], at=NOON + timedelta(hours=12))
    opened([LINE], at=NOON - timedelta(hours=13))
    opened([LINE], server=8)
    opened([replace(LINE, domain="")])
    found = outbox.tls_counts(DAY, [7])
    assert {domain: each[PLAIN].successful for domain, each in found.items()} == {"inbox.test": 1}


def test_without_a_policy_a_bad_certificate_is_no_failure_but_clear_text_is() -> None:
    unverified = replace(LINE, tls_result="certificate-expired", tls_why_not="It expired.")
    clear = replace(LINE, tls_version="", tls_result="starttls-not-supported")
    opened([LINE, unverified, clear, clear])
    assert counted() == {"no-policy-found": (2, {"starttls-not-supported": 2})}


def test_under_a_policy_the_same_is_a_failure_even_in_testing() -> None:
    sts = replace(LINE, tls_wanted="mta-sts testing")
    expired = replace(sts, tls_result="certificate-expired", tls_why_not="It expired.")
    dane = replace(LINE, tls_wanted="dane", tlsa=("3 1 1 00",), tls_result="validation-failure")
    opened([sts, expired, dane])
    found = outbox.tls_counts(DAY, [7])["inbox.test"]
    policies = {policy.type: policy for policy in found}
    assert counted() == {
        "sts": (1, {"certificate-expired": 1}),
        "tlsa": (0, {"validation-failure": 1}),
    }
    assert policies["tlsa"].lines == ("3 1 1 00",)
    assert policies["tlsa"].domain == "mx.inbox.test"
    assert list(found[policies["sts"]].failures) == [
        Failure(
            result="certificate-expired",
            source_ip="192.0.2.1",
            mx="mx.inbox.test",
            peer_ip="2001:db8::1",
            reason="It expired.",
        )
    ]


def test_the_policy_is_told_in_its_own_words() -> None:
    kept = mta_sts.parse(TEXT, "1", clock.ms(NOON))
    outbox.save_routes([replace(house.open_route("inbox.test"), policy=kept)])
    opened([replace(LINE, tls_wanted="mta-sts testing")])
    (policy,) = outbox.tls_counts_told(outbox.tls_counts(DAY, [7]), DAY)["inbox.test"]
    assert (policy.lines, policy.hosts) == (tuple(TEXT.splitlines()), ("mx.inbox.test",))


def test_a_policy_that_could_not_be_had_is_told_too() -> None:
    trouble = "sts-policy-fetch-error"
    outbox.save_routes([replace(house.open_route("inbox.test"), trouble=trouble)])
    opened([LINE])
    assert counted() == {"no-policy-found": (1, {}), "sts": (0, {trouble: 1})}


def test_a_domain_whose_policy_allows_none_of_its_hosts_is_told() -> None:
    outcome = Outcome(
        kind=Kind.DEFERRED, stage="tls", fault=Fault.RECIPIENT_SYSTEM, category="remote_system"
    )
    route = replace(house.open_route("inbox.test"), outcome=outcome, resolved_ms=clock.ms(NOON))
    outbox.save_routes([route])
    assert outbox.tls_barred(DAY) == ["inbox.test"]
    assert outbox.tls_barred(DAY + timedelta(days=1)) == []
    found = outbox.tls_counts_told({"inbox.test": {}}, DAY)["inbox.test"]
    assert [each.failures.total() for each in found.values()] == [1]


def test_a_report_is_tried_hourly_for_a_day_and_never_after_it_was_accepted_or_refused() -> None:
    home = house.furnish()
    report = outbox.TlsReportRow(
        workspace_id=home.workspace, day=DAY, domain="inbox.test", address="a@inbox.test",
        successful=1, failed=0, document={"report-id": "1"},
    )  # fmt: skip
    others = [replace(report, address=f"{name}@inbox.test") for name in "bc"]
    assert outbox.keep_tls_reports([report, *others]) == 3
    assert outbox.keep_tls_reports([report]) == 0
    first, second, third = outbox.tls_reports_to_send()
    assert first.document == {"report-id": "1"}
    outbox.tls_report_tried(first.id, accepted=True, over=False, said="250 ok")
    outbox.tls_report_tried(second.id, accepted=False, over=True, said="550 no")
    outbox.tls_report_tried(third.id, accepted=False, over=False, said="451 later")
    assert outbox.tls_reports_to_send() == []
    rows = tls_reports.TlsReport.objects
    rows.update(tried_ms=clock.now_ms() - tls_reports.TRY_AGAIN_MS)
    assert [row.id for row in outbox.tls_reports_to_send()] == [third.id]
    rows.filter(pk=third.id).update(tries=tls_reports.TRIES)
    assert outbox.tls_reports_to_send() == []
