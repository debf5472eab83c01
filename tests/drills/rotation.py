"""Rotate DKIM keys in the middle of a send: everything that arrives must verify.

`bin/drill rotation --messages 50000`: real workers and DNS on loopback, pretend providers that keep
every mail. Both our own verifier and dkimpy judge each signature against the records as they were
published. One JSON line on stdout; exit code 1 where one fails or a mail is lost or doubled.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import dkim as dkimpy

from journeys.installation import Installation
from sendoff.cli.bench_lab import DOMAIN
from sendoff.cli.bench_postgres import Postgres
from sendoff.lib import clock
from sendoff.mail.auth import dkim, message
from sendoff.mail.auth.zone import Zone

PROVIDERS = 10
CONNECTIONS = 5  # of a worker: few, so that the send outlasts the rotation
DELAY_S = 0.01  # before each reply of a provider
BEGIN_AT = 0.02  # of the messages are accepted when the new keys are planned
_PATIENCE_S = 60.0
_FILED_ON_TOP = 3  # lines that the mailbox puts on top of a mail as it came

Found = tuple[str, str, str]  # Message-ID, selectors, what is wrong


@dataclass(slots=True)
class Result:
    """What the drill found. `selectors`: how many mails were signed by which keys."""

    messages: int
    accepted: int = 0
    verified: int = 0
    selectors: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Every mail arrived once and verifies, and the keys changed in the middle."""
        whole = self.accepted == self.verified == self.messages
        return whole and len(self.selectors) > 1 and not (self.lost or self.doubled or self.wrong)


class Drill:
    """One campaign in the middle of which the domain's keys are replaced."""

    def __init__(self, house: Installation, workers: int = 1) -> None:
        self.house = house
        self.workers = workers
        house.env |= {
            "SENDOFF_DKIM_SEEN_FOR_S": "1",
            "SENDOFF_WORKER_CONNECTIONS": str(CONNECTIONS),
        }

    def run(self, messages: int) -> Result:
        """The whole drill: from an RSA key to an RSA and an Ed25519 key."""
        began, result = time.perf_counter(), Result(messages)
        self.prepare(messages)
        campaign = self.house.draft()
        self.house.clerk()
        for n in range(self.workers):
            self.house.sender(f"sender{n}")
        self.house.send(campaign)
        self._until_accepted(campaign, round(messages * BEGIN_AT))
        self.rotate()
        books = self.house.done(campaign, within_s=120 + messages / 20)
        result.accepted = books["accepted"]
        self.judge(campaign, result)
        result.seconds = round(time.perf_counter() - began, 1)
        return result

    def prepare(self, messages: int) -> None:
        """Providers that keep everything, tables, records, people."""
        file = self.house.folder / "providers.toml"
        file.write_text("\n".join(map(_provider, range(PROVIDERS))))
        self.house.open_names(personalities=file)
        self.house.set_up()
        self.house.people(f"p{n}@archive{n % PROVIDERS}.test" for n in range(messages))

    def rotate(self, kind: str = "both") -> None:
        """Plan new keys, publish their records, and see that they sign."""
        planned = self.house.sendoff("domain", "rotate", DOMAIN, "--kind", kind)["keys"]
        new = [key for key in planned if key["state"] == "planned"]
        self.house.publish(
            {"name": key["host"], "type": key["type"], "value": key["value"]} for key in new
        )
        wanted = {key["selector"] for key in new}
        self.house.until(lambda: wanted == self.signing(), _PATIENCE_S, "the new keys sign")

    def signing(self) -> set[str]:
        """The selectors that sign now."""
        (domain,) = self.house.ask("senders", "domains", 1)
        return set(domain["selectors"])

    def judge(self, campaign: int, result: Result) -> None:
        """Compare what arrived with the books, and verify every signature."""
        copies: Counter[str] = Counter()
        selectors: Counter[str] = Counter()
        for message_id, signed_by, problem in self._judged():
            copies[message_id] += 1
            selectors[signed_by] += 1
            result.verified += not problem
            result.wrong += [f"{message_id}: {problem}"] if problem else []
        result.selectors = dict(sorted(selectors.items()))
        rows = self.house.rows(campaign)
        result.lost = sum(not copies[row["message_id"]] for row in rows)
        result.doubled = sum(n - 1 for n in copies.values())

    def _judged(self) -> Iterable[Found]:
        mails = sorted((self.house.folder / "providers" / "mail").glob("*/*/new/*"))
        with urllib.request.urlopen(f"http://{self.house.facts['http']}/records") as answer:
            records = {r["name"]: r["value"] for r in json.load(answer) if r["type"] == "TXT"}
        with ProcessPoolExecutor(os.cpu_count()) as processes:
            for found in processes.map(partial(judged, records=records), portions(mails)):
                yield from found

    def _until_accepted(self, campaign: int, n: int) -> None:
        self.house.until(
            lambda: self.house.books(campaign)["accepted"] >= n, _PATIENCE_S, f"{n} are accepted"
        )


def portions(mails: list[Path]) -> Iterable[tuple[Path, ...]]:
    """Portions that are worth handing to another process."""
    return (tuple(mails[at : at + 100]) for at in range(0, len(mails), 100))


def judged(mails: Iterable[Path], records: dict[str, str]) -> list[Found]:
    """What each mail is, who signed it, and the first thing that is wrong with that."""
    zone = Zone({name: [{"type": "TXT", "value": value}] for name, value in records.items()})
    known = {f"{name}.".encode(): value.encode() for name, value in records.items()}
    return [_judged(_as_it_came(mail), zone, known) for mail in mails]


def _judged(data: bytes, zone: Zone, known: dict[bytes, bytes]) -> Found:
    read = message.parse(data)
    (message_id,) = read.named(b"message-id")
    ours = asyncio.run(dkim.verify(read, zone, clock.now()))
    problems = [f"{each.selector}: {each.why}" for each in ours if not each.passes]
    for n in range(len(ours)):
        if not _dkimpy_takes(data, n, known):
            problems.append(f"{ours[n].selector}: dkimpy does not take it")
    selectors = " ".join(each.selector for each in ours)
    return message_id.value.decode().strip(), selectors, "; ".join(problems) or _none(selectors)


def _none(selectors: str) -> str:
    return "" if selectors else "it bears no signature"


def _dkimpy_takes(data: bytes, n: int, known: dict[bytes, bytes]) -> bool:
    try:
        return bool(
            dkimpy.DKIM(data).verify(idx=n, dnsfunc=lambda name, timeout=5: known.get(name))
        )
    except dkimpy.DKIMException:
        return False


def _as_it_came(mail: Path) -> bytes:
    return mail.read_bytes().split(b"\r\n", _FILED_ON_TOP)[_FILED_ON_TOP]


def _provider(n: int) -> str:
    return f"""
[[provider]]
name = "archive{n}"
reads = "takes everything, a little late, and keeps it"
domains = ["archive{n}.test"]
address = "127.77.3.{n + 1}"
tls = "none"
check = false
delay_s = {DELAY_S}
expect = {{ stage = "accepted", fault = "", outcome = "accepted", category = "" }}
"""


def main() -> int:
    """Run the drill and print its result."""
    parser = argparse.ArgumentParser(prog="bin/drill rotation")
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    with ExitStack() as parts:
        folder = parts.enter_context(tempfile.TemporaryDirectory(prefix="sendoff-"))
        server = parts.enter_context(Postgres()) if given.database == "postgres" else None
        house = parts.enter_context(Installation(Path(folder)))
        if server:
            house.use_database(server.url, server.pid)
        result = Drill(house, given.workers).run(given.messages)
    told: dict[str, Any] = {**asdict(result), "wrong": result.wrong[:10], "ok": result.ok}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
