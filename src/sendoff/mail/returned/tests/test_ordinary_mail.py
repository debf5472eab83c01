"""Ordinary mail, much of it about bounces, is not taken for one."""

import json
from collections import Counter
from pathlib import Path

import pytest

from ordinary_mail import mails
from sendoff.mail import returned

CORPORA = Path(__file__).parents[6] / "shared/corpora"
CAME_BACK = ("bounce", "delayed", "complaint", "delivered")


def test_of_a_thousand_ordinary_mails_none_comes_back() -> None:
    taken = Counter(kind for kind, raw in mails(1000) if returned.read(raw).kind in CAME_BACK)
    assert not taken


def test_absence_notes_are_automatic_answers() -> None:
    kinds = {returned.read(raw).kind for kind, raw in mails(280) if kind == "absence"}
    assert kinds == {"autoreply"}


def test_no_newsletter_of_the_corpus_comes_back() -> None:
    if not CORPORA.exists():
        pytest.skip("../shared/corpora/newsletters is absent")
    lines = (CORPORA / "newsletters/templates.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) > 100
    for row in rows:
        markup = (CORPORA / "newsletters" / row["path"]).read_bytes()
        head = b"From: News <news@letters.test>\nSubject: Autumn\nContent-Type: text/html\n\n"
        assert returned.read(head + markup).kind == "none", row["path"]


def test_no_mail_of_the_dkim_corpus_comes_back() -> None:
    if not CORPORA.exists():
        pytest.skip("../shared/corpora/dkim is absent")
    paths = sorted((CORPORA / "dkim/generated").glob("*.eml"))
    assert len(paths) > 50
    assert not [path.name for path in paths if returned.read(path.read_bytes()).kind in CAME_BACK]
