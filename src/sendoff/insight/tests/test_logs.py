"""The logs: the same lines on the page, in files and on the command line, by the same filters."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from sendoff.cli.main import app
from sendoff.feedback.models import Event
from sendoff.insight import logbook
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.tracking import public as tracking
from sendoff.tracking import store
from sendoff.tracking.hits import Hit


def lines(client, log: str, **asked: str) -> list[dict]:
    answer = client.get(f"/logs/{log}/", asked | {"format": "json"})
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.getvalue().decode().splitlines()]


def who(client, log: str, **asked: str) -> list[str]:
    return sorted(line["recipient"] for line in lines(client, log, **asked))


@pytest.fixture
def sent(shop):
    """Cy's message was accepted, Ana's put off; Ben's and Di's were not tried yet."""
    outbox.register("w1", "here", 1)
    shop.send()
    shop.accept("cy@gmall.test")
    shop.greylist("ana@yahu.test")
    return shop


@pytest.fixture
def complaint(sent):
    ben = outbox.whose(sent.campaign, [sent.seqs["cy@gmall.test"]])[sent.seqs["cy@gmall.test"]]
    for kind, status, key in (("complaint", "", "1"), ("bounce", "5.7.1", "2")):
        Event.objects.create(
            workspace_id=sent.workspace,
            campaign_id=sent.campaign,
            seq=sent.seqs["cy@gmall.test"],
            contact_id=ben.contact_id,
            email="cy@gmall.test",
            kind=kind,
            source="arf",
            status=status,
            category="complaint" if kind == "complaint" else "ip_or_sender_blocked",
            text="=cmd|'/C calc'!A0",
            at_ms=clock.now_ms(),
            key=key,
        )


def test_attempts_are_shown_in_plain_words_beside_what_was_said(page, sent):
    text = page("/logs/attempts/")
    for words in ("cy@gmall.test", "250 2.0.0 queued as 4Xy7", "451 4.7.1 greylisted"):
        assert words in text
    assert "Attempts</a>" in text


def test_a_line_has_the_promised_shape(client, page, sent):
    page("/logs/attempts/")
    (line,) = [each for each in lines(client, "attempts") if each["type"] == "accepted"]
    assert tuple(line) == logbook.SHAPE
    assert line["message"] == f"{sent.campaign}.{sent.seqs['cy@gmall.test']}"
    assert (line["provider"], line["reason"]) == ("gmall.test", "accepted")
    assert line["at"].endswith("Z")


def test_filters_of_the_page_hold_for_its_files(client, page, sent, complaint):
    page("/logs/attempts/")
    assert who(client, "attempts", type="accepted") == ["cy@gmall.test"]
    assert "cy@gmall.test" not in who(client, "attempts", status="4")
    assert who(client, "attempts", provider="nowhere.test") == []
    assert len(who(client, "attempts", campaign=str(sent.campaign))) == len(
        lines(client, "attempts")
    )
    assert who(client, "attempts", until="2020-01-01") == []
    assert who(client, "bounces", status="5.7") == ["cy@gmall.test"]
    assert who(client, "bounces", status="5.1") == []
    assert who(client, "feedback", provider="gmall.test") == ["cy@gmall.test"]
    assert who(client, "feedback", provider="yahu.test") == []
    assert who(client, "feedback", list=str(sent.customers)) == ["cy@gmall.test"]
    (line,) = lines(client, "feedback")
    assert (line["type"], line["category"]) == ("complaint", "complaint")


def test_nonsense_in_the_address_is_left_out(client, page, sent):
    page("/logs/attempts/?campaign=x&since=never&after=-1&fault=nobody&status=%00")
    everything = len(lines(client, "attempts"))
    assert len(lines(client, "attempts", campaign="x", since="soon", type="?")) == everything
    assert client.get("/logs/nonsense/").status_code == 404


def test_no_cell_becomes_a_formula(client, page, sent, complaint):
    page("/logs/feedback/")
    sheet = client.get("/logs/feedback/", {"format": "csv"}).getvalue().decode()
    (row,) = csv.DictReader(io.StringIO(sheet, newline=""))
    assert row["diagnostic_code"] == "'=cmd|'/C calc'!A0"
    assert row["recipient"] == "cy@gmall.test"
    for begin in ("=", "+", "-", "@", "\t", "\r"):
        assert logbook.cell(f"{begin}1").startswith("'")
    assert (logbook.cell(None), logbook.cell(-5)) == ("", "'-5")


def test_opens_say_who_made_them(client, page, sent):
    seq = sent.seqs["cy@gmall.test"]
    store.write([Hit(sent.campaign, seq, "open", None, "", 1_000, "curl/8", "192.0.2.7", "GET")])
    while tracking.label_fresh():
        pass
    text = page("/logs/hits/")
    assert "cy@gmall.test" in text
    assert "machine" in text
    assert who(client, "hits", category="machine", type="open") == ["cy@gmall.test"]
    assert who(client, "hits", category="human") == []


def test_pages_of_a_log_go_on(page, sent, monkeypatch):
    from sendoff.insight import log_views

    monkeypatch.setattr(log_views, "PAGE", 1)
    first = page("/logs/attempts/?status=4")
    assert "Older</a>" not in first
    first = page("/logs/attempts/")
    after = first.partition('href="?after=')[2].partition('"')[0]
    assert page(f"/logs/attempts/?after={after}").count("<tr>") == first.count("<tr>")
    assert page(f"/logs/attempts/?after={after}") != first


def test_the_command_tells_the_same_lines(client, page, sent, complaint):
    page("/logs/attempts/")
    for log in logbook.LOGS:
        told = CliRunner().invoke(app, ["log", log, "--json"])
        assert told.exit_code == 0
        assert [json.loads(line) for line in told.stdout.splitlines()] == lines(client, log)
    told = CliRunner().invoke(app, ["log", "bounces", "--status", "5.7", "--list", "Customers"])
    assert "cy@gmall.test  bounce: " in told.stderr
    one = CliRunner().invoke(app, ["log", "attempts", "--limit", "1", "--json"])
    assert one.stdout.count("\n") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [["nothing"], ["attempts", "--since", "soon"], ["attempts", "--list", "Nobody"]]
)
def test_a_wrong_call_ends_with_a_sentence(shop, wrong):
    told = CliRunner().invoke(app, ["log", *wrong])
    assert told.exit_code == 2
    assert told.stderr.strip().endswith(".")
