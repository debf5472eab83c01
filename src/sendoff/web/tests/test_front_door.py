"""Signing in and out, the pages in our words, and the headers that guard them."""

import pytest
from django.test import Client

from sendoff.accounts import public as accounts

PASSWORD = "a long enough password"


@pytest.fixture
def ana(db):
    return accounts.create_owner("ana@shop.example", PASSWORD, "Ana's shop")


def sign_in(client, password=PASSWORD):
    return client.post("/sign-in", {"username": "ana@shop.example", "password": password})


def test_ana_signs_in_and_comes_to_the_campaigns(client, ana):
    assert sign_in(client).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/campaigns/"
    text = client.get("/campaigns/").content.decode()
    assert "Ana&#x27;s shop" in text
    assert 'aria-current="page">Campaigns' in text


def test_a_wrong_password_and_a_stranger_get_the_same_sentence(client, ana):
    wrong = sign_in(client, "wrong").content.decode()
    stranger = client.post("/sign-in", {"username": "cy@x.example", "password": "wrong"})
    sentence = "No account has this email and password. Check both and try again."
    assert sentence in wrong
    assert sentence in stranger.content.decode()


def test_a_sign_in_link_is_not_used_up_by_looking_at_it(client, ana):
    url = f"/sign-in/link/{accounts.make_sign_in_link(ana.user_id)}"
    for _ in range(3):
        assert "<button" in client.get(url).content.decode()
    assert client.post(url).headers["Location"] == "/"
    assert client.get("/campaigns/").status_code == 200


def test_a_sign_in_link_works_once(client, ana):
    url = f"/sign-in/link/{accounts.make_sign_in_link(ana.user_id)}"
    client.post(url)
    again = Client().post(url)
    assert again.status_code == 410
    assert "used already" in again.content.decode()


def test_signing_out_needs_the_button(client, ana):
    sign_in(client)
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert client.get("/campaigns/").status_code == 302


def test_pages_run_no_script_or_style_of_anybody_else(client, ana):
    sign_in(client)
    answer = client.get("/campaigns/")
    assert "script-src 'self'; frame-src" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert b"<script" not in answer.content


def test_a_theme_is_kept_and_leads_back_only_to_our_own_pages(client, ana):
    sign_in(client)
    answer = client.post("/theme", {"theme": "dark", "back": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
    assert 'data-theme="dark"' in client.get("/campaigns/").content.decode()
    client.post("/theme", {"theme": '"><script>', "back": "/delivery/"})
    assert "data-theme" not in client.get("/campaigns/").content.decode()


def test_the_pulse_asks_nothing_of_the_database(client):
    answer = client.get("/healthz")
    assert answer.content == b"ok\n"


def test_a_page_that_is_not_there_says_so_plainly(client, ana):
    assert "There is nothing at this address" in client.get("/nowhere").content.decode()
    sign_in(client)
    assert "There is nothing at this address" in client.get("/nowhere").content.decode()


def test_a_form_without_its_token_changes_nothing_and_says_what_to_do(ana):
    careful = Client(enforce_csrf_checks=True)
    answer = sign_in(careful)
    assert answer.status_code == 403
    assert "Please send that again" in answer.content.decode()


def test_a_page_that_breaks_is_told_without_details(ana, monkeypatch):
    from sendoff.web import views

    def broken(*_):
        raise ZeroDivisionError("secret detail")

    client = Client(raise_request_exception=False)
    sign_in(client)
    monkeypatch.setattr(views.accounts, "use_sign_in_link", broken)
    answer = client.post("/sign-in/link/x")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "secret detail" not in answer.content.decode()
