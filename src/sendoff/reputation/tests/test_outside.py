"""What Google and Microsoft tell is kept by day, whole or not at all, beside our own figures."""

import json
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sendoff.lib import clock, vault
from sendoff.lib.config import config
from sendoff.outbox.models import SourceDay
from sendoff.reputation import eye_watch, eyes, google, outside_told, public, snds
from sendoff.reputation.models import Eye, OutsideDay
from sendoff.reputation.outside import OutsideError
from sendoff.reputation.tests.others import COMPLIANCE, FEED, ROBOT, others
from sendoff.senders.models import SendingServer

DAY = clock.now().date() - timedelta(days=3)
FIGURES = {"spam_rate": 0.0021, "spf": 0.999, "dkim": 1.0, "reject.low_ip_reputation": 0.05}


@pytest.fixture
def there(monkeypatch):
    monkeypatch.setenv("SENDOFF_ALLOW_PRIVATE_TARGETS", "true")
    config.cache_clear()
    with others() as answering:
        answering.domains["shop.test"] = {
            (DAY.year, DAY.month, DAY.day): FIGURES,
            (2026, 1, 2): {"spam_rate": 0.0},
        }
        yield answering
    monkeypatch.undo()
    config.cache_clear()


def look(there, kind="google") -> Eye:
    """One look, as the clerk takes it."""
    row = Eye.objects.get(kind=kind)
    eyes.note(row.pk, eyes.look(config(), eyes.prepare(row), there.api))
    row.refresh_from_db()
    return row


def test_google_tells_day_by_day_by_every_page(shop, there):
    public.connect(shop.workspace, "google", there.key())
    row = look(there)
    assert (row.problem, row.said) == ("", [])
    kept = dict(OutsideDay.objects.values_list("day", "figures"))
    assert kept[(DAY - clock.at(0).date()).days] == FIGURES
    assert len(kept) == 2
    assert row.standing == {
        "shop.test": {
            "spf": "compliant", "one_click_unsubscribe": "needs_work", "encryption": "unknown",
        }
    }  # fmt: skip
    domain, asked = there.asked[0]
    assert domain == "shop.test"
    assert asked["aggregationGranularity"] == "DAILY"
    names = {metric["name"] for metric in asked["metricDefinitions"]}
    assert {"spam_rate", "dmarc", "temp_fail.other"} <= names


def test_a_second_look_corrects_and_doubles_nothing(shop, there):
    public.connect(shop.workspace, "google", there.key())
    look(there)
    there.domains["shop.test"][DAY.year, DAY.month, DAY.day] = {"spam_rate": 0.1}
    look(there)
    assert OutsideDay.objects.count() == 2
    newest = OutsideDay.objects.order_by("-day").first()
    assert newest.figures == {"spam_rate": 0.1}


def test_a_domain_that_google_does_not_show_is_said_with_the_mend(shop, there):
    public.connect(shop.workspace, "google", there.key())
    del there.domains["shop.test"]
    row = look(there)
    assert row.said == [
        f"Google tells nothing of shop.test: add {ROBOT} as a user of it at postmaster.google.com."
    ]
    assert not OutsideDay.objects.exists()


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/token", (400, b'{"error": "invalid_grant"}'), "no token (invalid_grant)"),
        ("/token", (200, b"<html>"), "makes no sense here"),
        ("/token", (200, b'{"access_token": "a\\r\\nb"}'), "makes no sense here"),
        ("domainStats:query", (200, b"[]"), "makes no sense here"),
        ("domainStats:query", (200, b'{"domainStats": [{"metric": "x"}]}'), "makes no sense"),
        (
            "domainStats:query",
            (200, b'{"domainStats": [{"metric": "spam_rate", "date": {"year": 2026, "month": 1,'
             b' "day": 1}, "value": {"doubleValue": 70}}]}'),
            "makes no sense",
        ),
        (
            "domainStats:query",
            (429, b'{"error": {"message": "Quota exceeded"}}'),
            "Google answers 429 about shop.test: Quota exceeded.",
        ),
        ("complianceStatus", (200, b'{"complianceData": {"rowData": 7}}'), "makes no sense"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_sentence_and_nothing_is_kept(shop, there, path, answer, said):
    public.connect(shop.workspace, "google", there.key())
    there.instead[path] = answer
    row = look(there)
    assert said in row.problem
    assert "\n" not in row.problem
    assert not OutsideDay.objects.exists()


def test_microsoft_tells_of_addresses(shop, there):
    public.connect(shop.workspace, "snds", there.link)
    assert look(there, "snds").problem == ""
    good, bad = OutsideDay.objects.order_by("subject")
    assert (good.subject, good.figures["filter"], good.figures["complaints"]) == (
        "192.0.2.10", "green", "< 0.1%",
    )  # fmt: skip
    assert (bad.figures["filter"], bad.figures["traps"], bad.figures["rcpt"]) == ("red", 3, 20)


@pytest.mark.parametrize(
    "feed",
    [
        b"<!DOCTYPE html><title>Sign in</title>",
        FEED.replace("GREEN", "BLUE").encode(),
        FEED.replace("1895", "many").encode(),
        FEED.replace("192.0.2.11", "nowhere").encode(),
        FEED.replace(" 1:00 AM", " at one").encode(),
        b"\xff\xfe\x00",
        b'"unfinished',
    ],
)
def test_a_feed_with_one_line_of_nonsense_keeps_nothing_at_all(shop, there, feed):
    public.connect(shop.workspace, "snds", there.link)
    there.feed = feed
    assert "no SNDS data; nothing of it was kept" in look(there, "snds").problem
    assert not OutsideDay.objects.exists()


def test_a_link_that_ended_says_to_bring_a_new_one(shop, there):
    public.connect(shop.workspace, "snds", there.link)
    there.feed = None
    problem = look(there, "snds").problem
    assert problem.startswith("Microsoft answers 401. SNDS links end after some time")
    assert "a-secret-key" not in problem


def test_an_empty_feed_is_no_news():
    assert snds.figures(b"") == []


@pytest.mark.parametrize("brought", ["", "{}", "hello", '{"client_email": 1}', "[" * 5000])
def test_what_is_no_key_is_refused_in_one_sentence(shop, brought):
    with pytest.raises(OutsideError, match="This is not the JSON key of a service account"):
        public.connect(shop.workspace, "google", brought)
    assert not Eye.objects.exists()


@pytest.mark.parametrize("link", ["http://127.0.0.1/x", "file:///etc/passwd", "https://u:p@x.test"])
def test_a_link_that_may_not_be_asked_is_refused(shop, link):
    with pytest.raises(OutsideError):
        public.connect(shop.workspace, "snds", link)


def test_nothing_private_is_asked_whatever_a_key_says(shop, there):
    public.connect(shop.workspace, "google", there.key())
    row = Eye.objects.get()
    guarded = config().model_copy(update={"allow_private_targets": False})
    said = eyes.look(guarded, eyes.prepare(row), there.api)
    assert isinstance(said, str)
    assert "https://" in said
    inside = there.key(token_uri="https://127.0.0.1/token")
    public.connect(shop.workspace, "google", inside)
    row.refresh_from_db()
    assert "not on the internet" in eyes.look(guarded, eyes.prepare(row), there.api)
    assert there.asked == []


def test_a_key_is_sealed_and_shown_nowhere(shop, there, ana):
    answer = ana.post(
        "/reports/outside/google/connect",
        {"file": SimpleUploadedFile("key.json", there.key().encode())},
        follow=True,
    ).content.decode()
    assert f"connected as {ROBOT}" in answer
    assert "PRIVATE KEY" not in answer
    row = Eye.objects.get()
    assert b"PRIVATE" not in bytes(row.sealed_key)
    ana.post("/reports/outside/snds/connect", {"link": there.link})
    page = ana.get("/reports/outside/").content.decode()
    assert "a-secret-key" not in page
    assert "127.0.0.1" in page  # the host of the link
    ana.post("/reports/outside/google/forget")
    assert [each.kind for each in Eye.objects.all()] == ["snds"]


def test_a_new_key_of_the_ring_seals_them_anew(shop, there, monkeypatch):
    public.connect(shop.workspace, "snds", there.link)
    assert public.reseal() == 0
    newer = f"{vault.new_key()},{config().keys}"
    monkeypatch.setenv("SENDOFF_KEYS", newer)
    config.cache_clear()
    assert public.reseal() == 1
    assert public.reseal() == 0
    assert eyes.prepare(Eye.objects.get()).secret == there.link


def test_a_connector_without_a_key_says_what_to_do(shop, ana):
    for eye in public.eyes_of(shop.workspace):
        assert not eye.connected
        assert eye.how.endswith(".")
    page = ana.get("/reports/outside/").content.decode()
    assert "Make a service account in Google Cloud" in page
    assert "switch on automated data access there" in page


def test_their_figures_stand_beside_ours_of_the_same_day(shop, there, ana):
    server = SendingServer.objects.get(source_ip="192.0.2.10")
    day = (DAY - clock.at(0).date()).days
    about = {"day": day, "sent": 500, "deferred": 0, "bounced": 3, "blocked": 7}
    SourceDay.objects.create(server=server, provider="google", **about)
    SourceDay.objects.create(server_id=shop.server.id, provider="google", **about)
    public.connect(shop.workspace, "google", there.key())
    look(there)
    (row,) = [each for each in outside_told.days(shop.workspace, "google") if each.on == DAY]
    assert (row.ours, row.blocked, row.spam_percent) == (1000, 14, 0.21)
    assert row.errors == [("low reputation of the address", 5.0)]
    page = ana.get("/reports/outside/").content.decode()
    for words in (
        "0.21%",
        "low reputation of the address 5.0%",
        "1,000",
        "one-click unsubscribe needs work",
    ):
        assert words in page


def test_the_clerk_looks_without_waiting_and_notes_what_came(shop, there):
    public.connect(shop.workspace, "snds", there.link)
    watch = eye_watch.EyeWatch(config())
    assert watch.tick() == 0
    deadline = time.monotonic() + 20
    while not watch.tick():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    watch.close()
    assert OutsideDay.objects.count() == 2
    assert eyes.due(eye_watch.EVERY_MS) == []


def test_rules_of_google_are_read_as_they_are_told():
    assert google.compliance(json.dumps(COMPLIANCE).encode())["spf"] == "compliant"
    assert google.compliance(b"{}") == {}
