"""Installations for the journeys; each ends with its test, and every process with it."""

from collections.abc import Iterator

import pytest

from journeys.installation import Installation


@pytest.fixture
def house(tmp_path) -> Iterator[Installation]:
    """An installation that nothing has been started in yet."""
    with Installation(tmp_path) as made:
        yield made
