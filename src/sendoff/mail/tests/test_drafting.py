"""A draft becomes a rule once a person has completed it, and matches replies of its shape."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.lib import rules
from sendoff.mail import drafting, replies

TODAY = date(2026, 11, 22)
HEAD = 'schema = "sendoff.mail.replies:ReplyRule"\n\n'
LIKE = [
    (
        "550 5.9.1 Zorp <ana@post.test> refused by mx1.post.test (id 7Fa81c02de)",
        "550 5.9.1 Zorp <ben@shop.test> refused by mx22.shop.test (id 09bC11ffaa)",
    ),
    ("554 Zorp größe_x 17 [192.0.2.1]", "554 zorp GRÖSSE x 4 [198.51.100.20]"),
    ("421 see https://a.test/q?id=1 for zorp", "421 see https://b.test/x for zorp"),
]


def loaded(draft: str, folder: Path) -> tuple[replies.ReplyRule, ...]:
    path = folder / "own.toml"
    path.write_text(HEAD + draft, "utf-8")
    return rules.load(path, replies.ReplyRule)


def completed(draft: str) -> str:
    return draft.replace("not_sample = []", 'not_sample = ["550 5.1.1 User unknown"]')


@pytest.mark.parametrize(("reply", "like"), LIKE)
def test_a_completed_draft_is_a_rule_that_matches_its_kind(
    reply: str, like: str, tmp_path: Path
) -> None:
    draft = drafting.draft(reply, stage="rcpt", seen="seen 3 times", today=TODAY)
    (rule,) = loaded(completed(draft), tmp_path)
    assert rule.text is not None
    assert rule.holds(replies.parse([like.encode()]), "rcpt", "")
    assert not rule.holds(replies.parse([b"550 something else"]), "rcpt", "")


def test_a_draft_without_a_near_miss_is_refused(tmp_path: Path) -> None:
    draft = drafting.draft("550 zorp", seen="seen once", today=TODAY)
    with pytest.raises(rules.RuleError, match="lacks not_sample"):
        loaded(draft, tmp_path)


def test_a_draft_keeps_nobodys_address_and_names_the_provider() -> None:
    draft = drafting.draft(
        "550 no <ben@post.test>", provider="orange", stage="rcpt", seen="x", today=TODAY
    )
    table = tomllib.loads(draft)["rule"][0]
    assert "ben" not in draft
    assert table["providers"] == ["orange"]
    assert table["sample"] == ["rcpt: 550 no <ana@example.org>"]


@settings(deadline=None)
@given(st.text(max_size=300))
def test_of_any_text_a_draft_is_toml_that_matches_it(text: str) -> None:
    reply = "550 zorp " + " ".join(text.split())
    draft = drafting.draft(reply, seen="x", today=TODAY)
    rule = replies.ReplyRule.from_table(tomllib.loads(draft)["rule"][0])
    assert rule.matches_sample(rule.sample[0])
