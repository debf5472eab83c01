"""The registrable domain is what the list's own test vectors say."""

import json
from pathlib import Path

import pytest

from sendoff.mail.auth import suffixes

ROWS = Path(__file__).parents[6] / "shared/corpora/dmarc/psl_registrable.jsonl"


def test_the_vectors_of_the_list_are_met():
    if not ROWS.exists():
        pytest.skip(f"The corpus {ROWS.name} is not beside this repository.")
    rows = [json.loads(line) for line in ROWS.read_text().splitlines()]
    wrong = [row for row in rows if suffixes.registrable(row["domain"]) != row["registrable"]]
    assert wrong == []
    assert len(rows) == 78


def test_a_name_below_what_was_registered_leads_to_it():
    assert suffixes.registrable("News.Shop.co.uk.") == "shop.co.uk"
    assert suffixes.registrable("co.uk") is None
    assert suffixes.registrable("") is None
