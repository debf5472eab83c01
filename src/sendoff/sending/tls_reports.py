"""Tell domains that ask for it how our lines to them were encrypted, once a day (RFC 8460).

The reports are this installation's: about all our own servers' lines, signed by its oldest sending
domain, sent as plain mail or posted to a URL. A report is sent however bad the TLS there is
(RFC 8460 3), and its own line is never reported.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any

import structlog
from django.db import DatabaseError

from sendoff.accounts import public as accounts
from sendoff.drivers import registry
from sendoff.drivers.contract import Letter, NoConnection, ServerConfig, Target
from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.lib.errors import PlainError
from sendoff.mail import tls_report
from sendoff.mail.stages import Kind, Outcome
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders
from sendoff.sending import network, tls_posting
from sendoff.smtp.route import Resolver

LOOK_MS = 600_000
STAGGER_S = 4 * 3600  # not everybody's reports come at midnight
LOOKUPS = 50  # at once

InDatabase = Callable[[Callable[[], Any]], Awaitable[Any]]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """As whom, and through which server, reports go out."""

    workspace: int
    domain: senders.Domain
    server: ServerConfig
    servers: tuple[int, ...]  # whose lines are reported

    @property
    def contact(self) -> str:
        """Where questions about a report go."""
        return f"postmaster@{self.domain.name}"


@dataclass(slots=True, kw_only=True)
class Reporter:
    """The clerk's chore: `tick` as often as you like."""

    config: Config
    resolver: Resolver
    in_database: InDatabase
    collected: date | None = None
    look_at_ms: int = 0
    task: "asyncio.Task[None] | None" = field(default=None)

    def tick(self) -> None:
        """See beside the other work whether a day is over, or a report is still to be sent."""
        busy = self.task is not None and not self.task.done()
        if busy or not self.config.tls_reports or clock.steady_ms() < self.look_at_ms:
            return
        self.look_at_ms = clock.steady_ms() + LOOK_MS
        self.task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        try:
            await self.work(clock.now())
        except (DatabaseError, PlainError) as error:
            log.warning("TLS reports wait", why=str(error))
        except Exception:
            # The clerk's other work must go on; the next look tries again.
            log.exception("TLS reports failed")

    async def work(self, now: datetime) -> int:
        """Collect the day that is over, once, and send what is to be sent; how many were sent."""
        desk = await self.in_database(desk_of)
        if desk is None:
            return 0
        day = last_day(now, desk.domain.name)
        if day != self.collected:
            await self._collect(desk, day)
            self.collected = day
        sent = 0
        for row in await self.in_database(outbox.tls_reports_to_send):
            sent += await self._send(desk, row)
        return sent

    async def _collect(self, desk: Desk, day: date) -> None:
        counts = await self.in_database(lambda: outbox.tls_counts(day, desk.servers))
        domains = sorted({*counts, *await self.in_database(lambda: outbox.tls_barred(day))})
        turns = asyncio.Semaphore(LOOKUPS)

        async def asked(domain: str) -> tuple[str, ...]:
            async with turns:
                return tls_report.addresses_of(await self.resolver.texts(f"_smtp._tls.{domain}"))

        found = await asyncio.gather(*map(asked, domains))
        wanted = {name: to for name, to in zip(domains, found, strict=True) if to}
        asking = {name: counts.get(name, {}) for name in wanted}
        told = await self.in_database(lambda: outbox.tls_counts_told(asking, day))
        rows = [
            row(desk, day, name, to, told[name]) for name, each in wanted.items() for to in each
        ]
        await self.in_database(lambda: outbox.keep_tls_reports(rows))

    async def _send(self, desk: Desk, report: outbox.TlsReportRow) -> bool:
        if report.address.startswith("https:"):
            post = tls_posting.post(self.config, self.resolver, report.address, report.document)
            outcome = await post
        else:
            outcome = await self._mailed(desk, report)
        accepted = outcome.kind is Kind.ACCEPTED
        await self.in_database(
            lambda: outbox.tls_report_tried(
                report.id,
                accepted=accepted,
                over=outcome.kind is Kind.REFUSED,
                said=outcome.reply,
            )
        )
        return accepted

    async def _mailed(self, desk: Desk, report: outbox.TlsReportRow) -> Outcome:
        signer = await self.in_database(lambda: senders.signer(desk.domain.id))
        about = _about(desk, report.day, report.domain)
        letter = Letter(
            sender=f"tls-reports@{desk.domain.return_path_domain}",
            recipient=report.address,
            data=tls_report.message(about, report.document, report.address, signer),
        )
        return await self._carried(desk.server, letter)

    async def _carried(self, server: ServerConfig, letter: Letter) -> Outcome:
        """One try, held to no policy: a report about bad TLS must arrive all the same."""
        domain = letter.recipient.rpartition("@")[2]
        plain = Resolver(self.config.resolver, allow_private=self.config.allow_private_targets)
        target = Target(domain=domain, provider="")
        if server.driver == "direct":
            way = await plain.resolve(domain)
            if way.outcome:
                return way.outcome
            hosts = tuple(replace(host, tlsa=()) for host in way.hosts)
            target = replace(target, hosts=hosts)
            server = replace(server, tls="opportunistic")
        driver = registry.make(server, network.of(self.config, self.resolver))
        connection = await driver.connect(target)
        if isinstance(connection, NoConnection):
            return connection.outcome
        outcome = await driver.send(connection, letter, lambda: None)
        await connection.close()
        return outcome


def desk_of() -> Desk | None:
    """The oldest sending domain and our own servers; None where there is no such thing yet."""
    try:
        workspace = accounts.default_workspace().id
    except accounts.AccountError:
        return None
    domains = senders.domains(workspace)
    ways = [each for each in senders.all_servers() if each.routed]
    if not (domains and ways):
        return None
    return Desk(
        workspace=workspace,
        domain=min(domains, key=lambda domain: domain.id),
        server=senders.server_config(ways[0].id),
        servers=tuple(each.id for each in ways),
    )


def last_day(now: datetime, submitter: str) -> date:
    """The last day (UTC) that is over and whose reports are due, at an hour of our own."""
    digest = blake2b(submitter.encode(), digest_size=4).digest()
    late = timedelta(seconds=int.from_bytes(digest) % STAGGER_S)
    return (now - late).date() - timedelta(days=1)


def row(
    desk: Desk, day: date, domain: str, to: str, counts: Mapping[Any, Any]
) -> outbox.TlsReportRow:
    """One report as it is kept until somebody accepts it."""
    return outbox.TlsReportRow(
        workspace_id=desk.workspace,
        day=day,
        domain=domain,
        address=to,
        successful=sum(count.successful for count in counts.values()),
        failed=sum(count.failed for count in counts.values()),
        document=tls_report.document(_about(desk, day, domain), counts),
    )


def _about(desk: Desk, day: date, domain: str) -> tls_report.About:
    known_by = f"{day} {domain} {desk.domain.name}"
    return tls_report.About(
        domain=domain,
        day=day,
        submitter=desk.domain.name,
        contact=desk.contact,
        id=blake2b(known_by.encode(), digest_size=12).hexdigest(),
    )
