"""All who fit a filter are changed: asked once more, in portions, and nobody else with them."""

import pytest
from django.db import OperationalError, connection

from sendoff.accounts.models import User
from sendoff.audience import bulk
from sendoff.audience import public as audience
from sendoff.audience.models import BulkChange, Contact

pytestmark = pytest.mark.django_db
CROWD = 120  # more than a page and more than two portions


@pytest.fixture
def page(client, ana):
    client.force_login(User.objects.get(pk=ana.user_id))
    return client


@pytest.fixture
def crowd(customers, workspace):
    """Friends by the dozen on one list, and ben@ on another."""
    for n in range(CROWD):
        audience.subscribe(customers, f"friend{n}@x.example", {})
    return audience.subscribe(audience.create_list(workspace, "Others"), "ben@y.example", {})


def asked(page, shown: str, **more: str) -> str:
    words = {"whom": "fitting", "do": "unsubscribe", "why": "asked by phone", "back": shown}
    return page.post("/audience/contacts/change", words | more, follow=True).content.decode()


def subscribed() -> int:
    return Contact.objects.filter(status="subscribed").count()


def test_the_number_is_shown_and_nobody_changed_until_it_is_confirmed(page, crowd):
    said = asked(page, "q=friend&status=subscribed")
    assert "Unsubscribe 120 contacts?" in said
    assert "“friend” is in the address and the status is Subscribed" in said
    audience.change_some()
    assert subscribed() == CROWD + 1


def test_all_who_fit_are_changed_with_the_reason_and_nobody_else(page, crowd, customers):
    said = asked(page, f"list={customers}", confirmed="1")
    assert "120 are being changed." in said
    assert "0 of 120 so far; it goes on by itself." in said
    late = audience.subscribe(customers, "late@x.example", {})
    while audience.change_some():
        pass
    assert {Contact.objects.get(pk=each).status for each in (crowd, late)} == {"subscribed"}
    assert subscribed() == 2
    gone = Contact.objects.get(email="friend7@x.example")
    assert gone.status == "unsubscribed"
    assert "asked by phone (entered by ana@shop.example)" in gone.status_why
    assert "120 of 120 changed" in page.get("/audience/contacts").content.decode()


def test_they_come_back_by_the_status_they_have(page, crowd, workspace):
    asked(page, "q=friend", confirmed="1")
    while audience.change_some():
        pass
    asked(page, "status=unsubscribed", do="subscribe", why="a mistake of ours", confirmed="1")
    while audience.change_some():
        pass
    assert subscribed() == CROWD + 1
    assert audience.suppressions(workspace) == []


def test_a_portion_that_breaks_is_undone_whole_and_done_again(page, crowd):
    asked(page, "q=friend", confirmed="1")
    left = 70

    def breaks(execute, sql, *more):
        nonlocal left
        left -= (here := sql.startswith('UPDATE "audience_contact"'))
        if here and not left:
            raise OperationalError("the database went away")
        return execute(sql, *more)

    with connection.execute_wrapper(breaks), pytest.raises(OperationalError):
        audience.change_some()
    assert BulkChange.objects.get().done == CROWD + 1 - subscribed() == bulk.PORTION
    while audience.change_some():
        pass
    assert BulkChange.objects.get().done == CROWD
    assert subscribed() == 1


def test_a_filter_that_is_not_known_changes_nobody(page, crowd):
    for shown in ("list=999999", "status=happy"):
        assert "That filter is not known here any more" in asked(page, shown, confirmed="1")
    audience.change_some()
    assert subscribed() == CROWD + 1


def test_a_filter_that_nobody_fits_leaves_nothing_to_do(page, crowd):
    asked(page, "q=nobody", confirmed="1")
    assert not BulkChange.objects.exists()
    assert audience.change_some() == 0


def test_what_is_no_filter_at_all_breaks_nothing(page, crowd):
    said = asked(page, "%0d%0aSet-Cookie: x=1\r\nq=friend&q=\x00", confirmed="1")
    assert "Contacts" in said
    assert subscribed() == CROWD + 1
