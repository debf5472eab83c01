"""What happens to one contact: subscribed, changed, erased. Never resubscribes by itself."""

from collections.abc import Mapping

from django.db import transaction

from sendoff.audience import membership, suppression
from sendoff.audience.columns import field_name
from sendoff.audience.models import Contact, Field, Reason, Status
from sendoff.audience.values import AudienceError
from sendoff.lib import clock
from sendoff.mail import addresses


@transaction.atomic
def subscribe(list_id: int, email: str, fields: Mapping[str, str]) -> int:
    address = addresses.normalise(email)
    of = membership.lock(list_id)
    named = {field_name(title): value.strip() for title, value in fields.items() if value.strip()}
    named.pop("", None)
    contact, _ = Contact.objects.get_or_create(
        workspace_id=of.workspace_id, email=address.text, defaults={"domain": address.domain}
    )
    if contact.fields | named != contact.fields:
        contact.fields |= named
        contact.save(update_fields=["fields"])
    remember_fields(of.workspace_id, named)
    membership.join(of, [contact.pk])
    return contact.pk


def remember_fields(workspace_id: int, names: Mapping[str, str] | list[str]) -> None:
    """Note the names of custom fields, for the writer of a campaign to choose from."""
    rows = [Field(workspace_id=workspace_id, name=name) for name in names]
    Field.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def set_status(contact_id: int, status: str, why: str) -> None:
    suppression.move(_the(contact_id), Status(status), why)


@transaction.atomic
def unsubscribe(contact_id: int, evidence: str) -> None:
    contact = _the(contact_id)
    suppression.move(contact, Status.UNSUBSCRIBED, evidence)
    if contact.email is not None:
        suppression.add(contact.workspace_id, contact.email, Reason.UNSUBSCRIBE, evidence)


@transaction.atomic
def erase(contact_id: int, why: str) -> None:
    contact = _the(contact_id)
    if contact.deleted_at is not None:
        return
    membership.leave_all(contact_id)
    contact.email, contact.fields, contact.deleted_at = None, {}, clock.now()
    # The domain stays: it names nobody, and says where mail that was planned was to go.
    contact.status_why, contact.status_at = why, clock.now()
    contact.save(update_fields=["email", "fields", "deleted_at", "status_why", "status_at"])


def _the(contact_id: int) -> Contact:
    contact = Contact.objects.select_for_update().filter(pk=contact_id).first()
    if contact is None:
        raise AudienceError(f"There is no contact {contact_id}.")
    return contact
