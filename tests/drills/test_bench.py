"""`sendoff bench` measures an installation of its own, and leaves no trace where it is called."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sendoff
from sendoff.cli.bench_postgres import programs


def bench(folder: Path, *words: str) -> dict[str, object]:
    """One measurement, called in an empty folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SENDOFF_")}
    env["PYTHONPATH"] = str(Path(sendoff.__path__[0]).parent)
    done = subprocess.run(
        [sys.executable, "-m", "sendoff", "bench", *words, "--json"],
        env=env, cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []
    return dict(json.loads(done.stdout))


def test_sending_is_measured_in_signatures_and_every_copy_is_accounted_for(tmp_path):
    words = ("send", "--messages", "600", "--processes", "1", "--runs", "1", "--tls", "starttls")
    report = bench(tmp_path, *words)
    assert (report["name"], report["messages"], report["complete"]) == ("send", 600, True)
    assert (report["lost"], report["duplicated"]) == (0, 0)
    cost, signature = report["worker_cpu_us_per_message"], report["rsa2048_us"]
    assert report["ratio"] == pytest.approx(cost / signature, abs=0.01)
    assert report["ratio"] > 1, "a message is signed once"
    assert 40 < report["peak_rss_mb"] < 200
    assert report["database"] == "sqlite"


@pytest.mark.parametrize("room", ["plan", "claim", "import"])
def test_a_room_apart_is_compared_with_a_plain_operation(tmp_path, room):
    report = bench(tmp_path, room, "--messages", "1000")
    assert report["name"] == room
    assert report["baseline"]
    assert report["ratio"] > 0


def test_an_open_or_a_click_is_compared_with_an_empty_function_on_the_same_server(tmp_path):
    report = bench(tmp_path, "tracking", "--messages", "2000", "--runs", "3")
    assert (report["name"], report["messages"], report["lost"]) == ("tracking", 2000, 0)
    assert "empty WSGI function" in report["baseline"]
    assert len(report["ratios"]) == 3
    assert sorted(report["ratios"])[1] == report["ratio"]
    assert report["ratio"] > 1, "a hit is more than nothing"
    assert (report["limit"], report["cpu_us_per_hit"] > report["baseline_us"] > 0) == (2.0, True)


@pytest.mark.server
@pytest.mark.skipif(programs() is None, reason="there is no PostgreSQL: install `postgresql`")
def test_a_server_of_its_own_is_measured_apart_from_the_workers(tmp_path):
    words = ("send", "--messages", "300", "--processes", "1", "--runs", "1")
    report = bench(tmp_path, *words, "--database", "postgres")
    assert (report["database"], report["complete"]) == ("postgres", True)
    assert (report["lost"], report["duplicated"]) == (0, 0)
    assert report["other_us"]["database"] > 0
