"""Sending servers: add them, change them, read them. Their passwords are sealed at once."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from sendoff.drivers import findings
from sendoff.drivers.contract import ServerConfig
from sendoff.lib import clock, vault
from sendoff.lib.config import config
from sendoff.senders import warmup
from sendoff.senders.domains import SenderError
from sendoff.senders.models import SendingServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A way out, with the limits a lane starts from. `workspace_id` None: it serves them all.

    `warmup` is the id of its warm-up plan, "" where it is warm.
    """

    id: int
    workspace_id: int | None
    name: str
    enabled: bool
    driver: str
    host: str
    helo: str
    source_ip: str
    per_minute: int | None
    connections: int
    hourly_quota: int | None
    daily_quota: int | None
    warmup: str
    per_minute_total: int | None = None
    login_ms: int = 0  # when its name and password were changed; 0: never

    @property
    def routed(self) -> bool:
        """Whether each recipient domain needs a route of its own; a relay finds them itself."""
        return self.driver == "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The most that a server sends: in an hour and in a day (None: any number), and its plan."""

    hourly: int | None = None
    daily: int | None = None
    warmup: str = ""


_ANY = Quotas()


def add_server(
    workspace_id: int | None,
    name: str,
    settings: ServerConfig,
    *,
    per_minute: int | None = None,
    connections: int = 10,
    quotas: Quotas = _ANY,
) -> Server:
    """Add a way out; its password is sealed at once. Without a workspace it serves all of them.

    SenderError where the name is taken, the warm-up plan is not there, or the password would go in
    clear.
    """
    if wrong := findings.why_wrong(settings):
        raise SenderError(f"{name}: {wrong}")
    if SendingServer.objects.filter(Q(workspace_id=workspace_id), name=name).exists():
        raise SenderError(f"There is a server “{name}” already; give the new one another name.")
    _check_plan(quotas.warmup, settings.driver)
    row = SendingServer.objects.create(
        workspace_id=workspace_id,
        name=name,
        driver=settings.driver,
        helo=settings.helo,
        source_ip=settings.source_ip or None,
        host=settings.host,
        port=settings.port,
        tls=settings.tls,
        username=settings.username,
        per_minute=per_minute,
        connections=connections,
        hourly_quota=quotas.hourly,
        daily_quota=quotas.daily,
        warmup=quotas.warmup,
    )
    if settings.password:
        row.sealed_password = _sealed(row, settings.password)
        row.save(update_fields=["sealed_password"])
    return server_of(row)


def set_login(server_id: int, username: str, password: str) -> Server:
    """Change name and password at a relay; workers open new connections with them within seconds.
    An empty name takes both away. SenderError where they would go in clear, or there is no relay.
    """
    row = _find(server_id)
    if not row.host:
        raise SenderError(f"{row.name} is no relay: nobody asks it for a name and a password.")
    if wrong := findings.why_wrong(_config(row, username, password)):
        raise SenderError(f"{row.name}: {wrong}")
    row.username, row.login_ms = username, clock.now_ms()
    row.sealed_password = _sealed(row, password) if username and password else b""
    row.save(update_fields=["username", "login_ms", "sealed_password"])
    return server_of(row)


def set_quotas(server_id: int, quotas: Quotas) -> Server:
    """Change how much a server may send; it holds from the next message on."""
    row = _find(server_id)
    _check_plan(quotas.warmup, row.driver)
    row.hourly_quota, row.daily_quota = quotas.hourly, quotas.daily
    row.warmup = quotas.warmup
    row.save(update_fields=["hourly_quota", "daily_quota", "warmup"])
    return server_of(row)


def set_pace(server_id: int, per_minute: int | None) -> Server:
    """Change how many messages a minute a server sends to all providers together; None: any."""
    row = _find(server_id)
    row.per_minute_total = per_minute
    row.save(update_fields=["per_minute_total"])
    return server_of(row)


def switch(server_id: int, on: bool) -> Server:
    """Use a server, or no longer; what is on the wire is finished."""
    row = _find(server_id)
    row.enabled = on
    row.save(update_fields=["enabled"])
    return server_of(row)


def servers(workspace_id: int) -> list[Server]:
    """The ways out that a workspace may use, by name: its own and those shared by all."""
    return [server_of(row) for row in _usable(workspace_id).order_by("name", "id")]


def all_servers() -> list[Server]:
    """Every way out of the installation, by number."""
    return [server_of(row) for row in SendingServer.objects.order_by("id")]


def server(server_id: int) -> Server:
    """One way out."""
    return server_of(SendingServer.objects.get(pk=server_id))


def find_server(workspace_id: int, name: str) -> Server | None:
    """A way out by its name; the workspace's own before a shared one."""
    row = _usable(workspace_id).filter(name=name).order_by("workspace_id").first()
    return server_of(row) if row else None


def server_config(server_id: int) -> ServerConfig:
    """What a driver needs to use a server; the password is open in it and never printed."""
    row = SendingServer.objects.get(pk=server_id)
    password = ""
    if row.sealed_password:
        password = _vault().open(bytes(row.sealed_password), place(row)).decode()
    return _config(row, row.username, password)


def _config(row: SendingServer, username: str, password: str) -> ServerConfig:
    return ServerConfig(
        driver=row.driver,
        helo=row.helo,
        source_ip=row.source_ip or "",
        host=row.host,
        port=row.port,
        tls=row.tls,
        username=username,
        password=password,
    )


def source_ips(workspace_id: int) -> list[str]:
    """The addresses we send from directly."""
    rows = _usable(workspace_id).exclude(source_ip=None)
    return sorted({row.source_ip for row in rows if row.source_ip})


def server_of(row: SendingServer) -> Server:
    """A row as other rooms see it."""
    values: dict[str, Any] = {
        name: getattr(row, name) for name in Server.__slots__ if name != "source_ip"
    }
    return Server(**values, source_ip=row.source_ip or "")


def _usable(workspace_id: int) -> QuerySet[SendingServer]:
    return SendingServer.objects.filter(Q(workspace_id=workspace_id) | Q(workspace=None))


def _find(server_id: int) -> SendingServer:
    row = SendingServer.objects.filter(pk=server_id).first()
    if row is None:
        raise SenderError(f"There is no server {server_id}.")
    return row


def _check_plan(plan: str, driver: str) -> None:
    if plan and plan not in warmup.plans():
        known = ", ".join(warmup.plans())
        raise SenderError(f"There is no warm-up plan “{plan}”; choose one of {known}.")
    if plan and driver != "direct":
        raise SenderError(
            "Only our own addresses warm up; a relay has its own. Leave the plan out."
        )


def place(row: SendingServer) -> str:
    """Where its sealed password belongs: it opens nowhere else."""
    return f"senders.server:{row.pk}"


def _sealed(row: SendingServer, password: str) -> bytes:
    return _vault().seal(password.encode(), place(row))


def _vault() -> vault.Vault:
    return vault.Vault(config().key_ring)
