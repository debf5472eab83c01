"""Send a benchmark campaign through a whole installation and count what it cost and what arrived.

It calls what `campaign send` calls and switches nothing off: journal, books, evidence, tracking.
"""

import os
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sendoff.campaigns import public as campaigns
from sendoff.cli import bench_meter
from sendoff.cli.bench_content import SUBJECT, html, write_people
from sendoff.cli.bench_lab import DOMAINS, OWNER, Lab, LabError, sink_records
from sendoff.lib.config import config
from sendoff.outbox import public as outbox

LIST = "Everybody"
_LOOK_S = 0.1
_PATIENCE_S = 3600.0  # for one run; it is over earlier where nothing moves for a minute
_STUCK_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a benchmark."""

    messages: int
    processes: int
    tls: str
    sink: str
    runs: int
    domains: int = len(DOMAINS)


@dataclass(slots=True, kw_only=True)
class Run:
    """One campaign: wall seconds, CPU microseconds a message, and RSA before and after."""

    seconds: float
    accepted: int
    worker_us: float
    planner_us: float
    sink_us: float
    database_us: float | None
    rsa_us: float
    lost: int | None = None
    duplicated: int | None = None


@dataclass(slots=True)
class Bench:
    """An installation with people, clerk and workers, ready to send campaigns one by one."""

    lab: Lab
    order: Order
    draft: int = 0
    workers: list[int] = field(default_factory=list)

    def prepare(self) -> None:
        """Everything up to idle workers and a draft."""
        furnish(self.lab, self.order)
        self.draft = write_draft(self.lab)
        self.lab.start("clerk", "sendoff", "worker", "--here", "clerk")
        self.start_workers()

    def start_workers(self) -> None:
        """Workers that have sent nothing yet, instead of those there were."""
        for part in [part for part in self.lab.parts if part.startswith("sender")]:
            self.lab.end(part)
        self.workers = []
        for n in range(self.order.processes):
            worker = self.lab.start(f"sender{n}", "sendoff", "worker", "--here", "sender")
            self.workers.append(worker.pid)
        deadline = time.monotonic() + _STUCK_S
        while {worker.pid for worker in outbox.unended()} != set(self.workers):
            if time.monotonic() > deadline:
                raise LabError(f"The workers did not start: {self.lab.said('sender0')[-500:]}")
            time.sleep(_LOOK_S)

    def run(self) -> Run:
        """Send one campaign and account for it."""
        before = bench_meter.rsa2048_us(self.order.processes)
        campaign = campaigns.rerun(self.draft)
        pids = self.workers, [self._pid("clerk")], [self._pid("sink")]
        used = [bench_meter.cpu_s(each) for each in pids]
        stored = self._database_s()
        began = time.perf_counter()
        campaigns.launch(campaign, OWNER)
        books = self._settled(campaign)
        seconds = time.perf_counter() - began
        took = [bench_meter.cpu_s(each) - was for each, was in zip(pids, used, strict=True)]
        worker, planner, sink = (s * 1_000_000 / max(books.accepted, 1) for s in took)
        stored = (self._database_s() - stored) * 1_000_000 / max(books.accepted, 1)
        after = bench_meter.rsa2048_us(self.order.processes)
        done = Run(
            seconds=seconds,
            accepted=books.accepted,
            worker_us=worker,
            planner_us=planner,
            sink_us=sink,
            database_us=stored if self.lab.database_pid else None,
            rsa_us=(before + after) / 2,
        )
        if self.order.sink == "ledger":
            done.lost, done.duplicated = account(campaign, books.audience, self.lab.ledger)
        return done

    def peak_mb(self) -> float:
        """Memory of the largest worker so far."""
        return bench_meter.peak_mb(self.workers)

    def _database_s(self) -> float:
        pid = self.lab.database_pid
        return bench_meter.family_cpu_s(pid) if pid else 0.0

    def _pid(self, part: str) -> int:
        return self.lab.parts[part].pid

    def _settled(self, campaign: int) -> outbox.Books:
        deadline, moved, settled = time.monotonic() + _PATIENCE_S, time.monotonic(), -1
        while True:
            books = outbox.books(campaign)
            if not books.waiting:
                return books
            if books.accepted != settled:
                moved, settled = time.monotonic(), books.accepted
            if time.monotonic() > min(deadline, moved + _STUCK_S):
                raise LabError(
                    f"Nothing moves any more: {books}; {self.lab.said('sender0')[-500:]}"
                )
            time.sleep(_LOOK_S)


def measure(lab: Lab, order: Order) -> dict[str, Any]:
    """Prepare, send `order.runs` times, and put the figures together."""
    bench = Bench(lab, order)
    bench.prepare()
    runs = [bench.run() for _ in range(order.runs)]
    wanted, taken = order.messages * order.runs, sum(run.accepted for run in runs)
    if order.sink == "smtp-sink":
        taken = min(taken, smtp_sink_count(lab))
    return {
        "name": "send",
        "messages": order.messages,
        "seconds": round(statistics.median(run.seconds for run in runs), 2),
        "per_second": round(statistics.median(run.accepted / run.seconds for run in runs), 1),
        "worker_cpu_us_per_message": round(statistics.median(r.worker_us for r in runs), 1),
        "rsa2048_us": round(statistics.median(run.rsa_us for run in runs), 1),
        "ratio": round(statistics.median(run.worker_us / run.rsa_us for run in runs), 2),
        "ratios": [round(run.worker_us / run.rsa_us, 2) for run in runs],
        "other_us": {
            "planner": round(statistics.median(run.planner_us for run in runs), 1),
            "sink": round(statistics.median(run.sink_us for run in runs), 1),
            "database": _median([run.database_us for run in runs]),
        },
        "baseline": "one RSA-2048 signature, by OpenSSL as it is",
        "peak_rss_mb": round(bench.peak_mb(), 1),
        "lost": _sum([run.lost for run in runs]),
        "duplicated": _sum([run.duplicated for run in runs]),
        "complete": taken == wanted,
        "tls": order.tls,
    }


def furnish(lab: Lab, order: Order) -> None:
    """An installation with a sink and people."""
    lab.open_names()
    os.environ.update(lab.env)  # Send asks its DNS in this process too
    config.cache_clear()
    if order.sink == "smtp-sink":
        lab.open_smtp_sink()
    else:
        lab.open_sink(tls=order.tls == "starttls")
    lab.set_up()
    domains = (*DOMAINS, *(f"tail{n:05}.test" for n in range(order.domains)))[: order.domains]
    lab.publish(sink_records(lab.sink_ip, domains))
    import_people(lab, order.messages, LIST, domains)


def import_people(lab: Lab, count: int, to: str, domains: tuple[str, ...] = DOMAINS) -> None:
    """Put so many people on a list, in these domains by turns."""
    people = lab.folder / "people.csv"
    write_people(people, count, domains)
    lab.sendoff("import", str(people), "--list", to)


def write_draft(lab: Lab, to: str = LIST) -> int:
    """The benchmark campaign, not sent yet."""
    file = lab.folder / "news.html"
    file.write_text(html(), encoding="utf-8")
    made = lab.sendoff(
        "campaign", "create", "--name", "Benchmark", "--list", to, "--from", OWNER,
        "--subject", SUBJECT, "--content", str(file),
    )  # fmt: skip
    return int(made["id"])


def account(campaign: int, messages: int, ledger: Path) -> tuple[int, int]:
    """Messages of a campaign that the sink never took, and copies it took too often."""
    copies: Counter[str] = Counter()
    with ledger.open(encoding="ascii", errors="replace") as lines:
        copies.update(line.partition("\t")[0] for line in lines)
    expected = [campaigns.message_id(campaign, seq + 1) for seq in range(messages)]
    lost = sum(1 for each in expected if not copies[each])
    return lost, sum(max(copies[each] - 1, 0) for each in expected)


def smtp_sink_count(lab: Lab) -> int:
    """What smtp-sink's running counters say."""
    found = re.findall(r"mesg=(\d+)", lab.said("sink"))
    return int(found[-1]) if found else 0


def _median(costs: list[float | None]) -> float | None:
    """None for SQLite, which works inside the processes."""
    known = [cost for cost in costs if cost is not None]
    return round(statistics.median(known), 1) if known else None


def _sum(counts: list[int | None]) -> int | None:
    return None if None in counts else sum(count or 0 for count in counts)
