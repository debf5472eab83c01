"""The public suites of SPF, DKIM, DMARC and ARC give the verdicts they say."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sendoff.mail.auth import arc, author, dkim, dmarc, evaluation, message, spf
from sendoff.mail.auth.zone import Zone

CORPORA = Path(__file__).parents[6] / "shared/corpora"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = {"ETIMEOUT": "TIMEOUT", "ESERVFAIL": "SERVFAIL", "ENODATA": "NODATA",
         "ENOTFOUND": "NXDOMAIN"}  # fmt: skip


def rows(name: str) -> list[dict[str, Any]]:
    path = CORPORA / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


SPF = rows("spf/rfc7208.jsonl")
DKIM = rows("dkim/generated.jsonl")
DMARC = rows("dmarc/evaluate.jsonl")
ARC = rows("arc/validate.jsonl")


@pytest.mark.skipif(not SPF, reason="The corpora are not beside this repository.")
def test_the_suites_are_here_whole():
    assert (len(SPF), len(DKIM), len(DMARC), len(ARC)) == (203, 94, 29, 64)


@pytest.mark.parametrize("row", SPF, ids=lambda row: row["id"])
def test_spf_is_as_the_suite_of_rfc_7208_says(row):
    verdict = asyncio.run(spf.check(row["ip"], row["mailfrom"], row["helo"], Zone(row["zone"])))
    assert verdict.result in row["expected"]
    if row["explanation"]:  # the suite writes nibbles of %{i} in capitals, RFC 7208 7.4 does not
        assert verdict.explanation is not None
        assert verdict.explanation.lower() == row["explanation"].lower()


@pytest.mark.parametrize("row", DKIM, ids=lambda row: row["id"])
def test_dkim_passes_what_two_verifiers_passed_and_nothing_else(row):
    zone = {
        name: [{"type": "TXT", "value": told.get("txt", "NXDOMAIN")}]
        for name, told in row["dns"].items()
    }
    for name in row["dns"]:
        domain = name.partition("._domainkey.")[2]
        zone[f"_dmarc.{domain}"] = [{"type": "TXT", "value": "v=DMARC1; p=reject"}]
    data = (CORPORA / "dkim" / row["path"]).read_bytes()
    told = asyncio.run(evaluation.evaluate(data, None, Zone(zone), NOW))
    if row["expected_pass"] is None:
        assert told.dmarc.result == "no_evaluation"
    else:
        assert any(verdict.passes for verdict in told.dkim) == row["expected_pass"], told.dkim


@pytest.mark.parametrize("row", DMARC, ids=lambda row: row["id"])
def test_dmarc_is_as_mailauth_says(row):
    zone = {
        name: [
            {"type": kind, "value": value}
            for kind, told in kinds.items()
            for value in ([WORDS[told["error"]]] if isinstance(told, dict) else told)
        ]
        for name, kinds in row["zone"].items()
    }
    named = row["header_from"]
    named = named if isinstance(named, list) else [named]
    who = author.one_of([each.rpartition("@")[2] for each in named])
    who = author.Author(several=True) if len(named) > 1 else who
    spf_pass, dkim_pass = (
        dmarc.Identifiers(passed=row[name]) for name in ("spf_pass_domains", "dkim_pass_domains")
    )
    verdict = asyncio.run(dmarc.evaluate(who, spf_pass, dkim_pass, Zone(zone)))
    told = evaluation.dmarc_document(verdict)
    record = told["record"] or {}
    flat = {"result": told["result"], "policy": told["policy"], "domain": told["domain"]}
    flat |= {name: record.get(name) for name in ("p", "sp", "pct")}
    for kind in ("spf", "dkim"):
        flat[f"alignment.{kind}.result"] = told["aligned"][kind]
        flat[f"alignment.{kind}.strict"] = told["strict"][kind]
    expected = {name: None if value == "not_truthy" else value
                for name, value in row["expected"].items()}  # fmt: skip
    assert {name: flat[name] for name in expected} == expected


@pytest.mark.parametrize("row", ARC, ids=lambda row: row["id"])
def test_an_arc_chain_is_valid_where_the_suite_says_so(row):
    zone = {n: [{"type": "TXT", "value": text}] for n, text in row["txt_records"].items()}
    parsed = message.parse((CORPORA / "arc" / row["path"]).read_bytes())
    verdict = asyncio.run(arc.validate(parsed, Zone(zone)))
    assert verdict.result == (row["expected"] or "fail"), verdict.why


def test_dkim_verdicts_name_the_signature_and_the_reason():
    data = b"DKIM-Signature: v=1; a=rsa-sha256; d=Shop.test; s=s1; h=to; bh=AAAA; b=AAAA\r\n\r\n"
    (verdict,) = asyncio.run(dkim.verify(message.parse(data), Zone({}), NOW))
    assert (verdict.result, verdict.domain, verdict.selector) == ("permerror", "shop.test", "s1")
    assert "From" in verdict.why
