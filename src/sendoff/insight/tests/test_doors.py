"""Nobody sees a page without signing in, nor anything of another workspace."""

import pytest

from sendoff.accounts import public as accounts
from sendoff.campaigns import public as campaigns

PAGES = (
    "/campaigns/",
    "/campaigns/new/",
    "/campaigns/{c}/",
    "/campaigns/{c}/write/",
    "/campaigns/{c}/preview/",
    "/campaigns/{c}/preview/mail",
    "/campaigns/{c}/send/",
    "/campaigns/{c}/messages/",
    "/campaigns/{c}/messages/1/",
    "/delivery/",
    "/delivery/servers/",
    "/delivery/domains/",
    "/search/",
)
BUTTONS = ("pause", "resume", "cancel", "again", "unknown", "send")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_asks_to_sign_in(client, shop, page):
    campaign = campaigns.draft(shop.workspace, shop.text())
    answer = client.get(page.format(c=campaign))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("page", [p for p in PAGES if "{c}" in p])
def test_the_campaign_of_another_workspace_is_not_there(client, shop, page):
    campaign = campaigns.draft(shop.workspace, shop.text())
    _cy(client)
    assert client.get(page.format(c=campaign)).status_code == 404


@pytest.mark.parametrize("button", BUTTONS)
def test_no_button_of_another_workspace_works(client, shop, button):
    campaign = shop.send()
    _cy(client)
    assert client.post(f"/campaigns/{campaign}/{button}/").status_code == 404
    assert campaigns.get(campaign).badge == "queued"


@pytest.mark.parametrize("button", [b for b in BUTTONS if b != "send"])
def test_a_button_needs_post(client, shop, page, button):
    campaign = shop.send()
    assert client.get(f"/campaigns/{campaign}/{button}/").status_code == 405


def test_another_workspace_finds_nothing(client, shop):
    shop.send()
    _cy(client)
    assert b"Nothing has this address" in client.get("/search/?q=cy@gmall.test").content


def _cy(client):
    accounts.create_owner("cy@stranger.example", "another long password", "Cy's")
    assert client.login(username="cy@stranger.example", password="another long password")
