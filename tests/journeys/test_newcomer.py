"""In real Chromium: a newcomer proves a domain, sends a first campaign, and sees a record break.

The pretend registrar takes what the page says to publish; nothing is known but what stands there.
"""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

import chromium
from journeys.installation import OWNER, Installation
from journeys.test_browser import (
    PASSWORD,
    Desk,
    answers,
    imports_her_customers,
    presses_send_and_watches_it_end,
    signs_in_by_password,
    writes,
)

SOURCE_IP = "127.0.0.9"
KEY_HOST = "s1._domainkey.shop.test"
pytestmark = pytest.mark.skipif(
    not chromium.PATH, reason="Debian's chromium is not installed: apt install chromium"
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """An installation with an owner and nothing else."""
    place = Installation(tmp_path)
    try:
        place.open_names()
        place.sendoff("setup", "--email", OWNER, "--password", PASSWORD)
        place.start("run", "sendoff", "run")
        place.until(lambda: answers(place.env["SENDOFF_BASE_URL"]), 30, "the pages answer")
        yield place
    finally:
        place.close()


@pytest.fixture
def desk(house: Installation) -> Iterator[Desk]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.PATH, args=chromium.FLAGS)
        desk = Desk(browser, house.env["SENDOFF_BASE_URL"])
        desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield desk
        browser.close()


def test_a_newcomer_sets_a_domain_up_sends_and_sees_what_broke(house, desk):
    signs_in_by_password(desk)
    adds_a_server(desk)
    types_the_domain(desk)
    copies_the_records_to_the_registrar(desk, house)
    imports_her_customers(desk, house.folder)
    writes(desk)
    preflight_complies(desk)
    presses_send_and_watches_it_end(desk)
    one_record_is_withdrawn(desk, house)
    the_next_preflight_says_which(desk, house)
    assert desk.faults == {}


def adds_a_server(desk: Desk) -> None:
    desk.open("/delivery/servers/new")
    desk.page.get_by_label("Name", exact=True).fill("our own")
    desk.page.get_by_label("Introduces itself as").fill("mail.shop.test")
    desk.page.get_by_label("Sends from").fill(SOURCE_IP)
    desk.page.locator("main form button").last.click()
    expect(desk.page.get_by_role("heading", name="our own")).to_be_visible()


def types_the_domain(desk: Desk) -> None:
    desk.follow("Domains")
    desk.page.get_by_label("Domain", exact=True).fill(" https://www.Shop.test/ ")
    desk.press("Add the domain")
    expect(desk.page.get_by_role("heading", name="shop.test", level=1)).to_be_visible()
    expect(desk.page.locator(".badge")).to_contain_text("Not ready")
    expect(desk.page.locator("main")).to_contain_text(f"There is no DKIM key at {KEY_HOST}")


def copies_the_records_to_the_registrar(desk: Desk, house: Installation) -> None:
    records = [copied(desk, section) for section in desk.page.locator(".record:has(dl)").all()]
    assert {kind for _, kind, _ in records} >= {"TXT", "MX", "PTR", "A"}
    house.publish(
        {"name": name, "type": kind, "value": value}
        for name, kind, value in records
        if not name.startswith(("_mta-sts", "default._bimi"))  # these need a web server and a logo
    )
    desk.press("Check again now")
    expect(desk.page.locator(".badge")).to_contain_text("Ready to send")
    demanded = desk.page.locator("h2:has-text('What receivers demand') ~ .record").first
    expect(demanded).to_contain_text("right")
    desk.follow("Domains")
    expect(desk.page.locator("main table")).to_contain_text("ready to send")


def copied(desk: Desk, section) -> tuple[str, str, str]:
    """Host, type and value of a record, as its buttons put them on the clipboard."""
    section.locator("details").evaluate("each => each.open = true")
    found = []
    for button in section.get_by_role("button").all():
        button.click()
        expect(button).to_have_text("Copied")
        found.append(desk.page.evaluate("navigator.clipboard.readText()"))
    return found[0], section.locator("dt:has-text('Type') + dd").inner_text(), found[1]


def one_record_is_withdrawn(desk: Desk, house: Installation) -> None:
    gone = json.dumps([{"name": KEY_HOST, "type": "TXT"}]).encode()
    address = f"http://{house.facts['http']}/records"
    with urllib.request.urlopen(urllib.request.Request(address, data=gone, method="DELETE")):
        pass
    desk.follow("Domains")
    desk.follow("shop.test")
    desk.press("Check again now")
    expect(desk.page.locator(".badge")).to_contain_text("Not ready")
    expect(desk.page.locator("main")).to_contain_text(f"Publish this TXT record at {KEY_HOST}")
    changes = desk.page.get_by_role("region", name="What changed")
    expect(changes).to_contain_text("missing")
    desk.follow("Domains")
    expect(desk.page.locator(".attention")).to_contain_text("DKIM key: right until")


def preflight_complies(desk: Desk) -> None:
    """From the page of the draft, proved, and back to it."""
    there = desk.page.url
    desk.follow("Preflight")
    desk.press("Prove it now")
    expect(desk.page.locator(".badge")).to_have_text("complies", timeout=40_000)
    desk.open(there)


def the_next_preflight_says_which(desk: Desk, house: Installation) -> None:
    """A second campaign, to Google too: who would refuse it, and which record it is."""
    file = house.folder / "more.csv"
    file.write_text("email,first_name,city\ndan@greatmail.test,Dan,Bern\n")
    house.sendoff("import", str(file), "--list", "Customers")
    writes(desk, people=4)
    desk.follow("Preflight")
    desk.press("Prove it now")
    expect(desk.page.locator(".badge")).to_have_text("would be refused", timeout=40_000)
    said = desk.page.locator("#domain ~ p").first
    expect(said).to_contain_text(f"There is no DKIM key at {KEY_HOST}")
    expect(said).to_contain_text(f"Publish this TXT record at {KEY_HOST}")
