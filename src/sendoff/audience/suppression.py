"""The addresses a workspace never mails, and every ground for it. Sends nothing, asks nobody.

Opt-out, bounce, complaint and a person's entry are separate grounds. The one row that planning and
claiming read (`Suppression`) stands while any ground is in force, and names the strongest.
"""

from datetime import datetime

from django.db import transaction

from sendoff.audience import status
from sendoff.audience.models import Contact, Ground, Reason, Status, Suppression
from sendoff.audience.values import Ground as GroundRow
from sendoff.lib import clock
from sendoff.mail import addresses

EXPIRE_AT_ONCE = 500


@transaction.atomic
def add(
    workspace_id: int,
    email: str,
    reason: str,
    evidence: str,
    *,
    rule: str = "",
    expires_at: datetime | None = None,
) -> None:
    address, why = addresses.normalise(email).text, Reason(reason)
    contact = _contact(workspace_id, address)
    ground, made = Ground.objects.get_or_create(
        workspace_id=workspace_id,
        email=address,
        reason=why,
        ended_at=None,
        defaults={
            "evidence": evidence,
            "rule": rule,
            "expires_at": expires_at,
            "status_before": contact.status if contact else "",
        },
    )
    if not made and ground.expires_at and (expires_at is None or expires_at > ground.expires_at):
        ground.expires_at, ground.rule, ground.evidence = expires_at, rule, evidence
        ground.save(update_fields=["expires_at", "rule", "evidence"])
    _show(workspace_id, address)
    wanted = status.STATUS_OF_REASON.get(why)
    if wanted and contact:
        move(contact, wanted, evidence)


@transaction.atomic
def lift(workspace_id: int, email: str, why: str) -> bool:
    """Whether there was one. A bounced contact is again what it was; who opted out stays out."""
    address = addresses.normalise(email).text
    contact = _contact(workspace_id, address)
    in_force = Ground.objects.filter(workspace_id=workspace_id, email=address, ended_at=None)
    found = in_force.update(ended_at=clock.now(), ended_why=why)
    _show(workspace_id, address)
    if found and contact and contact.status == Status.BOUNCED:
        move(contact, _before_bounce(contact), why)
    return bool(found)


def expire(workspace_id: int | None = None) -> list[str]:
    """End the grounds whose time is over, one portion; their addresses. None: of all workspaces."""
    over = Ground.objects.filter(ended_at=None, expires_at__lte=clock.now())
    over = over if workspace_id is None else over.filter(workspace_id=workspace_id)
    found = list(over.order_by("expires_at")[:EXPIRE_AT_ONCE])
    for ground in found:
        _end(ground)
    return [ground.email for ground in found]


def grounds(workspace_id: int, email: str) -> list[GroundRow]:
    """Every ground there is or was, newest first."""
    address = addresses.normalise(email).text
    rows = Ground.objects.filter(workspace_id=workspace_id, email=address).order_by("-id")
    return [
        GroundRow(
            reason=row.reason,
            evidence=row.evidence,
            rule=row.rule,
            at=row.created_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            ended_why=row.ended_why,
        )
        for row in rows
    ]


def move(contact: Contact, wanted: Status, why: str) -> None:
    """Give a contact the status that `status.after` decides, with the reason."""
    new = status.after(Status(contact.status), wanted)
    if new == contact.status:
        return
    contact.status, contact.status_why, contact.status_at = new, why, clock.now()
    contact.save(update_fields=["status", "status_why", "status_at"])


@transaction.atomic
def _end(ground: Ground) -> None:
    contact = _contact(ground.workspace_id, ground.email)
    why = f"Expired by rule{f' ({ground.rule})' if ground.rule else ''}."
    mine = Ground.objects.filter(pk=ground.pk, ended_at=None, expires_at__lte=clock.now())
    if not mine.update(ended_at=clock.now(), ended_why=why):
        return
    reasons = _show(ground.workspace_id, ground.email)
    if contact and contact.status == Status.BOUNCED and Reason.BOUNCE not in reasons:
        move(contact, _before_bounce(contact), why)


def _before_bounce(contact: Contact) -> Status:
    """What a bounced contact was before: who never confirmed has not done so by this."""
    bounces = Ground.objects.filter(
        workspace_id=contact.workspace_id, email=contact.email, reason=Reason.BOUNCE
    )
    first = bounces.exclude(status_before=Status.BOUNCED).order_by("-id").first()
    unconfirmed = first is not None and first.status_before == Status.UNCONFIRMED
    return Status.UNCONFIRMED if unconfirmed else Status.SUBSCRIBED


def _show(workspace_id: int, address: str) -> set[Reason]:
    """Make the one row say what the grounds say; the reasons in force."""
    in_force = Ground.objects.filter(workspace_id=workspace_id, email=address, ended_at=None)
    grounds = {Reason(ground.reason): ground for ground in in_force}
    rows = Suppression.objects.filter(workspace_id=workspace_id, email=address)
    if not grounds:
        rows.delete()
        return set()
    strongest = grounds[status.strongest(grounds)]
    said = {"reason": strongest.reason, "evidence": strongest.evidence}
    row, made = Suppression.objects.get_or_create(
        workspace_id=workspace_id,
        email=address,
        defaults={**said, "created_at": strongest.created_at},
    )
    if not made and (row.reason, row.evidence) != (strongest.reason, strongest.evidence):
        rows.update(**said, created_at=strongest.created_at)
    return set(grounds)


def _contact(workspace_id: int, address: str) -> Contact | None:
    """The contact, held first, so that two who suppress one address do it one after the other."""
    found = Contact.objects.select_for_update().filter(workspace_id=workspace_id, email=address)
    return found.first()
