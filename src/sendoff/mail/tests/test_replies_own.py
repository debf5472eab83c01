"""Replies in many wordings and languages, each labelled before a rule was run on it."""

from pathlib import Path

import pytest

from sendoff.mail import diagnostics, replies, stages

ROWS = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("replies_own.tsv").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
SUPPRESSED = {"bad_mailbox", "mailbox_inactive", "bad_domain"}


def verdict(text: str, stage: str = "") -> replies.Verdict:
    found = diagnostics.read(text)
    return replies.understand(found.reply, stage or found.stage)


def test_the_labels_are_words_of_ours() -> None:
    assert len(ROWS) > 300
    for category, faults, text in ROWS:
        assert category in stages.CATEGORIES, text
        assert {stages.Fault(fault) for fault in faults.split()}


def test_nearly_all_are_understood() -> None:
    missed = [
        f"{text}: {verdict(text).rule}"
        for label, _, text in ROWS
        if verdict(text).category != label
    ]
    assert len(missed) <= 0.04 * len(ROWS), missed


def test_the_blame_goes_to_the_right_party() -> None:
    missed = [
        f"{text}: {verdict(text).fault}"
        for _, faults, text in ROWS
        if verdict(text).fault not in faults.split()
    ]
    assert len(missed) <= 0.04 * len(ROWS), missed


@pytest.mark.parametrize("stage", ["", "greeting", "mail", "rcpt", "data"])
def test_nobody_is_suppressed_for_what_is_not_the_addresses_fault(stage: str) -> None:
    for label, _, text in ROWS:
        if label not in SUPPRESSED:
            assert verdict(text, stage).action != "suppress", text


def test_a_guess_by_nouns_never_acts_by_itself() -> None:
    guesses = [rule for rule in replies._rules() if rule.id.startswith("hint-")]
    assert guesses
    assert {rule.action for rule in guesses} == {"inspect"}
    assert {rule.temporary_action for rule in guesses} == {"retry"}


def test_accents_underscores_and_capitals_make_no_difference() -> None:
    for text in ("550 BOITE PLEINE", "550 boîte pleine", "550 Boi\u0302te_pleine"):
        assert verdict(text).category == "mailbox_full"
