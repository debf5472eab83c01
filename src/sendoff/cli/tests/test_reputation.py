"""`sendoff reports` and `sendoff blocklists`: what others say of us, on the command line."""

import json

import pytest
from typer.testing import CliRunner

from house import furnish
from sendoff.cli.main import app
from sendoff.lib.config import config
from sendoff.reputation.models import Standing
from sendoff.reputation.tests import samples
from sendoff.reputation.tests.others import others

pytestmark = pytest.mark.django_db


def sendoff(*words, code=0):
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == code, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_reports_are_read_from_files_listed_and_shown(tmp_path):
    furnish()
    good, foreign, letter = (tmp_path / name for name in ("a.xml", "b.eml", "c.txt"))
    good.write_bytes(samples.dmarc())
    foreign.write_bytes(samples.mail(samples.dmarc(domain="stranger.test")))
    letter.write_bytes(b"Hello.")
    absent = tmp_path / "absent"
    files = (good, good, foreign, letter, absent)
    told = sendoff("reports", "read", *map(str, files), code=1)
    states = [each["state"] for each in told]
    assert states == ["counted", "known", "not_ours", "none", "unread"]
    assert told[-1]["sentence"] == "It can not be opened: No such file or directory."
    assert [each["state"] for each in sendoff("reports", "list")] == ["not_ours", "counted"]
    (shown,) = sendoff("reports", "show", "Shop.test.", "--days", "400")
    assert shown["domain"] == "shop.test"
    assert sum(sums["messages"] for sums in shown["sources"].values()) == 7
    assert shown["advice"]["advice"] in ("wait", "quarantine")


def test_blocklists_end_with_1_where_something_is_listed():
    house = furnish()
    assert sendoff("blocklists") == [{"standings": []}]
    row = {"workspace_id": house.workspace, "zone": "spamcop", "asked_ms": 1}
    Standing.objects.create(subject="192.0.2.1", state="clean", **row)
    assert sendoff("blocklists")[0]["standings"][0]["state"] == "clean"
    Standing.objects.create(subject="192.0.2.2", state="listed", why="seen", **row)
    listed, _ = sendoff("blocklists", code=1)[0]["standings"]
    assert (listed["subject"], listed["zone_name"], listed["asked"]) == (
        "192.0.2.2", "SpamCop", "1970-01-01T00:00:00.001Z",
    )  # fmt: skip
    assert "192.0.2.2" in listed["delist"]


def test_an_outside_eye_is_connected_looked_through_and_forgotten(tmp_path, monkeypatch):
    furnish()
    monkeypatch.setenv("SENDOFF_ALLOW_PRIVATE_TARGETS", "true")
    config.cache_clear()
    with others() as there:
        link = tmp_path / "link"
        link.write_text(there.link + "\n")
        (made,) = sendoff("outside", "connect", "snds", str(link))
        assert (made["connected"], made["who"]) == (True, "127.0.0.1")
        assert "a-secret-key" not in str(made)
        google, snds = sendoff("outside", "look")
        assert (google["connected"], snds["problem"]) == (False, "")
        there.feed = None
        assert "bring a new one" in sendoff("outside", "look", code=1)[1]["problem"]
    rows = sendoff("outside", "show", "snds", "--days", "400")
    assert {row["subject"] for row in rows} == {"192.0.2.10", "192.0.2.11"}
    assert sendoff("outside", "disconnect", "snds") == [{"disconnected": "snds"}]
    assert not CliRunner().invoke(app, ["outside", "connect", "snds", "/absent"]).stdout
    monkeypatch.undo()
    config.cache_clear()


def test_the_lists_are_shown_with_their_terms():
    furnish()
    lists = sendoff("blocklists", "--zones")
    assert {each["id"] for each in lists} >= {"spamhaus-zen", "barracuda", "uribl"}
    assert not any(each["asked"] for each in lists)  # tests ask nobody
