"""Questions about the people of lists. Changes nothing."""

from collections.abc import Collection

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from sendoff.audience import membership, values
from sendoff.audience.models import Contact, Field, Import, List, ListMembership, Status
from sendoff.mail import addresses


def lists(workspace_id: int) -> list[values.MailingList]:
    mailable = Q(
        listmembership__left_at__isnull=True, listmembership__contact__status=Status.SUBSCRIBED
    )
    rows = List.objects.filter(workspace_id=workspace_id).order_by("name", "id")
    return [
        values.MailingList(id=row.pk, name=row.name, subscribed=row.people)
        for row in rows.annotate(people=Count("listmembership", filter=mailable))
    ]


def subscribed_on(list_ids: Collection[int]) -> QuerySet[Contact]:
    """Who would be sent to now: on one of the lists, subscribed, not erased."""
    here = ListMembership.objects.filter(
        membership.ON_THE_LIST, contact_id=OuterRef("pk"), list_id__in=list_ids
    )
    return Contact.objects.filter(Exists(here), status=Status.SUBSCRIBED, deleted_at=None)


def field_names(workspace_id: int) -> list[str]:
    names = Field.objects.filter(workspace_id=workspace_id).order_by("name")
    return list(names.values_list("name", flat=True))


def missing_fields(list_ids: Collection[int], names: Collection[str]) -> dict[str, int]:
    asked = [name for name in dict.fromkeys(names) if name != "email"]
    empty = {
        f"n{n}": Coalesce(KeyTextTransform(name, "fields"), Value(""), output_field=TextField())
        for n, name in enumerate(asked)
    }
    counts = {f"count_{key}": Count("pk", filter=Q(**{key: ""})) for key in empty}
    found = subscribed_on(list_ids).annotate(**empty).aggregate(**counts) if asked else {}
    return {name: found[f"count_n{n}"] for n, name in enumerate(asked)} | {
        name: 0 for name in names if name == "email"
    }


def sample(list_ids: Collection[int], n: int) -> list[values.Contact]:
    return [value(contact) for contact in subscribed_on(list_ids).order_by("id")[:n]]


def domain_counts(list_ids: Collection[int]) -> dict[str, int]:
    found = subscribed_on(list_ids).exclude(email=None).values("domain").annotate(n=Count("pk"))
    return dict(found.order_by("-n", "domain").values_list("domain", "n"))


def somebody_at(list_ids: Collection[int], domain: str) -> values.Contact | None:
    found = subscribed_on(list_ids).exclude(email=None).filter(domain=domain).order_by("id").first()
    return value(found) if found else None


def find(workspace_id: int, email: str) -> values.Contact | None:
    try:
        address = addresses.normalise(email).text
    except addresses.AddressError:
        return None
    found = Contact.objects.filter(workspace_id=workspace_id, email=address).first()
    return value(found) if found else None


def one(contact_id: int) -> values.Contact | None:
    found = Contact.objects.filter(pk=contact_id).first()
    return value(found) if found else None


def addresses_of(contact_ids: Collection[int]) -> dict[int, str]:
    found = Contact.objects.filter(pk__in=contact_ids, email__isnull=False)
    return {pk: str(email) for pk, email in found.values_list("pk", "email")}


def value(contact: Contact) -> values.Contact:
    return values.Contact(
        id=contact.pk,
        workspace_id=contact.workspace_id,
        email=contact.email,
        domain=contact.domain,
        status=contact.status,
        fields=contact.fields,
    )


def report(work: Import) -> values.ImportReport:
    return values.ImportReport(
        id=work.pk,
        name=work.name,
        list_id=work.list_id,
        list_name=work.list.name,
        state=work.state,
        total=work.total,
        rows=work.rows,
        added=work.added,
        updated=work.updated,
        unchanged=work.unchanged,
        rejected=work.rejected,
        problem=work.problem,
        rejected_file=work.rejected_file,
        created_at=work.created_at,
        finished_at=work.finished_at,
    )
