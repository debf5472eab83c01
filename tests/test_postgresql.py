"""The outbox and its reaper on a real PostgreSQL: their own tests, and many writers at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sendoff.cli.bench_postgres import Postgres, programs

ROOT = Path(__file__).parents[1]
TESTS = (
    "src/sendoff/outbox/tests",
    "src/sendoff/senders/tests/test_keys.py",
    "src/sendoff/cli/tests/test_lanes.py",
    "src/sendoff/sending/tests/test_reaper.py",
    "src/sendoff/feedback/tests/test_sessions.py",
    "src/sendoff/feedback/tests/test_sorting.py",
    "src/sendoff/reputation/tests/test_blocklists.py",
    "src/sendoff/proving/tests/test_remembering.py",
    "src/sendoff/reputation/tests/test_filing.py",
    "src/sendoff/reputation/tests/test_outside.py",
    "src/sendoff/reputation/tests/test_dmarc_told.py",
    "src/sendoff/tracking/tests/test_store.py",
    "src/sendoff/tracking/tests/test_labelling.py",
    "src/sendoff/tracking/tests/test_wiring.py",
    "src/sendoff/web/tests/test_metrics.py",
    "tests/proving/test_preflight_gate.py",
    "tests/postgresql/at_once.py",
    # Each of its tests empties every table, which takes PostgreSQL long; at_once.py has its gist.
    "--ignore=src/sendoff/outbox/tests/test_brokers.py",
)


@pytest.mark.server
@pytest.mark.skipif(programs() is None, reason="there is no PostgreSQL: install `postgresql`")
def test_the_outbox_keeps_its_promises_on_postgresql():
    with Postgres() as server:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
            cwd=ROOT,
            env=os.environ
            | {"SENDOFF_TEST_DATABASE": server.url, "DJANGO_SETTINGS_MODULE": "environment"},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout[-6000:]
    skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    assert all("install the package" in line for line in skipped), skipped
