"""Pools: servers that share the mail of campaigns, and the ways out that a campaign has by them."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from sendoff.senders.domains import SenderError
from sendoff.senders.models import Pool as PoolRow
from sendoff.senders.models import PoolMember, SendingServer
from sendoff.senders.servers import Server, server_of

PURPOSES = ("", "marketing", "transactional")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A server's part in a pool. What is empty is no condition: it is for everything.

    A server meant for certain mail gets it before those meant for any; these take over where it
    is full, sick or switched off.
    """

    server_id: int
    weight: int = 1
    purpose: str = ""
    from_domain: str = ""
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A part with its server; `id` is 0 for the only server of a campaign without a pool."""

    id: int
    server: Server
    part: Part

    def fit(self, provider: str, purpose: str, from_domain: str) -> int | None:
        """How many of its conditions these messages meet; None where they do not meet all."""
        asked = (
            (self.part.purpose, self.part.purpose == purpose),
            (self.part.from_domain, self.part.from_domain == from_domain),
            (self.part.providers, provider in self.part.providers),
        )
        conditions = [met for condition, met in asked if condition]
        return len(conditions) if all(conditions) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool with its members. Without a workspace it is shared: all workspaces send by it."""

    id: int
    workspace_id: int | None
    name: str
    members: tuple[Member, ...]

    @property
    def kind(self) -> str:
        """`dedicated` to one workspace, or `shared` by all."""
        return "shared" if self.workspace_id is None else "dedicated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways out of one campaign: its only server, or the members of its pool."""

    name: str
    members: tuple[Member, ...]
    pool_id: int | None = None
    purpose: str = "marketing"
    from_domain: str = ""

    @property
    def routed(self) -> bool:
        """Whether any of them needs a route for each recipient domain."""
        return any(member.server.routed for member in self.members)

    @property
    def servers(self) -> frozenset[int]:
        """The ids of the servers that may be used."""
        return frozenset(each.server.id for each in self.members if each.server.enabled)


def add_pool(workspace_id: int | None, name: str) -> Pool:
    """Make an empty pool; without a workspace it serves all of them."""
    if PoolRow.objects.filter(Q(workspace_id=workspace_id), name=name).exists():
        raise SenderError(f"There is a pool “{name}” already; give the new one another name.")
    return _pool(PoolRow.objects.create(workspace_id=workspace_id, name=name))


def put_in(pool_id: int, part: Part) -> Pool:
    """Put a server into a pool, or change its part. SenderError where it does not belong there."""
    with transaction.atomic():
        pool = _find(pool_id)
        server = SendingServer.objects.filter(pk=part.server_id).first()
        _check(pool, server, part)
        PoolMember.objects.update_or_create(
            pool=pool,
            server=server,
            defaults={
                "weight": part.weight,
                "purpose": part.purpose,
                "from_domain": part.from_domain.lower(),
                "providers": list(part.providers),
            },
        )
    return _pool(pool)


def take_out(pool_id: int, server_id: int) -> Pool:
    """Take a server out of a pool; what waited for it goes by the others."""
    PoolMember.objects.filter(pool_id=pool_id, server_id=server_id).delete()
    return _pool(_find(pool_id))


def pools(workspace_id: int) -> list[Pool]:
    """The pools that a workspace may use, by name: its own and the shared ones."""
    rows = _usable(workspace_id).prefetch_related("members__server").order_by("name", "id")
    return [_pool(row) for row in rows]


def find_pool(workspace_id: int, name: str) -> Pool | None:
    """A pool by its name; the workspace's own before a shared one."""
    row = _usable(workspace_id).filter(name=name).order_by("workspace_id").first()
    return _pool(row) if row else None


def ways(
    server_id: int | None,
    pool_id: int | None = None,
    *,
    purpose: str = "marketing",
    from_domain: str = "",
) -> Ways:
    """The ways out of a campaign that goes through a pool or, without one, a server."""
    if pool_id is None:
        only = server_of(SendingServer.objects.get(Q(pk=server_id)))
        member = Member(id=0, server=only, part=Part(server_id=only.id))
        return Ways(name=only.name, members=(member,))
    pool = _pool(_find(pool_id))
    return Ways(
        name=pool.name,
        members=pool.members,
        pool_id=pool_id,
        purpose=purpose,
        from_domain=from_domain.lower(),
    )


def _check(pool: PoolRow, server: SendingServer | None, part: Part) -> None:
    if server is None:
        raise SenderError(f"There is no server {part.server_id}.")
    if server.workspace_id not in (None, pool.workspace_id):
        raise SenderError(
            f"“{server.name}” belongs to one workspace and “{pool.name}” does not; add it as a"
            " shared server."
        )
    if part.weight < 1:
        raise SenderError("A weight is 1 or more; switch a server off to give it nothing.")
    if part.purpose not in PURPOSES:
        raise SenderError(f"“{part.purpose}” is no purpose; write marketing or transactional.")


def _usable(workspace_id: int) -> QuerySet[PoolRow]:
    return PoolRow.objects.filter(Q(workspace_id=workspace_id) | Q(workspace=None))


def _find(pool_id: int) -> PoolRow:
    row = PoolRow.objects.filter(pk=pool_id).first()
    if row is None:
        raise SenderError(f"There is no pool {pool_id}.")
    return row


def _pool(row: PoolRow) -> Pool:
    parts = row.members.select_related("server").order_by("id")
    return Pool(
        id=row.pk,
        workspace_id=row.workspace_id,
        name=row.name,
        members=tuple(_member(each) for each in parts),
    )


def _member(row: PoolMember) -> Member:
    part = Part(
        server_id=row.server_id,
        weight=row.weight,
        purpose=row.purpose,
        from_domain=row.from_domain,
        providers=tuple(row.providers),
    )
    return Member(id=row.pk, server=server_of(row.server), part=part)
