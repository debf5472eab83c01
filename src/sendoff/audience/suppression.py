"""The addresses a workspace never mails. Never lifts a suppression by itself."""

from django.db import transaction

from sendoff.audience import status
from sendoff.audience.models import Contact, Reason, Status, Suppression
from sendoff.lib import clock
from sendoff.mail import addresses


@transaction.atomic
def add(workspace_id: int, email: str, reason: str, evidence: str) -> None:
    address, why = addresses.normalise(email).text, Reason(reason)
    row, made = Suppression.objects.get_or_create(
        workspace_id=workspace_id, email=address, defaults={"reason": why, "evidence": evidence}
    )
    if not made and status.stronger(Reason(row.reason), why):
        row.reason, row.evidence, row.created_at = why, evidence, clock.now()
        row.save(update_fields=["reason", "evidence", "created_at"])
    wanted = status.STATUS_OF_REASON.get(why)
    contact = Contact.objects.filter(workspace_id=workspace_id, email=address).first()
    if wanted and contact:
        move(contact, wanted, evidence)


@transaction.atomic
def lift(workspace_id: int, email: str, why: str) -> bool:
    """Whether there was one. A bounced contact is subscribed again; who opted out stays out."""
    address = addresses.normalise(email).text
    found, _ = Suppression.objects.filter(workspace_id=workspace_id, email=address).delete()
    contact = Contact.objects.filter(workspace_id=workspace_id, email=address).first()
    if found and contact and contact.status == Status.BOUNCED:
        move(contact, Status.SUBSCRIBED, why)
    return bool(found)


def move(contact: Contact, wanted: Status, why: str) -> None:
    """Give a contact the status that `status.after` decides, with the reason."""
    new = status.after(Status(contact.status), wanted)
    if new == contact.status:
        return
    contact.status, contact.status_why, contact.status_at = new, why, clock.now()
    contact.save(update_fields=["status", "status_why", "status_at"])
