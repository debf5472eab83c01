"""Compare the peak memory of workers and clerk at a small campaign and at a large one.

`bin/drill memory`. On SQLite, in two installations one after the other. One JSON line on stdout;
exit code 1 where a peak grew beyond the limit, or where a message was lost or doubled.
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from journeys.installation import Installation, crowd
from sendoff.cli import bench_meter
from sendoff.cli.bench_lab import DOMAINS

FEW, MANY = 10_000, 1_000_000
LIMIT = 1.10
IMPORTED = 1_000  # through the door that people have; the others are made after their likeness
_LOOK_S = 0.5
_STUCK_S = 60.0


@dataclass(slots=True)
class Sent:
    """One campaign: what the sink took, and the peaks in MB. `course`: RSS at each tenth of it."""

    messages: int
    seconds: float = 0.0
    accepted: int = 0
    lost: int = 0
    duplicated: int = 0
    peaks: dict[str, float] = field(default_factory=dict)
    course: list[dict[str, float]] = field(default_factory=list)


@dataclass(slots=True)
class Result:
    """Both campaigns."""

    few: Sent
    many: Sent

    @property
    def ratios(self) -> dict[str, float]:
        """Peak at the large campaign by that at the small one, for each kind of process."""
        return {part: round(self.many.peaks[part] / mb, 3) for part, mb in self.few.peaks.items()}

    @property
    def whole(self) -> bool:
        """Whether every message of both was taken exactly once."""
        both = (self.few, self.many)
        return all(s.accepted == s.messages and not s.lost + s.duplicated for s in both)

    @property
    def ok(self) -> bool:
        """Whether all is whole and no peak is beyond the limit."""
        return self.whole and max(self.ratios.values()) <= LIMIT


class Drill:
    """One installation that sends one campaign."""

    def __init__(self, house: Installation, messages: int, workers: int) -> None:
        self.house = house
        self.senders = [f"sender{n}" for n in range(workers)]
        self.sent = Sent(messages)

    def run(self) -> Sent:
        """Everything from the first person to the last copy."""
        self.house.prepare()
        add_people(self.house, self.sent.messages)
        campaign = self.house.draft()
        self.house.clerk()
        for name in self.senders:
            self.house.sender(name)
        self.house.until(lambda: len(self.house.senders()) == len(self.senders), 30, "workers")
        began = time.perf_counter()
        self.house.send(campaign)
        self._watch(campaign)
        self.sent.seconds = round(time.perf_counter() - began, 1)
        self.sent.peaks = {k: round(bench_meter.peak_mb(p), 1) for k, p in self._pids().items()}
        self._account(campaign)
        return self.sent

    def _pids(self) -> dict[str, list[int]]:
        pid = {name: self.house.parts[name].pid for name in ("clerk", *self.senders)}
        return {"clerk": [pid["clerk"]], "worker": [pid[name] for name in self.senders]}

    def _watch(self, campaign: int) -> None:
        """Wait until it is done, and note the memory at each tenth."""
        moved, taken = time.monotonic(), -1
        while self.house.badge(campaign) != "done":
            books = self.house.books(campaign)
            if books["accepted"] != taken:
                moved, taken = time.monotonic(), books["accepted"]
            if taken * 10 // self.sent.messages > len(self.sent.course):
                self._note(taken)
            assert time.monotonic() < moved + _STUCK_S, f"nothing moves any more: {books}"
            time.sleep(_LOOK_S)

    def _note(self, taken: int) -> None:
        now = {k: round(bench_meter.rss_mb(pids), 1) for k, pids in self._pids().items()}
        self.sent.course.append({"accepted": taken, **now})
        sys.stderr.write(f"{taken:>9,} of {self.sent.messages:,} accepted: {now}\n")

    def _account(self, campaign: int) -> None:
        """Compare the books with the sink's ledger."""
        books = self.house.books(campaign)
        copies = self.house.copies()
        self.sent.accepted = books["accepted"]
        self.sent.lost = max(books["accepted"] - len(copies), 0)
        self.sent.duplicated = copies.total() - len(copies)


def add_people(house: Installation, count: int) -> None:
    """Import some, and write the rest straight into the database: a minute instead of many."""
    house.people(crowd(min(count, IMPORTED)))
    database = sqlite3.connect(house.data / "sendoff.sqlite3")
    database.execute("CREATE TEMP TABLE site (n INTEGER PRIMARY KEY, name TEXT)")
    database.executemany("INSERT INTO site VALUES (?, ?)", enumerate(DOMAINS))
    likeness = {"first": IMPORTED, "beyond": count, "sites": len(DOMAINS), "like": crowd(1)[0]}
    if count > IMPORTED:
        for statement in (_CONTACTS, _MEMBERS):
            database.execute(statement, likeness)
    database.commit()
    database.close()


_CONTACTS = """
WITH RECURSIVE person(n) AS (
    SELECT :first UNION ALL SELECT n + 1 FROM person WHERE n + 1 < :beyond
)
INSERT INTO audience_contact
    (workspace_id, email, domain, status, status_why, fields, created_at)
SELECT model.workspace_id, 'p' || person.n || '@' || site.name, site.name, model.status,
       model.status_why, model.fields, model.created_at
FROM person
JOIN site ON site.n = person.n % :sites
JOIN audience_contact AS model ON model.email = :like
"""

_MEMBERS = """
INSERT INTO audience_listmembership (workspace_id, list_id, contact_id, joined_at)
SELECT stay.workspace_id, stay.list_id, contact.id, stay.joined_at
FROM audience_contact AS contact
JOIN audience_contact AS model ON model.email = :like
JOIN audience_listmembership AS stay ON stay.contact_id = model.id
WHERE contact.id > (SELECT max(contact_id) FROM audience_listmembership)
"""


def compare(sizes: Iterable[int], workers: int) -> Result:
    """Send to each size in an installation of its own."""
    sent = []
    for size in sizes:
        with (
            tempfile.TemporaryDirectory(prefix="sendoff-drill-") as folder,
            Installation(Path(folder)) as house,
        ):
            sent.append(Drill(house, size, workers).run())
    return Result(*sent)


def main() -> int:
    """Run the drill and print its result."""
    parser = argparse.ArgumentParser(prog="bin/drill memory")
    parser.add_argument("--messages", type=int, default=MANY, help="of the large campaign")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    result = compare((FEW, given.messages), given.workers)
    found = {**asdict(result), "ratios": result.ratios, "limit": LIMIT, "ok": result.ok}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
