"""A sign-in link opens the door once, for its person, in its time."""

import pytest
import time_machine

from sendoff.accounts import public as accounts
from sendoff.accounts.models import SignInLink, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return accounts.create_owner("ana@shop.example", None, "Shop").user_id


def test_a_link_signs_in_once(ana):
    token = accounts.make_sign_in_link(ana)
    assert accounts.use_sign_in_link(token).pk == ana
    assert accounts.use_sign_in_link(token) is None


def test_a_link_signs_in_its_own_person_only(ana):
    ben = accounts.create_owner("ben@shop.example", None, "Other").user_id
    tokens = {who: accounts.make_sign_in_link(who) for who in (ana, ben)}
    assert {who: accounts.use_sign_in_link(token).pk for who, token in tokens.items()} == {
        ana: ana,
        ben: ben,
    }


def test_a_link_ends_after_its_minutes(ana):
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        early, late = (
            accounts.make_sign_in_link(ana, minutes=5),
            accounts.make_sign_in_link(ana, minutes=5),
        )
        clock.shift(299)
        assert accounts.use_sign_in_link(early).pk == ana
        clock.shift(1)
        assert accounts.use_sign_in_link(late) is None


def test_a_link_of_someone_who_was_switched_off_does_nothing(ana):
    token = accounts.make_sign_in_link(ana)
    User.objects.filter(pk=ana).update(is_active=False)
    assert accounts.use_sign_in_link(token) is None


@pytest.mark.parametrize("token", ["", "made up", "ä" * 43, "\ud800", "x" * 100_000])
def test_a_made_up_token_does_nothing(ana, token):
    accounts.make_sign_in_link(ana)
    assert accounts.use_sign_in_link(token) is None


def test_the_token_itself_is_not_kept(ana):
    token = accounts.make_sign_in_link(ana)
    assert token not in str(SignInLink.objects.values_list().get())
