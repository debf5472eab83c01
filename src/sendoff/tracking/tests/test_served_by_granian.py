"""The hot path on the real server: answers, SIGTERM, `kill -9`, a locked database."""

import contextlib
import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import sendoff
from sendoff.lib.tokens import Tokens

KEY = bytes(range(32))
HERE = Path(__file__).parent
SOURCE = Path(sendoff.__file__).parents[1]
TOKENS = Tokens(KEY, "hit")


class Served:
    """A granian with one worker in a process group of its own, and its database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "TRACKING_TEST_FOLDER": str(folder),
            "PYTHONPATH": f"{SOURCE}:{HERE}",
        }
        make = "import served; from django.core.management import call_command as c; "
        subprocess.run(
            [sys.executable, "-c", f"{make}c('migrate', verbosity=0)"],
            env=self.environment,
            check=True,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
                *("--host", "127.0.0.1", "--port", str(self.port), "served:app"),
            ],
            env=self.environment,
            start_new_session=True,
        )
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                self.ask("/t/x")
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("granian did not answer within 30 s")

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def ask(self, path: str, method: str = "GET", body: object = None) -> http.client.HTTPResponse:
        connection = self.connect()
        try:
            connection.request(method, path, body, encode_chunked=body is not None)
            answer = connection.getresponse()
            answer.content = answer.read()
            return answer
        finally:
            connection.close()

    def open_many(self, number: int) -> list[float]:
        """One open for each message from 0; the moments at which they were answered."""
        connection, answered = self.connect(), []
        for seq in range(number):
            connection.request("GET", f"/t/o/{TOKENS.url(7, seq)}.gif")
            assert len(connection.getresponse().read()) == 43
            answered.append(time.monotonic())
        connection.close()
        return answered

    def open_until_it_dies(self, first: int) -> dict[int, float]:
        """Opens of messages from `first` on, one after the other; when each was answered."""
        connection, answered = self.connect(), {}
        seq = first
        with contextlib.suppress(OSError, http.client.HTTPException):
            while True:
                connection.request("GET", f"/t/o/{TOKENS.url(7, seq)}.gif")
                assert len(connection.getresponse().read()) == 43
                answered[seq] = time.monotonic()
                seq += 1
        return answered

    def end(self, signal_number: int) -> None:
        group = os.getpgid(self.process.pid)
        if signal_number == signal.SIGTERM:
            self.process.terminate()  # as a service manager does: the main process
        else:
            os.killpg(group, signal_number)
        self.process.wait(20)

    def rows(self, sql: str) -> list[tuple]:
        with sqlite3.connect(self.folder / "tracking.sqlite3") as database:
            found = database.execute(sql).fetchall()
        database.close()
        return found

    def stored(self) -> list[int]:
        return [seq for (seq,) in self.rows("SELECT seq FROM tracking_hit ORDER BY seq")]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path)
    yield server
    if server.process.poll() is None:
        server.end(signal.SIGKILL)


def test_the_server_answers_as_the_function_does_and_stores_soon(served):
    token = TOKENS.url(7, 1)
    assert served.ask(f"/t/c/{token}/1").headers["Location"] == "https://shop.test/two"
    head = served.ask(f"/t/o/{token}.gif", "HEAD")
    assert (head.status, head.content, head.headers["Content-Length"]) == (200, b"", "43")
    assert served.ask("/t/c/forged%0d%0aX:1/0").status == 404
    opts_out = f"/t/u/{Tokens(KEY, 'unsubscribe').url(7, 1)}"
    assert served.ask(opts_out, "POST", b"List-Unsubscribe=One-Click").status == 200
    assert served.ask(opts_out, "POST", iter([b"List-Unsub", b"scribe=One-Click"])).status == 200
    assert served.ask(opts_out, "POST", b"x" * 5000).status == 413
    time.sleep(0.5)
    kinds = served.rows("SELECT kind, method, link FROM tracking_hit ORDER BY id")
    assert sorted(kinds, key=str) == [
        ("click", "GET", 1),
        ("open", "HEAD", None),
        ("unsubscribe", "POST", None),
        ("unsubscribe", "POST", None),
    ]
    assert served.rows("SELECT ip FROM tracking_hit LIMIT 1") == [("127.0.0.1",)]


def test_sigterm_loses_no_answered_hit(served):
    served.open_many(300)
    served.end(signal.SIGTERM)
    assert served.stored() == list(range(300))


class Stalls:
    """How long this machine kept a thread waiting that only wanted to sleep for 5 ms.

    The promise is about what the recorder does, and no promise holds for a process that gets no
    processor: by so much it is let off, which on a quiet machine is nothing.
    """

    def __init__(self) -> None:
        self.worst_s, self.over = 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Stalls":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.over.is_set():
            began = time.monotonic()
            time.sleep(0.005)
            self.worst_s = max(self.worst_s, time.monotonic() - began - 0.005)


@pytest.mark.parametrize("after_s", [0.3, 0.7, 1.1])
def test_kill_9_under_load_loses_at_most_the_hits_of_the_last_200_ms(served, after_s):
    with Stalls() as stalls, ThreadPoolExecutor() as crowd:
        asking = [crowd.submit(served.open_until_it_dies, first) for first in (0, 10**6, 2 * 10**6)]
        time.sleep(after_s)
        killed = time.monotonic()
        served.end(signal.SIGKILL)
        answered = {seq: at for each in asking for seq, at in each.result().items()}
    stored = served.stored()
    missing = set(answered) - set(stored)
    assert len(stored) == len(set(stored)) > 50
    lost_s = max((killed - answered[seq] for seq in missing), default=0.0)
    assert lost_s < 0.2 + stalls.worst_s, (len(missing), stalls.worst_s)
    # Stored and not answered can only be what was being answered at that moment.
    assert len(set(stored) - set(answered)) <= len(asking)


def test_hits_during_a_locked_database_are_stored_when_it_is_free_again(served):
    served.open_many(5)
    time.sleep(0.5)
    other = sqlite3.connect(served.folder / "tracking.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    served.open_many(20)
    time.sleep(2.5)  # longer than the server waits for a lock: at least one try has failed
    other.execute("ROLLBACK")
    other.close()
    end = time.monotonic() + 10
    while len(served.stored()) < 25 and time.monotonic() < end:
        time.sleep(0.1)
    assert len(served.stored()) == 25
