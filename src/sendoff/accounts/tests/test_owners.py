"""Owners are made whole or not at all; people find their own workspace and no other."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser

from sendoff.accounts import public as accounts
from sendoff.accounts.models import User, Workspace

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def test_ana_becomes_owner_of_a_new_workspace():
    ana = accounts.create_owner("Ana@Shop.Example", PASSWORD, "Ana's shop")
    user = User.objects.get(pk=ana.user_id)
    assert accounts.workspace_of(user) == accounts.Workspace(id=ana.workspace_id, name="Ana's shop")
    assert user.membership_set.get().role == "owner"


def test_ana_signs_in_whatever_the_case_of_her_address():
    ana = accounts.create_owner("Ana@Shop.Example", PASSWORD, "Ana's shop")
    assert accounts.find_user("ANA@shop.example ") == ana.user_id
    assert authenticate(username="ANA@SHOP.EXAMPLE", password=PASSWORD).pk == ana.user_id
    assert authenticate(username="ana@shop.example", password="wrong") is None


def test_an_owner_without_a_password_can_not_sign_in_with_an_empty_one():
    ana = accounts.create_owner("ana@shop.example", None, "Ana's shop")
    assert not User.objects.get(pk=ana.user_id).has_usable_password()
    assert authenticate(username="ana@shop.example", password="") is None


@pytest.mark.parametrize(
    ("email", "password", "name", "says"),
    [
        ("ana at shop", PASSWORD, "Shop", "The owner's address"),
        ("ana@shop.example", "short", "Shop", "The password"),
        ("ana@shop.example", PASSWORD, "  ", "needs a name"),
    ],
)
def test_what_can_not_be_used_is_said_and_nothing_is_made(email, password, name, says):
    with pytest.raises(accounts.AccountError, match=says):
        accounts.create_owner(email, password, name)
    assert not User.objects.exists()
    assert not Workspace.objects.exists()


def test_a_second_owner_with_the_same_address_is_told_so():
    accounts.create_owner("ana@shop.example", None, "Shop")
    with pytest.raises(accounts.AccountError, match="has an account already"):
        accounts.create_owner("ANA@shop.example", None, "Other shop")
    assert Workspace.objects.count() == 1


def test_a_stranger_has_no_workspace_even_where_one_has_no_people():
    Workspace.objects.create(name="Nobody's")
    cy = User.objects.create(email="cy@stranger.example")
    for visitor in (cy, AnonymousUser()):
        with pytest.raises(accounts.AccountError, match="belongs to no workspace"):
            accounts.workspace_of(visitor)


def test_the_default_workspace_is_the_oldest():
    with pytest.raises(accounts.AccountError, match="sendoff setup"):
        accounts.default_workspace()
    ana = accounts.create_owner("ana@shop.example", None, "First")
    accounts.create_owner("ben@shop.example", None, "Second")
    assert accounts.default_workspace().id == ana.workspace_id
