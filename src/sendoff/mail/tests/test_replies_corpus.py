"""What servers really said, against the labels of the corpus; no row is the source of a rule."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sendoff.mail import diagnostics, replies, stages

CORPUS = Path(__file__).parents[5] / "shared/corpora/smtp_replies/replies.jsonl"

# The 29 rows that carry another vocabulary, each of its words in ours, by what the words mean.
OUR_WORD = {
    "authfailure": {"auth_failure"},
    "badreputation": {"ip_or_sender_blocked", "rate_limited"},
    "blocked": {"ip_or_sender_blocked"},
    "contenterror": {"content_or_policy"},
    "exceedlimit": {"too_big"},
    "expired": {"expired_or_network"},
    "filtered": {"recipient_filtered"},
    "hasmoved": {"bad_mailbox"},
    "hostunknown": {"bad_domain"},
    "mailboxfull": {"mailbox_full"},
    "mailererror": {"remote_system"},
    "mesgtoobig": {"too_big"},
    "networkerror": {"expired_or_network"},
    "norelaying": {"remote_system"},
    "notaccept": {"bad_domain"},
    "notcompliantrfc": {"content_or_policy"},
    "onhold": {"unknown"},
    "policyviolation": {"content_or_policy"},
    "rejected": {"ip_or_sender_blocked"},
    "requireptr": {"ip_or_sender_blocked"},
    "securityerror": {"auth_failure"},
    "spamdetected": {"content_or_policy"},
    "speeding": {"rate_limited"},
    "suspend": {"mailbox_inactive"},
    "systemerror": {"remote_system"},
    "systemfull": {"remote_system"},
    "toomanyconn": {"rate_limited"},
    "userunknown": {"bad_mailbox"},
    "virusdetected": {"content_or_policy"},
}
#: What a reply of these categories says is never a reason to stop writing to somebody.
NOT_THE_ADDRESS = {
    "ip_or_sender_blocked",
    "auth_failure",
    "content_or_policy",
    "rate_limited",
    "too_big",
    "expired_or_network",
    "remote_system",
    "mailbox_full",
    "unknown",
}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    if not CORPUS.exists():
        pytest.skip("../shared/corpora/smtp_replies is absent")
    return [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]


def verdict(row: dict[str, Any], stage: str = "") -> replies.Verdict:
    found = diagnostics.read(row["text"])
    return replies.understand(found.reply, stage or found.stage)


def wrong(rows: list[dict[str, Any]]) -> list[str]:
    return [
        f"{row['text'][:90]}: {verdict(row).category}, not {row['category']}"
        for row in rows
        if verdict(row).category not in OUR_WORD.get(row["category"], {row["category"]})
    ]


def test_the_rows_in_our_words_are_understood(rows: list[dict[str, Any]]) -> None:
    ours = [row for row in rows if row["category"] in stages.CATEGORIES]
    missed = wrong(ours)
    assert 1 - len(missed) / len(ours) >= 0.95, missed


def test_the_rows_in_other_words_are_understood(rows: list[dict[str, Any]]) -> None:
    others = [row for row in rows if row["category"] not in stages.CATEGORIES]
    assert {row["category"] for row in others} == set(OUR_WORD)
    assert not wrong(others)


def test_hardly_a_row_is_unknown(rows: list[dict[str, Any]]) -> None:
    unknown = [row["text"] for row in rows if verdict(row).category == "unknown"]
    assert len(unknown) <= 4, unknown


@pytest.mark.parametrize("stage", ["", "greeting", "mail", "rcpt", "data"])
def test_no_block_and_no_policy_ever_suppresses_anybody(
    rows: list[dict[str, Any]], stage: str
) -> None:
    for row in rows:
        if row["category"] in NOT_THE_ADDRESS:
            assert verdict(row, stage).action != "suppress", row["text"]


def test_what_suppresses_is_permanent_and_the_recipients_fault(rows: list[dict[str, Any]]) -> None:
    asking = [said for said in map(verdict, rows) if said.action == "suppress"]
    assert len(asking) > 20
    for said in asking:
        assert said.fault is stages.Fault.RECIPIENT
        assert said.category in ("bad_mailbox", "mailbox_inactive", "bad_domain")
        assert not said.temporary


def test_no_rule_knows_a_host_or_an_address_of_the_corpus(rows: list[dict[str, Any]]) -> None:
    texts = " ".join(row["text"] for row in rows)
    names = {name.casefold() for name in re.findall(r"\b(?:[\w-]+\.)+[a-z]{2,}\b", texts)}
    names |= {name.casefold() for name in re.findall(r"[\w.+-]+@[\w.-]+", texts)}
    for rule in replies._rules():
        if rule.text:
            pattern = rule.text.pattern.replace("\\", "").casefold()
            assert not {name for name in names if name in pattern}, rule.id
