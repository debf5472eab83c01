"""The door of the audience room: contacts, lists, suppression and imports. Never sends a mail."""

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction

from sendoff.audience import bulk, contacts, importing, membership, news, people, suppression, tasks
from sendoff.audience.models import Import, List, Suppression
from sendoff.audience.values import (
    AudienceError,
    Contact,
    Ground,
    ImportReport,
    MailingList,
    Suppressed,
)
from sendoff.mail import addresses

__all__ = [
    "AudienceError",
    "Contact",
    "Ground",
    "GroundNews",
    "ImportNews",
    "ImportReport",
    "MailingList",
    "Suppressed",
    "addresses_of",
    "audience_size",
    "change_some",
    "contact",
    "create_list",
    "domain_counts",
    "erase",
    "expire_suppressions",
    "field_names",
    "find_contact",
    "find_list",
    "grounds",
    "grounds_after",
    "grounds_ended_after",
    "import_report",
    "imports_ended_after",
    "is_suppressed",
    "leave",
    "lists",
    "missing_fields",
    "on_list",
    "newest_ground",
    "resume_imports",
    "run_import",
    "sample_contacts",
    "set_status",
    "somebody_at",
    "start_import",
    "subscribe",
    "suppress",
    "suppressions",
    "unsubscribe",
    "unsuppress",
    "watermark",
]

GroundNews = news.GroundNews
ImportNews = news.ImportNews
newest_ground = news.newest_ground
grounds_after = news.grounds_after
grounds_ended_after = news.grounds_ended_after
imports_ended_after = news.imports_ended_after


def lists(workspace_id: int) -> list[MailingList]:
    """The lists of a workspace by name, with the number of people subscribed on each."""
    return people.lists(workspace_id)


def create_list(workspace_id: int, name: str) -> int:
    """The id of a new list. AudienceError where the name is empty, too long or taken."""
    name = name.strip()
    if not name or len(name) > 200:
        raise AudienceError("A list needs a name of 1 to 200 characters.")
    try:
        with transaction.atomic():
            return List.objects.create(workspace_id=workspace_id, name=name).pk
    except IntegrityError:
        raise AudienceError(f"There is a list “{name}” already; choose another name.") from None


def find_list(workspace_id: int, name: str) -> int | None:
    """The id of the list with this name."""
    return (
        List.objects.filter(workspace_id=workspace_id, name=name.strip())
        .values_list("pk", flat=True)
        .first()
    )


def watermark(workspace_id: int) -> int:
    """The newest membership; those with an id up to it were there at this moment.

    Call it in the launch's transaction: until that ends, nobody joins or leaves a list.
    """
    return membership.watermark(workspace_id)


def audience_size(list_ids: Collection[int], watermark: int, launched_ms: int) -> int:
    """How many people a campaign launched at that millisecond is for, each counted once."""
    return membership.audience_size(list_ids, watermark, launched_ms)


def subscribe(list_id: int, email: str, fields: Mapping[str, str]) -> int:
    """Put a person on a list, new or known, and merge their fields; the contact's id.

    Who is unsubscribed stays so: `set_status` is the way back. AddressError, AudienceError.
    """
    return contacts.subscribe(list_id, email, fields)


def leave(list_id: int, contact_id: int) -> bool:
    """Take a contact from one list; whether they were on it."""
    return membership.leave(list_id, contact_id)


def on_list(list_id: int, contact_ids: Collection[int]) -> set[int]:
    """Those of the contacts that are on the list now."""
    return membership.on_list(list_id, contact_ids)


def set_status(contact_id: int, status: str, why: str) -> None:
    """Note what became of a contact; a bounce never hides an opt-out, nor that a complaint."""
    contacts.set_status(contact_id, status, why)


def unsubscribe(contact_id: int, evidence: str) -> None:
    """The person wants no more mail: status and suppression, at once. Twice does no harm."""
    contacts.unsubscribe(contact_id, evidence)


def change_some() -> int:
    """Do some of what was asked for all who fit a filter; how many people that was for."""
    return bulk.some()


def suppress(
    workspace_id: int,
    email: str,
    reason: str,
    evidence: str,
    *,
    rule: str = "",
    expires_at: datetime | None = None,
) -> None:
    """Mail an address no more (bounce, complaint, unsubscribe, manual); its contact follows.

    Each reason stays a ground of its own; one that is in force already is only prolonged.
    AddressError where it is no address.
    """
    suppression.add(workspace_id, email, reason, evidence, rule=rule, expires_at=expires_at)


def unsuppress(workspace_id: int, email: str, why: str) -> bool:
    """Lift a suppression; whether there was one. Who opted out stays unsubscribed."""
    return suppression.lift(workspace_id, email, why)


def grounds(workspace_id: int, email: str) -> list[Ground]:
    """Why an address is not mailed, and was not before: every ground, newest first.

    AddressError where it is no address.
    """
    return suppression.grounds(workspace_id, email)


def expire_suppressions(workspace_id: int | None = None) -> list[str]:
    """End what is over by its rule, at most a portion; the addresses that were concerned."""
    return suppression.expire(workspace_id)


def is_suppressed(workspace_id: int, email: str) -> bool:
    """Whether the workspace must not mail this address. AddressError where it is none."""
    address = addresses.normalise(email).text
    return Suppression.objects.filter(workspace_id=workspace_id, email=address).exists()


def suppressions(workspace_id: int, emails: Collection[str] = ()) -> list[Suppressed]:
    """The suppression list, newest first; of these addresses (in normal form) where given."""
    rows = Suppression.objects.filter(workspace_id=workspace_id).order_by("-id")
    rows = rows.filter(email__in=emails) if emails else rows
    return [
        Suppressed(email=row.email, reason=row.reason, evidence=row.evidence, at=row.created_at)
        for row in rows
    ]


def erase(contact_id: int, why: str) -> None:
    """Forget a person: address and fields go, an empty row stays so that books still balance."""
    contacts.erase(contact_id, why)


def field_names(workspace_id: int) -> list[str]:
    """The custom fields that contacts of the workspace have, by name."""
    return people.field_names(workspace_id)


def missing_fields(list_ids: Collection[int], names: Collection[str]) -> dict[str, int]:
    """For each name, how many subscribed people of the lists have no value for it."""
    return people.missing_fields(list_ids, names)


def sample_contacts(list_ids: Collection[int], n: int) -> list[Contact]:
    """The first subscribed people of the lists, to preview a mail with."""
    return people.sample(list_ids, n)


def domain_counts(list_ids: Collection[int]) -> dict[str, int]:
    """How many subscribed people of the lists are at each domain, the largest first."""
    return people.domain_counts(list_ids)


def somebody_at(list_ids: Collection[int], domain: str) -> Contact | None:
    """The first subscribed person of the lists at a domain."""
    return people.somebody_at(list_ids, domain)


def addresses_of(contact_ids: Collection[int]) -> dict[int, str]:
    """The addresses of these contacts by id; erased ones have none and are left out."""
    return people.addresses_of(contact_ids)


def contact(contact_id: int) -> Contact | None:
    """One person, erased ones too; None where there was never such a contact."""
    return people.one(contact_id)


def find_contact(workspace_id: int, email: str) -> Contact | None:
    """The person with this address; None where there is none, or it is no address."""
    return people.find(workspace_id, email)


@transaction.atomic
def start_import(
    workspace_id: int, list_id: int, upload: Path, name: str, user_id: int | None
) -> int:
    """Queue the import of a CSV file in this transaction; a worker will run it. The import's id."""
    work = _new_import(workspace_id, list_id, upload, name, user_id)
    tasks.run_import.enqueue(work.pk)
    return work.pk


def run_import(
    workspace_id: int, list_id: int, path: Path, user_id: int | None = None
) -> ImportReport:
    """Import a CSV file now, in this process; `problem` says where it stopped."""
    work = _new_import(workspace_id, list_id, path.resolve(), path.name, user_id)
    importing.run(work.pk, tasks.imports_folder())
    return import_report(workspace_id, work.pk)


def resume_imports() -> int:
    """Look after imports whose process died: each is tried again once it gave no sign of life.

    For the start of a server; how many. One that is alive, or done by then, is left alone.
    """
    going = importing.unfinished()
    for import_id, when in going:
        tasks.run_import.using(run_after=when).enqueue(import_id)
    return len(going)


def import_report(workspace_id: int, import_id: int) -> ImportReport:
    """How an import stands. AudienceError where the workspace has no such import."""
    work = (
        Import.objects.select_related("list")
        .filter(workspace_id=workspace_id, pk=import_id)
        .first()
    )
    if work is None:
        raise AudienceError(f"There is no import {import_id}.")
    return people.report(work)


def _new_import(
    workspace_id: int, list_id: int, upload: Path, name: str, user_id: int | None
) -> Import:
    if not List.objects.filter(pk=list_id, workspace_id=workspace_id).exists():
        raise AudienceError(f"There is no list {list_id} in this workspace; choose another.")
    return Import.objects.create(
        workspace_id=workspace_id,
        list_id=list_id,
        upload=str(upload),
        name=name[:255],
        created_by_id=user_id,
    )
