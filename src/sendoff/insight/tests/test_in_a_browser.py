"""In real Chromium: no page has a serious fault of access, and the campaign page moves alone."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

import chromium
from sendoff.campaigns import public as campaigns
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders
from sendoff.webhooks import public as webhooks

pytestmark = pytest.mark.skipif(not chromium.PATH, reason="Debian's chromium is not installed")

PAGES = (
    "/campaigns/",
    "/campaigns/new/",
    "/campaigns/{draft}/write/",
    "/campaigns/{draft}/preview/",
    "/campaigns/{draft}/send/",
    "/campaigns/{sent}/",
    "/campaigns/{sent}/messages/",
    "/campaigns/{sent}/messages/1/",
    "/campaigns/{sent}/messages/2/",
    "/campaigns/{sent}/messages/3/",
    "/delivery/",
    "/delivery/lanes/{lane}/",
    "/delivery/limits/",
    "/delivery/servers/",
    "/delivery/servers/new",
    "/delivery/servers/{server}/",
    "/delivery/domains/",
    "/delivery/domains/{domain}/",
    "/delivery/replies/",
    "/webhooks/",
    "/webhooks/new",
    "/webhooks/{endpoint}/",
    "/search/?q=sale",
    "/audience/contacts",
    "/audience/lists",
    "/audience/imports",
    "/audience/suppressions",
    "/nowhere",
)


@pytest.fixture
def house(live_server, shop):
    """The shop's server with a draft and a campaign that was sent in part."""
    draft = campaigns.draft(shop.workspace, shop.text(name="Draft", source="<p>{% if %}</p>"))
    shop.send()
    shop.accept("cy@gmall.test")
    shop.greylist("ana@yahu.test")
    shop.cut("ben@gmall.test")
    (lane, *_) = outbox.lane_overview(shop.workspace)
    outbox.act(lane.id, outbox.Act(kind="suspend", why="they asked", by="ana", lasts_s=3600))
    hook = webhooks.add(shop.workspace, "https://crm.test/", ["campaign.done"], "ana").endpoint
    webhooks.ask_test(shop.workspace, hook.id)
    ids = {"draft": draft, "sent": shop.campaign, "lane": lane.id, "server": shop.server.id}
    ids["endpoint"] = hook.id
    ids["domain"] = senders.domains(shop.workspace)[0].id
    return live_server.url, ids


@pytest.fixture
def browser(house):
    # Playwright runs a loop in this thread; Django then refuses its database, even to tidy up.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium.PATH, args=chromium.FLAGS)
        yield found
        found.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def signed_in(browser, url, width=1280, **options):
    page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()
    page.goto(f"{url}/sign-in")
    page.fill("#id_username", "ana@shop.example")
    page.fill("#id_password", "a long enough password")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/campaigns/")
    return page


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 420)])
def test_no_page_has_a_serious_fault(browser, house, scheme, width):
    url, ids = house
    page = signed_in(browser, url, width, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(url + path.format(**ids))
        faults = Axe().run(page).response["violations"]
        grave = [f["id"] for f in faults if f["impact"] in ("serious", "critical")]
        if grave:
            found[path] = grave
    assert found == {}


def test_the_campaign_page_moves_by_itself_and_keeps_what_is_open(browser, house, shop):
    url, ids = house
    page = signed_in(browser, url)
    broken = []
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.goto(f"{url}/campaigns/{ids['sent']}/")
    page.locator("#history summary").click()
    shop.accept("ana@yahu.test", n=2)
    page.locator(".books a", has_text="2").first.wait_for(timeout=10_000)
    assert page.locator("#history").get_attribute("open") is not None
    assert broken == []


def test_everything_is_read_without_javascript(browser, house):
    url, ids = house
    page = signed_in(browser, url, java_script_enabled=False)
    page.goto(f"{url}/campaigns/{ids['sent']}/")
    assert "balanced at" in page.locator(".books").inner_text()
    page.get_by_role("link", name="1", exact=True).first.click()
    assert "messages" in page.url
