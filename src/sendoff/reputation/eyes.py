"""Connectors to what others tell of us: bring a key, look, keep the figures. No page has a key."""

import asyncio
from dataclasses import dataclass

from django.db import transaction

from sendoff.lib import clock, vault
from sendoff.lib.config import Config, config
from sendoff.lib.errors import PlainError
from sendoff.mail.auth.suffixes import registrable
from sendoff.reputation import google, looking, outside
from sendoff.reputation.models import Eye, OutsideDay
from sendoff.reputation.outside import GOOGLE, SNDS, OutsideError, Seen
from sendoff.senders import public as senders
from sendoff.smtp import targets

_MOST_SAID = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A connector as others see it. `problem`: why the last look brought nothing, "" where it
    brought something; `how`: what to do where there is no key yet."""

    kind: str
    name: str
    connected: bool
    who: str
    looked_ms: int
    problem: str
    said: tuple[str, ...]
    standing: dict[str, dict[str, str]]
    how: str

    @property
    def rules(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The rules kept, as people call them, by domain."""
        return [
            (domain, [(outside.RULES.get(rule, rule), state) for rule, state in kept.items()])
            for domain, kept in self.standing.items()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look needs, taken from the database before: the network has a thread of its own."""

    eye_id: int
    kind: str
    secret: str
    domains: tuple[str, ...]


def connect(workspace_id: int, kind: str, secret: str) -> View:
    """Keep a key, sealed, in place of another of this kind. OutsideError where it is none."""
    if kind not in outside.NAMES:
        raise OutsideError(f"“{kind}” is none of {', '.join(outside.NAMES)}.")
    who = _who(kind, secret.strip())
    place = _place(workspace_id, kind)
    row, _ = Eye.objects.update_or_create(
        workspace_id=workspace_id,
        kind=kind,
        defaults={
            "sealed_key": _vault().seal(secret.strip().encode(), place),
            "who": who,
            "added_ms": clock.now_ms(),
            "looked_ms": 0,
            "problem": "",
            "said": [],
        },
    )
    return _view(kind, row)


def disconnect(workspace_id: int, kind: str) -> None:
    """Forget a key; the figures stay."""
    Eye.objects.filter(workspace_id=workspace_id, kind=kind).delete()


def eyes(workspace_id: int) -> list[View]:
    """Every connector there is, with or without a key."""
    rows = {row.kind: row for row in Eye.objects.filter(workspace_id=workspace_id)}
    return [_view(kind, rows.get(kind)) for kind in outside.NAMES]


def due(every_ms: int) -> list[Look]:
    """The looks whose time has come; a key that does not open is noted as a problem."""
    found = []
    for row in Eye.objects.filter(looked_ms__lt=clock.now_ms() - every_ms).order_by("id"):
        try:
            found.append(prepare(row))
        except PlainError as error:
            note(row.pk, str(error))
    return found


def prepare(row: Eye) -> Look:
    """What a look needs. VaultError where the key ring does not open the key."""
    secret = _vault().open(bytes(row.sealed_key), _place(row.workspace_id, row.kind)).decode()
    names = [each.name for each in senders.domains(row.workspace_id)]
    domains = sorted({*names, *filter(None, map(registrable, names))})
    return Look(eye_id=row.pk, kind=row.kind, secret=secret, domains=tuple(domains))


def look(settings: Config, wanted: Look, api: str = google.API) -> Seen | str:
    """What a look brings, or in a sentence why nothing. It touches no database."""

    async def ask() -> Seen:
        return await looking.look(
            looking.Line(settings), wanted.kind, wanted.secret, wanted.domains, api
        )

    try:
        return asyncio.run(ask())
    except OutsideError as error:
        return str(error)


@transaction.atomic
def note(eye_id: int, seen: Seen | str) -> int:
    """Keep what a look brought, all of it; how many days it told of."""
    row = Eye.objects.filter(pk=eye_id).first()
    if row is None:  # it was disconnected meanwhile
        return 0
    row.looked_ms = clock.now_ms()
    if isinstance(seen, str):
        row.problem = seen[:500]
        row.save(update_fields=["looked_ms", "problem"])
        return 0
    row.problem, row.said = "", list(seen.said[:_MOST_SAID])
    row.standing = {domain: dict(kept) for domain, kept in seen.standing.items()}
    row.save(update_fields=["looked_ms", "problem", "said", "standing"])
    days = [
        OutsideDay(
            workspace_id=row.workspace_id,
            kind=row.kind,
            subject=each.subject,
            day=each.day,
            figures=dict(each.figures),
        )
        for each in {(day.subject, day.day): day for day in seen.days}.values()
    ]
    OutsideDay.objects.bulk_create(
        days,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["workspace_id", "kind", "subject", "day"],
        update_fields=["figures"],
    )
    return len(days)


def look_now(workspace_id: int) -> list[View]:
    """Look by every connector at once, for a command."""
    for row in Eye.objects.filter(workspace_id=workspace_id).order_by("id"):
        note(row.pk, look(config(), prepare(row)))
    return eyes(workspace_id)


def reseal() -> int:
    """Seal keys anew that an older key of the ring sealed; how many there were."""
    renewed = 0
    for row in Eye.objects.all():
        fresh = _vault().renew(bytes(row.sealed_key), _place(row.workspace_id, row.kind))
        if fresh:
            renewed += Eye.objects.filter(pk=row.pk).update(sealed_key=fresh)
    return renewed


def _who(kind: str, secret: str) -> str:
    """Whom a key names, once it is seen to be one."""
    if kind == GOOGLE:
        return google.account(secret).email
    if kind == SNDS:
        try:
            return targets.read(secret, private=config().allow_private_targets).host
        except targets.TargetError as error:
            raise OutsideError(str(error)) from None
    raise OutsideError(f"There is no connector {kind}.")


def _view(kind: str, row: Eye | None) -> View:
    return View(
        kind=kind,
        name=outside.NAMES[kind],
        connected=row is not None,
        who=row.who if row else "",
        looked_ms=row.looked_ms if row else 0,
        problem=row.problem if row else "",
        said=tuple(row.said) if row else (),
        standing=row.standing if row else {},
        how="" if row else outside.HOW[kind],
    )


def _place(workspace_id: int, kind: str) -> str:
    return f"reputation.eye:{workspace_id}:{kind}"


def _vault() -> vault.Vault:
    return vault.Vault(config().key_ring)
