"""Ana's workspace with one list, and files as people save them."""

import pytest
from django_tasks_db.models import DBTaskResult

from sendoff.accounts import public as accounts
from sendoff.audience import importing
from sendoff.audience import public as audience


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def ana(db):
    return accounts.create_owner("ana@shop.example", None, "Ana's shop")


@pytest.fixture
def workspace(ana):
    return ana.workspace_id


@pytest.fixture
def customers(workspace):
    return audience.create_list(workspace, "Customers")


@pytest.fixture
def csv_file(tmp_path):
    """Save a file: text is written as UTF-8, bytes as they are."""

    def save(content, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return save


@pytest.fixture
def read(workspace, customers, csv_file):
    """Import a file into the list of customers."""
    return lambda content: audience.run_import(workspace, customers, csv_file(content))


@pytest.fixture
def small_batches(monkeypatch):
    """Batches of two rows, so that a short file has several."""
    monkeypatch.setattr(importing, "BATCH", 2)


@pytest.fixture
def work():
    """Do what waits for a worker, in this process."""

    def do():
        for waiting in DBTaskResult.objects.ready():
            waiting.task.call(*waiting.args_kwargs["args"], **waiting.args_kwargs["kwargs"])
            waiting.delete()

    return do
