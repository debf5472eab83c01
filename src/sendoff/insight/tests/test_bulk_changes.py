"""A status changed for many shows at once in counts, and in campaigns that are under way."""

from sendoff.audience import public as audience
from sendoff.audience.models import Contact
from sendoff.outbox import public as outbox
from sendoff.outbox.models import Message


def change(client, *addresses: str, **more: str):
    ids = Contact.objects.filter(email__in=addresses).values_list("pk", flat=True)
    asked = {"do": "unsubscribe", "why": "asked by phone", "contact": list(ids)}
    return client.post("/audience/contacts/change", asked | more, follow=True)


def subscribed(shop) -> int:
    (customers,) = [each for each in audience.lists(shop.workspace) if each.id == shop.customers]
    return customers.subscribed


def test_the_ticked_are_unsubscribed_and_no_parcel_writes_to_them(client, page, shop):
    shop.send()
    parcel = Message.objects.get(seq=shop.seqs["cy@gmall.test"]).parcel_id
    assert subscribed(shop) == 4
    said = change(client, "cy@gmall.test", "ana@yahu.test").content.decode()
    assert "2 changed." in said
    assert subscribed(shop) == 2
    assert len(audience.suppressions(shop.workspace)) == 2
    skipped = {letter.address: letter.skip for letter in outbox.letters(parcel)}
    assert "suppression list (unsubscribe)" in skipped["cy@gmall.test"]
    assert skipped["ben@gmall.test"] == ""


def test_they_come_back_with_a_reason(client, page, shop):
    change(client, "cy@gmall.test", "ana@yahu.test")
    change(client, "cy@gmall.test", do="subscribe", why="signed again at the till")
    assert subscribed(shop) == 3
    assert not audience.is_suppressed(shop.workspace, "cy@gmall.test")
    assert audience.find_contact(shop.workspace, "ana@yahu.test").status == "unsubscribed"


def test_nothing_changes_without_a_reason_or_without_a_tick(client, page, shop):
    assert "Say why" in change(client, "cy@gmall.test", why=" ").content.decode()
    assert "Tick at least one contact" in change(client).content.decode()
    assert subscribed(shop) == 4


def test_nobody_changes_contacts_of_another_workspace(client, page, shop):
    Contact.objects.filter(email="cy@gmall.test").update(workspace=other_workspace())
    change(client, "cy@gmall.test")
    assert Contact.objects.get(email="cy@gmall.test").status == "subscribed"


def other_workspace() -> int:
    from sendoff.accounts.models import Workspace

    return Workspace.objects.create(name="Cy's shop").pk
