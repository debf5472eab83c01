"""Measure single rooms apart: planning, claiming and importing. Sends nothing.

Each figure stands beside a plain operation that was measured in the same run.
"""

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.color import no_style
from django.db import connection

from sendoff.accounts import public as accounts
from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.cli import bench_meter
from sendoff.cli.bench_content import write_people
from sendoff.cli.bench_lab import DOMAINS, OWNER, Lab
from sendoff.cli.bench_send import LIST, Bench, Order, furnish, import_people, write_draft
from sendoff.drivers.contract import MailHost
from sendoff.lib import clock
from sendoff.outbox import public as outbox

_RSA = "one RSA-2048 signature"
_LEASE_S = 3600.0
_PARCELS = 20


def plan(lab: Lab, order: Order) -> dict[str, Any]:
    """Write the rows of one campaign, against one statement that asks nothing and goes first."""
    furnish(lab, order)
    draft = write_draft(lab)
    bare = _cost(lab, partial(outbox.plain_rows, campaigns.get(campaigns.rerun(draft))))
    _empty_messages()  # so that both write into the same table
    campaigns.launch(draft, OWNER)
    took = _cost(lab, partial(_plan, campaigns.get(draft)))
    return {
        "name": "plan",
        "messages": order.messages,
        "seconds": round(took.seconds, 2),
        "per_second": round(order.messages / took.seconds),
        "cpu_s": round(took.cpu_s, 2),
        "baseline_s": round(bare.seconds, 2),
        "ratio": round(took.seconds / bare.seconds, 2),
        "cpu_ratio": round(took.cpu_s / bare.cpu_s, 2),
        "baseline": "INSERT … SELECT of the list into the same table, columns and indexes",
    }


def _empty_messages() -> None:
    flush = connection.ops.sql_flush(no_style(), ["outbox_message"])
    connection.ops.execute_sql_flush(flush)


def claim(lab: Lab, order: Order) -> dict[str, Any]:
    """Take every parcel and read its letters, against one RSA signature a message."""
    campaign = launched(lab, order)
    _plan(campaign)
    campaigns.mark(campaign.id, campaigns.Badge.QUEUED, "All rows are written.")
    _pack(campaign)
    outbox.register("bench", "bench", 1)
    began = time.perf_counter()
    used = _cpu(_claim)
    return _report("claim", order, used, began, bench_meter.rsa2048_us(1), _RSA)


def people(lab: Lab, order: Order) -> dict[str, Any]:
    """Import a CSV file, against reading its rows with the csv module."""
    lab.open_names()
    lab.set_up()
    file = lab.folder / "people.csv"
    write_people(file, order.messages, DOMAINS)
    workspace = accounts.default_workspace().id
    to = audience.create_list(workspace, LIST)
    plain = _cpu(lambda: _read(file)) * 1_000_000 / order.messages
    began = time.perf_counter()
    used = _cpu(lambda: audience.run_import(workspace, to, file))
    return _report("import", order, used, began, plain, "reading a row with the csv module")


def memory(lab: Lab, order: Order) -> dict[str, Any]:
    """Peak memory of a worker, against that of a campaign a tenth of the size."""
    bench = Bench(lab, order)
    bench.prepare()
    whole = bench.draft
    few = max(order.messages // 10, 1)
    import_people(lab, few, "Some")
    bench.draft = write_draft(lab, "Some")
    began = time.perf_counter()
    bench.run()
    small = bench.peak_mb()
    bench.start_workers()
    bench.draft = whole
    done = bench.run()
    return {
        "name": "memory",
        "messages": order.messages,
        "seconds": round(time.perf_counter() - began, 2),
        "peak_rss_mb": round(bench.peak_mb(), 1),
        "baseline_mb": round(small, 1),
        "ratio": round(bench.peak_mb() / small, 3),
        "baseline": f"the peak of a worker that sent {few:,} messages",
        "lost": done.lost,
        "duplicated": done.duplicated,
    }


def launched(lab: Lab, order: Order) -> campaigns.View:
    """A campaign to so many people, sent off; no process is there yet to plan it."""
    furnish(lab, order)
    campaign = write_draft(lab)
    campaigns.launch(campaign, OWNER)
    return campaigns.get(campaign)


def _plan(campaign: campaigns.View) -> None:
    while not outbox.plan(campaign):
        pass


def _pack(campaign: campaigns.View) -> None:
    ways = campaigns.ways(campaign)
    terms = outbox.Terms(
        retry_after_s=(300,), time_to_live_ms=3_600_000, paused_ms=0, resend_unknown=False
    )
    outbox.save_routes([_route(domain) for domain in DOMAINS])
    while (window := outbox.look(campaign.id, ways)).size:
        outbox.pack(campaign.id, ways, window, terms)


def _route(domain: str) -> outbox.RouteFound:
    now = clock.now_ms()
    return outbox.RouteFound(
        domain=domain,
        provider=domain,
        hosts=(MailHost(preference=10, name=f"mx.{domain}", addresses=("127.0.0.1",)),),
        outcome=None,
        evidence=(),
        resolved_ms=now,
        expires_ms=now + 3_600_000,
    )


def _claim() -> None:
    queue = outbox.queue_adapter()
    while tickets := queue.take("bench", _PARCELS, _LEASE_S):
        for ticket in tickets:
            outbox.letters(ticket.parcel)
            # Free the lane's connection for the next one, as a parcel that is carried would.
            queue.hold(ticket, "bench", clock.now_ms() + 3_600_000)


def _read(file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as source:
        for _ in csv.DictReader(source):
            pass


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall seconds, and CPU seconds with those of a database server of its own."""

    seconds: float
    cpu_s: float


def _cost(lab: Lab, work: Callable[[], object]) -> Cost:
    def used() -> float:
        server = lab.database_pid
        return time.process_time() + (bench_meter.family_cpu_s(server) if server else 0.0)

    cpu, began = used(), time.perf_counter()
    work()
    return Cost(time.perf_counter() - began, used() - cpu)


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _report(
    name: str, order: Order, used: float, began: float, plain_us: float, baseline: str
) -> dict[str, Any]:
    each = used * 1_000_000 / order.messages
    seconds = time.perf_counter() - began
    return {
        "name": name,
        "messages": order.messages,
        "seconds": round(seconds, 2),
        "cpu_us_per_message": round(each, 2),
        "baseline_us": round(plain_us, 2),
        "ratio": round(each / plain_us, 3),
        "baseline": baseline,
    }
