"""Open connections of a worker, kept for the next parcel of the same site. Sends nothing itself."""

import json
import time
import uuid
from collections import defaultdict
from dataclasses import asdict, dataclass, field

from sendoff.drivers.contract import (
    Connection,
    Driver,
    MailHost,
    NoConnection,
    SessionEvidence,
    Target,
)
from sendoff.lib import clock
from sendoff.mail.stages import Evidence
from sendoff.outbox import public as outbox

IDLE_S = 5.0  # a site may need the connection for somebody else
OLDEST_S = 300.0  # by time, not by count: a slow host must not keep all our connections
MESSAGES = 500


@dataclass(slots=True, kw_only=True)
class Held:
    """A connection, the session row it is known by, and how much it carried."""

    connection: Connection
    session: str
    tls: str
    site: tuple[str, ...]
    opened: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=time.monotonic)
    carried: int = 0
    most: int = MESSAGES  # what the provider takes over one connection
    spoiled: bool = False

    @property
    def good(self) -> bool:
        """Whether one more message may go over it."""
        young = time.monotonic() - self.opened < OLDEST_S
        fit = self.connection.usable and not self.spoiled
        return fit and young and self.carried < self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No connection to a site: the outcome of its messages and the session row of the attempt."""

    failure: NoConnection
    session: str


class Connections:
    """The connections of one way out. `login_ms`: of the name and password they are opened with."""

    def __init__(self, server_id: int, driver: Driver, login_ms: int = 0) -> None:
        self._server_id = server_id
        self.driver = driver
        self.login_ms = login_ms
        self._idle: dict[tuple[str, ...], list[Held]] = defaultdict(list)

    async def get(
        self, target: Target, route: tuple[Evidence, ...]
    ) -> tuple[Held | Failed, outbox.SessionRow | None]:
        """A connection to the target's site, an idle one if there is; a new one brings its row."""
        site = site_of(target)
        while self._idle[site]:
            held = self._idle[site].pop()
            if held.good and time.monotonic() - held.used < IDLE_S:
                return held, None
            await held.connection.close()
        opened = await self.driver.connect(target)
        row = self._row(opened.evidence, route)
        if isinstance(opened, NoConnection):
            return Failed(failure=opened, session=row.id), row
        tls = opened.evidence.tls_version
        return Held(connection=opened, session=row.id, tls=tls, site=site), row

    async def put_back(self, held: Held) -> None:
        """Keep it for the next parcel, or close it."""
        held.used = time.monotonic()
        if held.good:
            self._idle[held.site].append(held)
        else:
            await held.connection.close()

    async def tidy(self, everything: bool = False) -> None:
        """Close what nobody used for a while, or all."""
        for site, idle in list(self._idle.items()):
            stale = [h for h in idle if everything or time.monotonic() - h.used > IDLE_S]
            self._idle[site] = [h for h in idle if h not in stale]
            if not self._idle[site]:
                del self._idle[site]
            for held in stale:
                await held.connection.close()

    def _row(self, evidence: SessionEvidence, route: tuple[Evidence, ...]) -> outbox.SessionRow:
        values = asdict(evidence)
        values["steps"] = [step._asdict() for step in (*route, *evidence.steps)]
        return outbox.SessionRow(
            id=uuid.uuid4().hex,
            server_id=self._server_id,
            at_ms=clock.now_ms(),
            evidence=json.dumps(values),
        )


def site_of(target: Target) -> tuple[str, ...]:
    """Targets with the same hosts may share a connection, where they ask the same of it."""
    return tuple(_known_by(host) for host in target.hosts) or (target.domain,)


def group_of(target: Target) -> tuple[str, ...]:
    """Targets of one provider that ask the same: if one cannot be reached, the others cannot."""
    demands = {"dane" if host.tlsa else host.sts for host in target.hosts}
    return (target.provider, *sorted(demands - {""}))


def _known_by(host: MailHost) -> str:
    return " ".join(filter(None, (host.name, host.sts, *host.tlsa)))
