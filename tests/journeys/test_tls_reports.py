"""A domain that asks for TLS reports gets one a day about our lines to it, signed, just once."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

import house
from sendoff.drivers import registry
from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders
from sendoff.sending import connections, database, network, routes, tls_reports

DAY = timedelta(days=1)
ASKING = ("gmall.test", "oldcert.test", "plainpost.test")


class World:
    """The pretend internet in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, ready = folder, folder / "ready.json"
        words = ["run", "--data", str(folder), "--ready-file", str(ready)]
        self._process = subprocess.Popen([sys.executable, "-m", "recipients", *words])
        deadline = time.monotonic() + 30
        while not ready.exists():
            assert time.monotonic() < deadline, "the recipients did not start"
            time.sleep(0.05)
        self.facts = json.loads(ready.read_text())

    def ask(self, path: str, records: list[dict[str, str]] | None = None) -> Any:
        data = json.dumps(records).encode() if records else None
        request = urllib.request.Request(
            f"http://{self.facts['http']}{path}", data=data, method="PUT" if data else "GET"
        )
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.loads(response.read())

    def mails(self, address: str) -> list[dict[str, Any]]:
        return list(self.ask(f"/mailboxes/{address}.json"))

    def end(self) -> None:
        os.kill(self._process.pid, signal.SIGTERM)
        self._process.wait(20)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.end()


@pytest.fixture
def config(world: World) -> Config:
    return Config(
        resolver=world.facts["dns"],
        SMTP_PORT=world.facts["smtp_port"],
        TLS_ROOTS=Path(world.facts["ca_file"]),
        ALLOW_PRIVATE_TARGETS=True,
    )


@pytest.mark.django_db(transaction=True)
def test_a_report_about_yesterday_is_collected_signed_sent_and_never_sent_twice(
    world: World, config: Config
) -> None:
    home = house.furnish()
    publish(world, home)
    with ThreadPoolExecutor(max_workers=1) as thread:
        sent = asyncio.run(story(config, home, thread))
    assert sent == [3, 0, 0], "three reports, and no second one after a restart of the clerk"
    found = {domain: report_in(world, domain) for domain in ASKING}
    assert {domain: summary(each) for domain, each in found.items()} == {
        "gmall.test": ("no-policy-found", 2, 0),
        "oldcert.test": ("no-policy-found", 1, 0),
        "plainpost.test": ("no-policy-found", 0, 1),
    }
    (failure,) = found["plainpost.test"]["policies"][0]["failure-details"]
    assert failure["result-type"] == "starttls-not-supported"
    assert failure["receiving-mx-hostname"].endswith("plainpost.test")
    kept = {row.domain: row for row in outbox.tls_reports_of(home.workspace)}
    assert all(row.accepted and row.said.startswith("250") for row in kept.values())


def publish(world: World, home: house.House) -> None:
    """Ana's records, and those of the domains that ask for reports at gmall.test."""
    records = {
        (record.host, record.type): record.value
        for record in senders.records(senders.domains(home.workspace)[0].id, ["127.0.0.1"])
    }
    for domain in ASKING:
        address = f"tls-of-{domain.partition('.')[0]}@gmall.test"
        records[f"_smtp._tls.{domain}", "TXT"] = f"v=TLSRPTv1; rua=mailto:{address}"
    entered = [{"name": n, "type": t, "value": value} for (n, t), value in records.items()]
    world.ask("/records", entered)


async def story(config: Config, home: house.House, thread: ThreadPoolExecutor) -> list[int]:
    """Lines of yesterday, then the clerk's chore: today, once more, and after a restart."""

    async def in_database(work: Any) -> Any:
        return await database.run(thread, work)

    resolver = network.resolver(config)
    settings = await in_database(lambda: senders.server_config(home.server.id))
    driver = registry.make(settings, network.of(config, resolver))
    ways = connections.Connections(home.server.id, driver)
    for domain in ("gmall.test", "gmall.test", "oldcert.test", "plainpost.test", "yahu.test"):
        row = await line(ways, resolver, domain)
        await in_database(lambda row=row: outbox.settle([], [row], []))
    chores = [
        tls_reports.Reporter(config=config, resolver=resolver, in_database=in_database)
        for _ in range(2)
    ]
    # The day's end, wherever between 0 and 4 o'clock this submitter's hour is.
    now = clock.now() + timedelta(hours=4) if clock.now().hour < 4 else clock.now()
    sent = [await chore.work(now) for chore in (chores[0], chores[0], chores[1])]
    await in_database(lambda: connection.close())  # that of the thread, not of this test
    return sent


async def line(ways: connections.Connections, resolver: Any, domain: str) -> outbox.SessionRow:
    """The row of a line to a domain, as if it had been opened a day ago."""
    route = await routes.ask(resolver, domain)
    held, row = await ways.get(route.target, ())
    assert row
    assert isinstance(held, connections.Held)
    await held.connection.close()
    return replace(row, at_ms=clock.ms(clock.now() - DAY))


def report_in(world: World, domain: str) -> dict[str, Any]:
    """The report that arrived for a domain; its signature stood before the provider."""
    address = f"tls-of-{domain.partition('.')[0]}@gmall.test"
    (mail,) = world.mails(address)
    assert (mail["dkim"], mail["dmarc"]) == ("pass", "pass")
    (file,) = world.folder.rglob(mail["file"])
    parsed = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert parsed["TLS-Report-Domain"] == domain
    *_, document = parsed.iter_parts()  # type: ignore[attr-defined]
    return dict(json.loads(gzip.decompress(document.get_content())))


def summary(report: dict[str, Any]) -> tuple[str, int, int]:
    (only,) = report["policies"]
    counts = only["summary"]
    return (
        only["policy"]["policy-type"],
        counts["total-successful-session-count"],
        counts["total-failure-session-count"],
    )
