"""Measure what an open or a click costs the web process, against a function that does nothing.

Both are served by the same server in the same way, and asked the same by the same client.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sendoff.cli import bench_meter, bench_rooms
from sendoff.cli.bench_content import LINKS
from sendoff.cli.bench_http import Client, wait_for
from sendoff.cli.bench_lab import Lab, LabError, Process, free_port
from sendoff.cli.bench_send import Order
from sendoff.lib.config import config
from sendoff.lib.tokens import Tokens
from sendoff.tracking import public as tracking

LIMIT = 2.0
_EMPTY = "sendoff.cli.bench_http:empty"
_WARM_UP = 500
_PATIENCE_S = 30.0
_LOOK_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A web server: where it listens, and its process with what that started."""

    port: int
    process: Process

    def cpu_us(self, paths: list[str], campaign: int | None) -> float:
        """CPU of answering one hit, and of storing it where a campaign counts them."""
        stored = _stored(campaign)
        used = bench_meter.family_cpu_s(self.process.pid)
        with Client(self.port) as client:
            if (answered := client.ask(paths)) != len(paths):
                raise LabError(f"Of {len(paths):,} hits only {answered:,} were answered well.")
        _until_stored(campaign, stored + len(paths))
        return (bench_meter.family_cpu_s(self.process.pid) - used) * 1_000_000 / len(paths)


def measure(lab: Lab, order: Order) -> dict[str, Any]:
    """As many hits as there are messages, `order.runs` times on either server in turn."""
    campaign = bench_rooms.launched(lab, order).id
    paths = list(hits(campaign, order.messages))
    plain, ours = _plain(lab), _ours(lab)
    for served, counted in ((plain, None), (ours, campaign)):
        served.cpu_us(paths[:_WARM_UP], counted)
    began = time.perf_counter()
    pairs = [(ours.cpu_us(paths, campaign), plain.cpu_us(paths, None)) for _ in range(order.runs)]
    ratios = [round(hit / empty, 2) for hit, empty in pairs if empty]
    return {
        "name": "tracking",
        "messages": order.messages,
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_us_per_hit": round(statistics.median(hit for hit, _ in pairs), 1),
        "baseline_us": round(statistics.median(empty for _, empty in pairs), 1),
        "ratio": round(statistics.median(ratios), 2) if ratios else None,
        "ratios": ratios,
        "limit": LIMIT,
        "baseline": "a request to an empty WSGI function on the same server",
        "lost": 0,  # else it had been waited for in vain
    }


def hits(campaign: int, count: int) -> Iterator[str]:
    """Paths as mailboxes ask for them, each of another message: two opens for every click."""
    tokens = Tokens(config().token_key, "hit")
    for n in range(count):
        token = tokens.url(campaign, n + 1)
        yield f"/t/c/{token}/{n % LINKS}" if n % 3 == 2 else f"/t/o/{token}.gif"


def _ours(lab: Lab) -> Served:
    process = lab.start("web", "sendoff", "web", "--here")
    return _answering(lab, "web", process, int(lab.env["SENDOFF_LISTEN"].rpartition(":")[2]))


def _plain(lab: Lab) -> Served:
    """The same settings as those of `sendoff web`."""
    port = free_port()
    words = ["--interface", "wsgi", "--no-ws", "--blocking-threads", "4"]
    process = lab.start("empty", "granian", *words, "--port", str(port), _EMPTY)
    return _answering(lab, "empty", process, port)


def _answering(lab: Lab, part: str, process: Process, port: int) -> Served:
    if not wait_for(port, _PATIENCE_S):
        raise LabError(f"The web server '{part}' did not start: {lab.said(part)[-500:]}")
    return Served(port=port, process=process)


def _stored(campaign: int | None) -> int:
    return 0 if campaign is None else tracking.stored(campaign)


def _until_stored(campaign: int | None, wanted: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while campaign is not None and (stored := _stored(campaign)) != wanted:
        if time.monotonic() > deadline:
            raise LabError(f"Of {wanted:,} hits answered only {stored:,} were stored.")
        time.sleep(_LOOK_S)
