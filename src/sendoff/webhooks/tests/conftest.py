"""Ana's house, and leave to post to loopback."""

import pytest

import house as furniture
from sendoff.lib.config import config


@pytest.fixture
def house(db):
    return furniture.furnish()


@pytest.fixture
def loopback(monkeypatch):
    """As on a machine whose operator allows private targets."""
    monkeypatch.setenv("SENDOFF_ALLOW_PRIVATE_TARGETS", "true")
    config.cache_clear()
    yield config()
    monkeypatch.undo()
    config.cache_clear()
