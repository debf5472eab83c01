"""The endpoints of a workspace: add, change, switch, new secret, remove. It posts nothing."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from sendoff.lib import clock, vault
from sendoff.lib.config import config
from sendoff.outbox import public as outbox
from sendoff.webhooks import catalogue, signing, sources, targets, told
from sendoff.webhooks.models import Endpoint, Mark
from sendoff.webhooks.targets import WebhookError

MAX_ENDPOINTS = 20  # of a workspace
OLD_SECRET_MS = 24 * 3_600_000  # how long the one before signs too


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An endpoint as others see it; its secret is shown once, when it is made."""

    id: int
    workspace_id: int
    url: str
    kinds: tuple[str, ...]
    enabled: bool
    off_why: str
    off_ms: int | None
    failing_since_ms: int | None
    since_ms: int
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new endpoint or a new secret: the only moment at which the secret is told."""

    endpoint: View
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Which events an endpoint is to be told."""

    endpoint: int
    workspace_id: int
    kinds: frozenset[str]
    since_ms: int


def add(workspace_id: int, url: str, kinds: Collection[str], by: str) -> Made:
    """A new endpoint, switched on. WebhookError where the URL or an event is none."""
    targets.read(url, private=config().allow_private_targets)
    chosen = _chosen(kinds)
    secret = signing.new_secret()
    with transaction.atomic():
        if Endpoint.objects.filter(workspace_id=workspace_id).count() >= MAX_ENDPOINTS:
            raise WebhookError(f"There are {MAX_ENDPOINTS} endpoints already; remove one first.")
        row = Endpoint.objects.create(
            workspace_id=workspace_id,
            url=url,
            kinds=chosen,
            since_ms=clock.now_ms(),
            created_by=by,
        )
        _seal(row, secret)
        row.save(update_fields=["sealed_secret"])
        listen()
    return Made(endpoint=view(row), secret=secret)


def choose(workspace_id: int, endpoint_id: int, kinds: Collection[str]) -> View:
    """Tell an endpoint these events from now on, and no others."""
    row = find(workspace_id, endpoint_id)
    with transaction.atomic():
        row.kinds, row.since_ms = _chosen(kinds), clock.now_ms()
        row.save(update_fields=["kinds", "since_ms"])
        listen()
    return view(row)


def switch(workspace_id: int, endpoint_id: int, on: bool, why: str = "") -> View:
    """Use an endpoint, or no longer. What happens while it is off is not told afterwards."""
    row = find(workspace_id, endpoint_id)
    with transaction.atomic():
        row.enabled, row.failing_since_ms = on, None
        row.off_why, row.off_ms = ("", None) if on else (why, clock.now_ms())
        row.since_ms = clock.now_ms() if on else row.since_ms
        row.save(update_fields=["enabled", "failing_since_ms", "off_why", "off_ms", "since_ms"])
        listen()
    return view(row)


def rotate(workspace_id: int, endpoint_id: int) -> Made:
    """A new secret; the old one signs too for a day, so that nobody has to hurry."""
    row = find(workspace_id, endpoint_id)
    secret = signing.new_secret()
    before = secrets_of(row)[0]
    row.sealed_old = _vault().seal(before.encode(), _place(row, "old"))
    row.old_until_ms = clock.now_ms() + OLD_SECRET_MS
    _seal(row, secret)
    row.save(update_fields=["sealed_secret", "sealed_old", "old_until_ms"])
    return Made(endpoint=view(row), secret=secret)


def reseal() -> int:
    """Seal secrets anew that an older key of the ring sealed; how many endpoints had one."""
    return sum(_resealed(row) for row in Endpoint.objects.all())


def remove(workspace_id: int, endpoint_id: int) -> None:
    """Forget an endpoint with its log."""
    row = find(workspace_id, endpoint_id)
    with transaction.atomic():
        row.delete()
        listen()


def of_workspace(workspace_id: int) -> list[View]:
    """All endpoints of a workspace, oldest first."""
    return [view(row) for row in Endpoint.objects.filter(workspace_id=workspace_id).order_by("id")]


def get(workspace_id: int, endpoint_id: int) -> View:
    """One endpoint. WebhookError where the workspace has no such."""
    return view(find(workspace_id, endpoint_id))


def find(workspace_id: int, endpoint_id: int) -> Endpoint:
    """Its row."""
    row = Endpoint.objects.filter(workspace_id=workspace_id, pk=endpoint_id).first()
    if row is None:
        raise WebhookError(f"There is no endpoint {endpoint_id}. See sendoff webhook list.")
    return row


def subscriptions() -> list[Subscription]:
    """Who is to be told what, of all workspaces."""
    return [
        Subscription(
            endpoint=row.pk,
            workspace_id=row.workspace_id,
            kinds=frozenset(row.kinds),
            since_ms=row.since_ms,
        )
        for row in Endpoint.objects.filter(enabled=True).order_by("id")
    ]


def listen() -> None:
    """Begin to read the sources that somebody wants, and end with the others.

    Call it in the transaction that changes who wants what.
    """
    wanted = subscriptions()
    kinds = frozenset(kind for each in wanted for kind in each.kinds)
    for source in sources.SOURCES:
        if not kinds & source.kinds:
            Mark.objects.filter(name=source.name).delete()
        elif not Mark.objects.filter(name=source.name).exists():
            begin = source.newest()
            Mark.objects.create(name=source.name, start=begin, at=begin)
    settled = frozenset(told.STATES.values())
    outbox.listen({each.workspace_id for each in wanted if each.kinds & settled})


def secrets_of(row: Endpoint) -> tuple[str, ...]:
    """What signs now, the newest first."""
    secrets = [_vault().open(bytes(row.sealed_secret), _place(row)).decode()]
    if row.sealed_old and row.old_until_ms > clock.now_ms():
        secrets.append(_vault().open(bytes(row.sealed_old), _place(row, "old")).decode())
    return tuple(secrets)


def view(row: Endpoint) -> View:
    """An endpoint's row as others see it."""
    same = [name for name in View.__slots__ if name not in ("id", "kinds")]
    return View(id=row.pk, kinds=tuple(row.kinds), **{name: getattr(row, name) for name in same})


def _chosen(kinds: Collection[str]) -> list[str]:
    known = [each.id for each in catalogue.emitted()]
    if unknown := sorted(set(kinds) - set(known)):
        raise WebhookError(f"There is no event “{unknown[0]}”. They are: {', '.join(known)}.")
    if not kinds:
        raise WebhookError("Choose at least one event.")
    return [kind for kind in known if kind in kinds]


def _resealed(row: Endpoint) -> bool:
    found = {"sealed_secret": bytes(row.sealed_secret), "sealed_old": bytes(row.sealed_old or b"")}
    places = {"sealed_secret": _place(row), "sealed_old": _place(row, "old")}
    anew = {
        column: renewed
        for column, sealed in found.items()
        if sealed and (renewed := _vault().renew(sealed, places[column]))
    }
    unchanged = Endpoint.objects.filter(pk=row.pk, **{name: found[name] for name in anew})
    return bool(anew and unchanged.update(**anew))


def _seal(row: Endpoint, secret: str) -> None:
    row.sealed_secret = _vault().seal(secret.encode(), _place(row))


def _place(row: Endpoint, which: str = "secret") -> str:
    return f"webhooks.endpoint.{which}:{row.pk}"


def _vault() -> vault.Vault:
    return vault.Vault(config().key_ring)
