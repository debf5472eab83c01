"""Bounces of many servers, as other projects collected them, against their labels."""

import gc
import importlib.util
import json
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sendoff.mail import returned
from sendoff.mail.returned import Returned

CORPORA = Path(__file__).parents[6] / "shared/corpora"

#: What issue 4 asks for.
AT_LEAST = {
    "detect": 0.97,
    "recipient_set_exact": 0.95,
    "hard_soft_balanced": 0.90,
    "category_acc": 0.85,
    "status_exact": 0.95,
    "complaint_detect": 1.0,
}


@pytest.fixture(scope="module")
def found() -> dict[str, Returned]:
    if not CORPORA.exists():
        pytest.skip("../shared/corpora/dsn is absent")
    lines = (CORPORA / "dsn/cases.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    return {
        case["id"]: returned.read((CORPORA / "dsn" / case["path"]).read_bytes()) for case in cases
    }


@pytest.fixture(scope="module")
def score(found: dict[str, Returned]) -> dict[str, float]:
    spec = importlib.util.spec_from_file_location("score_dsn", CORPORA / "score_dsn.py")
    assert spec
    assert spec.loader
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the scorer leaves its file to the end
        answers = {name: answer(name, read) for name, read in found.items()}
        scored: dict[str, float] = scorer.score(answers)
        gc.collect()
    return scored


def answer(name: str, read: Returned) -> dict[str, Any]:
    recipients = [
        {
            "recipient": each.recipient,
            "status": each.status,
            "hard": each.hard,
            "category": each.category,
        }
        for each in read.recipients
    ]
    return {"id": name, "kind": str(read.kind), "recipients": recipients}


@pytest.mark.parametrize("figure", AT_LEAST)
def test_the_corpus_is_read_as_well_as_asked(score: dict[str, float], figure: str) -> None:
    assert score[figure] >= AT_LEAST[figure]


def test_no_other_mail_of_the_corpus_is_taken_for_a_bounce(score: dict[str, float]) -> None:
    assert score["n_negative"] == 10
    assert score["false_bounce"] == 0


def test_what_suppresses_in_the_corpus_is_the_recipients_own_fault(
    found: dict[str, Returned],
) -> None:
    asking = [each for read in found.values() for each in read.recipients if each.suppress]
    assert len(asking) > 40
    for each in asking:
        assert each.fault == "recipient"
        assert not each.temporary


def test_feedback_reports_are_read_as_labelled() -> None:
    if not CORPORA.exists():
        pytest.skip("../shared/corpora/reports is absent")
    lines = (CORPORA / "reports/reports.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    reports = [row for row in rows if row["kind"] == "arf"]
    assert len(reports) == 5
    for row in reports:
        read = returned.read((CORPORA / "reports" / row["path"]).read_bytes())
        expected = row["expected"]
        assert read.report
        fields = read.report.fields
        assert read.feedback_type.replace("-", "") == expected["feedback_type"].lower()
        assert read.kind == ("complaint" if read.feedback_type == "abuse" else "report")
        for name in ("user_agent", "original_mail_from", "original_rcpt_to", "source_ip"):
            told = fields.get(name.replace("_", "-"), ("",))[0]
            assert told.partition(" (")[0] == (expected[name] or ""), row["id"]
        assert list(fields.get("reported-domain", ())) == expected["reported_domain"]
        assert list(fields.get("reported-uri", ())) == expected["reported_uri"]
        assert int(fields["version"][0]) == expected["version"]
        assert int(fields.get("incidents", ("1",))[0]) == expected["incidents"]
        assert fields.get("original-envelope-id", (None,))[0] == expected["original_envelope_id"]
        failed = fields.get("auth-failure", ("unspecified",))[0].lower()
        assert failed == expected["auth_failure"].lower()


def test_reports_of_many_messages_are_recognised() -> None:
    if not CORPORA.exists():
        pytest.skip("../shared/corpora/reports is absent")
    seen: Counter[str] = Counter()
    for path in sorted((CORPORA / "reports/files").iterdir()):
        read = returned.read(path.read_bytes())
        if "arf" not in path.name:
            assert read.kind == "report", path.name
            assert read.report
            assert read.report.type == ("tls" if "tlsrpt" in path.name else "dmarc_aggregate")
            seen[read.report.type] += 1
    assert seen == {"dmarc_aggregate": 10, "tls": 3}
