"""The reference says what the code says: it is written from it."""

import runpy
from pathlib import Path

import pytest

PAGES = runpy.run_path(str(Path(__file__).parents[1] / "docs/reference/write.py"))["PAGES"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_of_the_reference_is_what_the_code_says(path):
    assert path.read_text() == PAGES[path](), "run bin/reference"
