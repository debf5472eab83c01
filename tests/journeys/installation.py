"""A real installation for whole-system stories: real processes, real DNS and SMTP on loopback.

It is only looked at through doors a person or program has: commands, the rooms' public calls, and
what the pretend recipients wrote down.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from sendoff.cli.bench_lab import DOMAINS, OWNER, Lab

TESTS = Path(__file__).parent.parent
CONTENT = """<html><body><p>Hello {{ first_name | default: "friend" }},</p>
<p>see <a href="https://shop.test/sale?x=1&amp;y=2">the sale</a>.</p></body></html>"""


class Installation(Lab):
    """Ana's installation. `ask` reads through the rooms' doors; everything else is as in life."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.env["PYTHONPATH"] += os.pathsep + str(TESTS)
        self._desk: subprocess.Popen[str] | None = None

    def prepare(self, **sink: Any) -> "Installation":
        """DNS, a sink, tables, owner and server."""
        self.open_names()
        self.open_sink(**sink)
        self.set_up()
        return self

    def ask(self, room: str, call: str, *args: Any, **named: Any) -> Any:
        """What a public call of a room answers, in plain values."""
        if self._desk is None:
            self._desk = subprocess.Popen(
                [sys.executable, "-m", "journeys.desk"],
                env=self.env,
                cwd=self.folder,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self._desk.stdin
        assert self._desk.stdout
        call_line = {"room": room, "call": call, "args": args, "named": named}
        self._desk.stdin.write(json.dumps(call_line) + "\n")
        self._desk.stdin.flush()
        return json.loads(self._desk.stdout.readline())

    def people(self, addresses: Iterable[str], to: str = "Customers") -> None:
        """Import people from a CSV file."""
        file = self.folder / f"{to}.csv"
        rows = [f"{address},{address.split('@')[0].title()}" for address in addresses]
        file.write_text("\n".join(["email,first_name", *rows]) + "\n")
        self.sendoff("import", str(file), "--list", to)

    def draft(self, *words: str, to: str = "Customers", content: str = CONTENT) -> int:
        """Write a campaign; further words are options of `campaign create`."""
        file = self.folder / "mail.html"
        file.write_text(content)
        made = self.sendoff(
            "campaign", "create", "--name", "Spring sale", "--list", to, "--from", OWNER,
            "--subject", "Hello {{ first_name }}", "--content", str(file), *words,
        )  # fmt: skip
        return int(made["id"])

    def send(self, campaign: int) -> dict[str, Any]:
        """Press Send."""
        return self.sendoff("campaign", "send", str(campaign))

    def clerk(self) -> "subprocess.Popen[bytes]":
        """Start the planning process."""
        return self.start("clerk", "sendoff", "worker", "--here", "clerk")

    def sender(self, name: str = "sender", **env: str) -> "subprocess.Popen[bytes]":
        """Start a sending process."""
        return self.start(name, "sendoff", "worker", "--here", "sender", **env)

    @property
    def python(self) -> str:
        """The interpreter that runs the installation."""
        return sys.executable

    def start_program(self, part: str, words: list[str]) -> "subprocess.Popen[bytes]":
        """Start something that is not a Python module."""
        return self._start(part, words, self.env)

    def senders(self) -> set[int]:
        """Process ids of the workers that the books think alive."""
        return {worker["pid"] for worker in self.ask("outbox", "unended")}

    def kill_sender(self) -> int:
        """End a worker without a word; its process id."""
        pid = self.until(self.senders, 20, "a worker is there").pop()
        os.kill(pid, signal.SIGKILL)
        return int(pid)

    def books(self, campaign: int) -> dict[str, Any]:
        """The books of this moment."""
        return dict(self.ask("outbox", "books", campaign))

    def badge(self, campaign: int) -> str:
        """What the campaign is doing."""
        return str(self.ask("campaigns", "get", campaign)["badge"])

    def done(self, campaign: int, within_s: float = 60) -> dict[str, Any]:
        """Wait until nothing waits any more; the books then."""
        self.until(lambda: self.badge(campaign) == "done", within_s, "the campaign is done")
        books = self.books(campaign)
        assert books["balanced"]
        assert self.ask("outbox", "proof", campaign) == []
        return books

    def until(self, holds: Callable[[], Any], within_s: float, what: str) -> Any:
        """Wait for something; what it was in the end. Fails with what every part said last."""
        deadline = time.monotonic() + within_s
        while not (found := holds()):
            if time.monotonic() > deadline:
                said = {part: self.said(part)[-1500:] for part in self.parts}
                raise AssertionError(f"not within {within_s} s: {what}; {said}")
            time.sleep(0.05)
        return found

    def rows(self, campaign: int, **wanted: Any) -> list[dict[str, Any]]:
        """The messages of a campaign, each with its address and Message-ID."""
        chosen = {"Filter": {"limit": 500, **wanted}}
        rows: list[dict[str, Any]] = []
        while page := self.ask("outbox", "messages", campaign, chosen):
            rows += page
            chosen["Filter"]["after_seq"] = page[-1]["seq"]
        return rows

    def copies(self) -> Counter[str]:
        """How many copies of each Message-ID the sink took."""
        return Counter(line.split("\t")[0] for line in _lines(self.ledger))

    def recipients(self) -> Counter[str]:
        """How many copies the sink took for each address."""
        return Counter(line.split("\t")[1] for line in _lines(self.ledger))

    def contact(self, address: str) -> int:
        """The id of somebody in Ana's only workspace."""
        return int(self.ask("audience", "find_contact", 1, address)["id"])

    def mail_of(self, address: str) -> bytes:
        """The newest mail that a pretend provider filed for somebody, as it came."""
        local, _, domain = address.partition("@")
        box = self.folder / "providers" / "mail" / domain / local / "new"
        return max(box.iterdir()).read_bytes()

    def date_of(self, mail: bytes) -> int:
        """What a mail's Date header says, in epoch seconds."""
        said = message_from_bytes(mail)["Date"]
        return int(parsedate_to_datetime(said).timestamp())

    def lock_database(self, seconds: float) -> "subprocess.Popen[bytes]":
        """Keep every writer away from the database for a while, as a backup program might."""
        program = (
            "import sqlite3, sys, time; d = sqlite3.connect(sys.argv[1], isolation_level=None);"
            "d.execute('BEGIN EXCLUSIVE'); time.sleep(float(sys.argv[2])); d.execute('ROLLBACK')"
        )
        place = str(self.data / "sendoff.sqlite3")
        return subprocess.Popen([sys.executable, "-c", program, place, str(seconds)])

    def withdraw_records(self) -> None:
        """Take everything that was published off the pretend internet's DNS."""
        place = f"http://{self.facts['http']}/records"
        with urllib.request.urlopen(urllib.request.Request(place, method="DELETE"), timeout=10):
            pass

    def filed(self) -> list[dict[str, Any]]:
        """What the pretend providers took, from their own ledger."""
        with urllib.request.urlopen(f"http://{self.facts['http']}/ledger") as answer:
            return [json.loads(line) for line in answer.read().splitlines()]

    def mail_times(self) -> list[int]:
        """When the sink saw each MAIL command, in epoch milliseconds."""
        return [int(line.split("\t")[0]) for line in _lines(self.mail_log)]

    def close(self) -> None:
        if self._desk:
            assert self._desk.stdin
            assert self._desk.stdout
            self._desk.stdin.close()
            self._desk.wait(10)
            self._desk.stdout.close()
            self._desk = None
        super().close()


def crowd(n: int) -> list[str]:
    """Addresses of so many people, spread over the sink's domains."""
    return [f"p{k}@{DOMAINS[k % len(DOMAINS)]}" for k in range(n)]


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []
