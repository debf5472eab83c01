"""Who guesses passwords must wait, and learns nothing by it."""

import pytest
import time_machine
from django.test import Client

from sendoff.accounts import guessing
from sendoff.accounts import public as accounts

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def ana():
    return accounts.create_owner("ana@shop.test", PASSWORD, "Ana's shop")


def signs_in(password: str, email: str = "ana@shop.test") -> bool:
    client = Client()
    client.post("/sign-in", {"username": email, "password": password})
    return "_auth_user_id" in client.session


def test_after_many_wrong_passwords_even_the_right_one_must_wait(ana):
    with time_machine.travel("2026-11-21 10:00:00Z", tick=False) as traveller:
        for _ in range(guessing.FAILURES):
            assert not signs_in("wrong")
        assert not signs_in(PASSWORD)
        traveller.shift(guessing.WITHIN.total_seconds() + 1)
        assert signs_in(PASSWORD)


def test_a_slip_or_two_costs_nothing_and_is_forgotten(ana):
    assert not signs_in("wrong")
    assert signs_in(PASSWORD)
    for _ in range(guessing.FAILURES - 1):
        assert not signs_in("wrong", "ANA@shop.test")
    assert signs_in(PASSWORD)


def test_an_address_nobody_has_is_answered_alike(ana):
    client = Client()
    for _ in range(guessing.FAILURES):
        client.post("/sign-in", {"username": "cy@shop.test", "password": "x"})
    page = client.post("/sign-in", {"username": "cy@shop.test", "password": "x"})
    assert "Too many tries" in page.content.decode()
    assert signs_in(PASSWORD)
