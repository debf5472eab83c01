"""Named SQL is found by its name; a name used twice is an error at start."""

import pytest

from sendoff.lib import sqlfile


def test_statements_are_found_by_name_with_their_comments(tmp_path):
    path = tmp_path / "queries.sql"
    path.write_text(
        "-- A file.\n\n-- name: one\n-- What it is for.\nSELECT 1\n\n-- name: two\nSELECT 2\n"
    )
    assert sqlfile.load(path) == {"one": "-- What it is for.\nSELECT 1", "two": "SELECT 2"}


def test_a_name_used_twice_is_refused(tmp_path):
    path = tmp_path / "queries.sql"
    path.write_text("-- name: one\nSELECT 1\n-- name: one\nSELECT 2\n")
    with pytest.raises(ValueError, match="queries.sql"):
        sqlfile.load(path)
