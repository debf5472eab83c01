"""One contact's life: subscribed, bounced, unsubscribed, suppressed, erased."""

import pytest

from sendoff.accounts import public as accounts
from sendoff.audience import public as audience
from sendoff.audience.models import Contact, Suppression
from sendoff.mail.addresses import AddressError

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana_contact(customers):
    return audience.subscribe(customers, "Ana@Shop.EXAMPLE", {"First name": "Ana", "City": " "})


def status_of(contact):
    return Contact.objects.get(pk=contact).status


def test_subscribing_twice_is_one_contact_with_all_fields(workspace, customers, ana_contact):
    again = audience.subscribe(customers, "Ana@shop.example", {"City": "Rome"})
    assert again == ana_contact
    found = audience.find_contact(workspace, "Ana@shop.example")
    assert found.fields == {"first_name": "Ana", "city": "Rome"}
    assert audience.lists(workspace)[0].subscribed == 1


def test_unsubscribing_twice_is_one_suppression_with_its_evidence(workspace, ana_contact):
    audience.unsubscribe(ana_contact, "One click at 10:00.")
    audience.unsubscribe(ana_contact, "One click at 10:01.")
    assert status_of(ana_contact) == "unsubscribed"
    found = audience.suppressions(workspace, ["Ana@shop.example"])
    assert [(s.reason, s.evidence) for s in found] == [("unsubscribe", "One click at 10:00.")]


def test_a_bounce_suppresses_and_marks_the_contact_but_never_hides_an_opt_out(
    workspace, ana_contact
):
    audience.suppress(workspace, "Ana@shop.example", "bounce", "550 5.1.1 no such user")
    assert status_of(ana_contact) == "bounced"
    audience.unsubscribe(ana_contact, "asked")
    audience.suppress(workspace, "Ana@shop.example", "bounce", "550 5.1.1 no such user")
    assert status_of(ana_contact) == "unsubscribed"
    assert Suppression.objects.get().reason == "unsubscribe"


def test_lifting_a_bounce_subscribes_again_and_lifting_an_opt_out_does_not(
    workspace, customers, ana_contact
):
    audience.suppress(workspace, "Ana@shop.example", "bounce", "550")
    assert audience.unsuppress(workspace, "Ana@shop.example", "typo at their side")
    assert status_of(ana_contact) == "subscribed"
    audience.unsubscribe(ana_contact, "asked")
    assert audience.unsuppress(workspace, "Ana@shop.example", "why not")
    assert status_of(ana_contact) == "unsubscribed"
    assert not audience.unsuppress(workspace, "Ana@shop.example", "again")


def test_an_address_without_a_contact_can_be_suppressed(workspace):
    audience.suppress(workspace, "cy@STRANGER.example", "manual", "on the phone")
    assert audience.is_suppressed(workspace, "cy@stranger.example")
    assert not audience.is_suppressed(workspace, "ben@stranger.example")
    with pytest.raises(AddressError):
        audience.suppress(workspace, "nobody", "manual", "")


def test_erasing_leaves_a_row_without_a_person(workspace, customers, ana_contact):
    audience.erase(ana_contact, "she asked to be forgotten")
    audience.erase(ana_contact, "twice")
    row = Contact.objects.get(pk=ana_contact)
    assert (row.email, row.fields, row.status_why) == (None, {}, "she asked to be forgotten")
    assert row.deleted_at is not None
    assert audience.find_contact(workspace, "Ana@shop.example") is None
    assert audience.lists(workspace)[0].subscribed == 0
    audience.unsubscribe(ana_contact, "a late click")
    assert not Suppression.objects.exists()


def test_many_erased_people_fit_in_one_workspace_and_may_come_back(workspace, customers):
    for _ in range(2):
        audience.erase(audience.subscribe(customers, "ana@shop.example", {}), "asked")
    new = audience.subscribe(customers, "ana@shop.example", {})
    assert audience.find_contact(workspace, "ana@shop.example").id == new
    assert Contact.objects.count() == 3


def test_the_same_address_in_two_workspaces_is_two_people(customers, ana_contact):
    other = accounts.create_owner("cy@stranger.example", None, "Cy's").workspace_id
    theirs = audience.subscribe(audience.create_list(other, "Customers"), "Ana@shop.example", {})
    audience.unsubscribe(theirs, "asked Cy")
    assert status_of(ana_contact) == "subscribed"


def test_missing_fields_are_counted_among_those_who_would_be_sent_to(customers, ana_contact):
    audience.subscribe(customers, "ben@x.example", {"city": "Oslo"})
    gone = audience.subscribe(customers, "cy@x.example", {})
    audience.unsubscribe(gone, "asked")
    asked = ["first_name", "city", "email", "contains", "a__b", "first_name"]
    assert audience.missing_fields([customers], asked) == {
        "first_name": 1,
        "city": 1,
        "contains": 2,
        "a__b": 2,
        "email": 0,
    }
    assert audience.missing_fields([customers], []) == {}


def test_samples_are_people_who_would_be_sent_to(customers, ana_contact):
    ben = audience.subscribe(customers, "ben@x.example", {})
    audience.set_status(ana_contact, "unconfirmed", "waits for a click")
    assert [c.id for c in audience.sample_contacts([customers], 5)] == [ben]
    assert audience.sample_contacts([], 5) == []


def test_a_list_needs_a_name_of_its_own(workspace, customers):
    for name, says in (
        ("", "needs a name"),
        ("Customers ", "already"),
        ("x" * 201, "needs a name"),
    ):
        with pytest.raises(audience.AudienceError, match=says):
            audience.create_list(workspace, name)
    assert audience.find_list(workspace, "Customers") == customers


def test_what_is_not_there_is_said(workspace):
    with pytest.raises(audience.AudienceError, match="no list 999"):
        audience.subscribe(999, "ana@x.example", {})
    with pytest.raises(audience.AudienceError, match="no contact 999"):
        audience.unsubscribe(999, "")
    with pytest.raises(audience.AudienceError, match="no import 999"):
        audience.import_report(workspace, 999)


def test_addresses_are_read_by_id_and_erased_people_have_none(customers, ana_contact):
    ben = audience.subscribe(customers, "ben@x.example", {})
    audience.erase(ben, "asked")
    assert audience.addresses_of([ana_contact, ben, 999]) == {ana_contact: "Ana@shop.example"}
