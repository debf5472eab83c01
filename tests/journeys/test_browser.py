"""In real Chromium, through the real processes: a marketer's first day, from sign-in to journey.

Only what a person can see is looked at; the mail is read in the pretend mailbox.
"""

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

import chromium
from journeys.installation import OWNER, Installation
from sendoff.reputation.tests import samples

PASSWORD = "a long enough password"
PEOPLE = """email,first_name,city
ana@greypost.test,Ana,Oslo
ben@lastdot.test,Ben,Lyon
cy@gmall.test,Cy,
not an address,Dee,Rome
"""
MAIL = """<html><body><p>Hello {{ first_name | default: "friend" }}, see you in {{ city }}.</p>
<p><a href="https://shop.test/sale">The sale</a></p></body></html>"""
pytestmark = pytest.mark.skipif(
    not chromium.PATH, reason="Debian's chromium is not installed: apt install chromium"
)


class Desk:
    """Ana at her browser. Every page she opens is looked at for grave faults of access."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.base = base
        self.faults: dict[str, list[str]] = {}
        self._browser = browser
        self.page = self.sit_down()

    def sit_down(self) -> Page:
        """A browser that has not been here before."""
        page = self._browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(20_000)
        self.page = page
        return page

    def open(self, path: str) -> None:
        """Go to a page of Sendoff, or to a whole address."""
        self.page.goto(path if path.startswith("http") else self.base + path)
        self.look()

    def press(self, name: str) -> None:
        """Press a button and look at what comes."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state("load")
        self.look()

    def follow(self, name: str) -> None:
        """Follow a link and look at what comes."""
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.page.wait_for_load_state("load")
        self.look()

    def look(self, page: Page | None = None) -> None:
        """Note serious and critical findings of axe."""
        page = page or self.page
        found = Axe().run(page).response["violations"]
        grave = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
        if grave:
            self.faults[page.url] = grave


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    """Ana's installation with everything running, as `sendoff run` runs it."""
    place = Installation(tmp_path)
    try:
        place.open_names()
        place.sendoff("setup", "--email", OWNER, "--password", PASSWORD)
        place.set_up()
        place.start("run", "sendoff", "run")
        place.until(lambda: answers(place.env["SENDOFF_BASE_URL"]), 30, "the pages answer")
        yield place
    finally:
        place.close()


@pytest.fixture
def desk(shop: Installation) -> Iterator[Desk]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.PATH, args=chromium.FLAGS)
        yield Desk(browser, shop.env["SENDOFF_BASE_URL"])
        browser.close()


def test_ana_signs_in_imports_writes_sends_and_follows_one_message_to_its_mailbox(shop, desk):
    signs_in_by_password(desk)
    imports_her_customers(desk, shop.folder)
    writes(desk)
    presses_send_and_watches_it_end(desk)
    leaves_the_one_we_do_not_know(desk)
    follows_herself(desk)
    cy_unsubscribes_by_the_link_in_his_mail(desk, shop.facts["http"])
    brings_a_report_and_sees_who_sends_as_her(desk, shop.folder)
    comes_back_by_a_link(desk, shop)
    assert desk.faults == {}


def signs_in_by_password(desk: Desk) -> None:
    desk.open("/")
    desk.page.get_by_label("Email").fill(OWNER)
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.press("Sign in")
    expect(desk.page.get_by_role("heading", name="Campaigns", level=1)).to_be_visible()


def imports_her_customers(desk: Desk, folder: Path) -> None:
    file = folder / "customers.csv"
    file.write_text(PEOPLE)
    desk.follow("Import")
    desk.page.get_by_label("CSV file").set_input_files(file)
    desk.page.get_by_label("Name of a new list").fill("Customers")
    desk.press("Import")
    sums = desk.page.get_by_text("4 = 3 added + 0 updated + 0 unchanged + 1 rejected")
    expect(sums).to_be_visible(timeout=15_000)  # the page renews itself meanwhile
    desk.look()
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="Download them with line and reason").click()
    assert "not an address" in download.value.path().read_text()


def writes(desk: Desk, people: int = 3) -> None:
    page = desk.page
    desk.open("/campaigns/new/")
    page.get_by_label("Name", exact=True).fill("Spring sale")
    page.get_by_label(f"Customers ({people})").check()
    page.get_by_label("From: name").fill("Ana at Shop")
    page.get_by_label("From: address before the @").fill("ana")
    page.get_by_label("Subject").fill("Spring is here")
    page.get_by_label("Content", exact=True).fill(MAIL)
    page.get_by_label("Try again after").fill("3 s, 4 s")
    desk.press("Save and preview")
    expect(page.frame_locator("iframe").get_by_text("see you in")).to_be_visible()
    desk.follow("Go on to Send")
    expect(page.locator("main")).to_contain_text("1 person has no city: nothing is printed")


def presses_send_and_watches_it_end(desk: Desk) -> None:
    desk.press("Send to 3 people")
    badge = desk.page.locator(".badge").first
    expect(badge).to_have_text("Done", timeout=45_000)  # the page moves by itself
    desk.page.reload()
    desk.look()
    books = desk.page.locator(".books")
    expect(books).to_contain_text(re.compile(r"3\s+people =\s+2\s+accepted"))
    expect(books).to_contain_text(re.compile(r"1\s+unknown\s+✓ balanced at"))


def leaves_the_one_we_do_not_know(desk: Desk) -> None:
    rows = desk.page.locator(".attention", has_text="the line was cut after the last dot")
    expect(rows).to_have_count(1)
    desk.press("Leave")
    expect(rows).to_have_count(0)
    expect(desk.page.locator(".badge").first).to_have_text("Done")


def follows_herself(desk: Desk) -> None:
    search = desk.page.get_by_role("searchbox")
    search.fill("ana@greypost.test")
    search.press("Enter")
    page = desk.page
    expect(page.get_by_role("heading", name="Put off: recipient offered")).to_be_visible()
    expect(page.get_by_role("heading", name="Try 2")).to_be_visible()
    expect(page.get_by_text("Accepted by mx1.greypost.test")).to_be_visible()
    page.locator("summary", has_text="Content offered.").click()
    transcript = page.locator("details[open] .transcript")
    expect(transcript).to_contain_text("> DATA")
    expect(transcript).to_contain_text(re.compile(r"< 250 2\.0\.0 Ok: queued as \w+"))
    desk.look()


def cy_unsubscribes_by_the_link_in_his_mail(desk: Desk, mailboxes: str) -> None:
    page = desk.page
    desk.open(f"http://{mailboxes}/mailboxes/cy@gmall.test")
    desk.follow("Spring is here")
    expect(page.get_by_text("SPF pass, DKIM pass, DMARC pass")).to_be_visible()
    mail = page.frame_locator("iframe")
    expect(mail.get_by_text("Hello Cy, see you in .")).to_be_visible()
    with page.expect_popup() as popup:
        mail.get_by_role("link", name=re.compile("unsubscribe", re.IGNORECASE)).click()
    leaving = popup.value
    desk.look(leaving)
    leaving.get_by_role("button", name="Unsubscribe").click()
    expect(leaving.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    desk.look(leaving)
    leaving.close()
    desk.open("/audience/contacts")
    desk.follow("cy@gmall.test")
    expect(page.locator("dl.facts")).to_contain_text("Unsubscribed since")


def brings_a_report_and_sees_who_sends_as_her(desk: Desk, folder: Path) -> None:
    file = folder / "report.xml"
    stranger = samples.row("198.51.100.7", 40, spf="fail", dkim="fail", disposition="reject")
    file.write_bytes(samples.dmarc([samples.row("127.0.0.9", 60), stranger]))
    desk.open("/reports/arrived/")
    desk.page.get_by_label("Reports", exact=True).set_input_files(file)
    desk.press("Read them")
    expect(desk.page.get_by_text("100 messages counted")).to_be_visible()
    desk.follow("Who sends as us")
    expect(desk.page.get_by_role("heading", name="Nobody we know: 40")).to_be_visible()
    desk.follow("198.51.100.7")
    for path in ("/reports/tls/", "/reports/outside/", "/delivery/blocklists/"):
        desk.open(path)


def comes_back_by_a_link(desk: Desk, shop: Installation) -> None:
    link = shop.sendoff("setup", "--email", OWNER)["link"]
    desk.sit_down()
    desk.open(link)
    desk.press("Sign in")
    expect(desk.page.get_by_role("link", name="Spring sale")).to_be_visible()
    desk.sit_down()
    desk.open(link)
    desk.press("Sign in")
    expect(desk.page.get_by_role("alert")).to_contain_text("This link was used already")


def answers(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
