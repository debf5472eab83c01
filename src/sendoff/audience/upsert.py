"""Write one batch of people into a list: at most five statements, whatever its size.

Never resubscribes: a status is not touched, and who left the list stays away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sendoff.audience import membership
from sendoff.audience.models import Contact, List, ListMembership
from sendoff.audience.rows import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """People of a batch after merging with what is known, each address once, in order."""

    people: Mapping[str, Person]
    touched: frozenset[str]
    added: int
    updated: int
    unchanged: int


def write(of: List, people: Sequence[Person]) -> Merged:
    """Add and update people and put them on the list, which the caller has locked."""
    addresses = list(dict.fromkeys(person.email for person in people))
    known = Contact.objects.filter(workspace_id=of.workspace_id, email__in=addresses)
    found = {
        str(email): (pk, fields) for email, pk, fields in known.values_list("email", "pk", "fields")
    }
    merged = merge(people, {email: fields for email, (_, fields) in found.items()})
    written = _save(of, [merged.people[email] for email in addresses if email in merged.touched])
    ids = {email: pk for email, (pk, _) in found.items()} | written
    stayed = ListMembership.objects.filter(list=of, contact_id__in=[pk for pk, _ in found.values()])
    before = set(stayed.values_list("contact_id", flat=True)) if found else set()
    membership.join(of, [ids[email] for email in addresses if ids[email] not in before])
    return merged


def merge(people: Sequence[Person], known: Mapping[str, Mapping[str, str]]) -> Merged:
    """Lay people over what is known, row by row: the last value wins, an empty one says nothing.

    An address that stands twice counts as the rows say: added at the first, updated or unchanged at
    the second, so that counts do not depend on where batches are cut. Pure.
    """
    result: dict[str, Person] = {}
    added, updated, touched = 0, 0, set()
    for person in people:
        earlier = result[person.email].fields if person.email in result else known.get(person.email)
        fields = person.fields if earlier is None else {**earlier, **person.fields}
        result[person.email] = Person(person.email, person.domain, fields)
        if earlier is None:
            added += 1
        elif fields != earlier:
            updated += 1
        else:
            continue
        touched.add(person.email)
    return Merged(
        people=result,
        touched=frozenset(touched),
        added=added,
        updated=updated,
        unchanged=len(people) - added - updated,
    )


def _save(of: List, people: Sequence[Person]) -> dict[str, int]:
    rows = [
        Contact(workspace_id=of.workspace_id, email=p.email, domain=p.domain, fields=p.fields)
        for p in people
    ]
    # Where another writer was faster, its row stays and takes the fields: one contact an address.
    saved = Contact.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["workspace", "email"], update_fields=["fields"]
    )
    return {str(contact.email): contact.pk for contact in saved}
