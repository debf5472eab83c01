"""What limits a lane, what was done to it by whom, and how a person changes it."""

import re

import pytest

from sendoff.insight import lanes
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.outbox.models import UnmatchedReply


@pytest.fixture
def sent(shop):
    outbox.register("w1", "here", 1)
    shop.send()
    return shop


def _lane(shop, provider="gmall.test"):
    return next(x for x in outbox.lane_overview(shop.workspace) if x.provider == provider)


def _do(client, lane, **what):
    return client.post(f"/delivery/lanes/{lane.id}/", what, follow=True).content.decode()


def test_a_lane_names_every_limit_with_its_rule_and_source(page, sent):
    text = page(f"/delivery/lanes/{_lane(sent).id}/")
    assert "limit-default" in text
    assert "connections at once" in text
    assert "settings of Our own server" in text


def test_a_person_suspends_a_lane_and_undoes_it_with_reasons(page, client, sent):
    page("/delivery/")
    lane = _lane(sent)
    text = _do(client, lane, do="suspend", lasts="3600", why="they asked by phone")
    assert "is suspended until" in text
    assert "they asked by phone" in text
    assert _lane(sent).suspended_until_ms > 0
    action = re.search(r"/delivery/actions/(\d+)/undo", text)[1]
    client.post(f"/delivery/actions/{action}/undo", {"why": "they called again"})
    assert _lane(sent).suspended_until_ms == 0
    assert "they called again" in page(f"/delivery/lanes/{lane.id}/")


def test_a_lane_is_slowed_to_so_many_a_minute(page, client, sent):
    page("/delivery/")
    text = _do(client, _lane(sent), do="slow", per_minute="30", lasts="", why="gently")
    assert "slowed to 30 messages a minute until somebody undoes it" in text
    assert _lane(sent).per_minute == 30
    assert "30/min" in page("/delivery/")


def test_without_a_reason_nothing_is_done(page, client, sent):
    page("/delivery/")
    text = _do(client, _lane(sent), do="suspend", lasts="3600", why="")
    assert "This field is required" in text or "reason" in text
    assert not _lane(sent).actions


def test_what_is_asked_of_an_open_lane_in_vain_is_said_kindly(page, client, sent):
    page("/delivery/")
    text = _do(client, _lane(sent), do="resume", lasts="", why="just in case")
    assert "The lane of gmall.test is not shut." in text


def test_another_workspaces_lanes_and_actions_are_as_absent_as_none(page, client, sent):
    page("/delivery/")
    assert client.get("/delivery/lanes/99999/").status_code == 404
    assert client.post("/delivery/actions/99999/undo", {"why": "x"}).status_code == 404


def test_the_table_has_every_providers_figures_and_what_holds_now(page, sent):
    text = page("/delivery/limits/")
    assert "Google" in text
    assert "Everybody else" in text
    rows = lanes.table(outbox.lane_overview(sent.workspace))
    default = next(r for r in rows if r.provider == "Everybody else" and "at once" in r.kind)
    (now,) = default.now
    assert set(now.lanes) == {each.id for each in outbox.lane_overview(sent.workspace)}


def test_a_reply_that_no_rule_knows_is_listed_with_a_rule_to_complete(page, sent):
    today = clock.now().date()
    UnmatchedReply.objects.create(
        workspace_id=sent.workspace,
        day=today,
        shape="gribble grobble",
        provider="gmall.test",
        stage="rcpt",
        sample="550 gribble grobble <somebody>",
        count=3,
        last_ms=clock.now_ms(),
    )
    text = page("/delivery/replies/")
    assert "550 gribble grobble" in text
    assert "[[rule]]" in text
    assert "seen 3 times" in text


def test_where_every_reply_was_known_the_page_says_so(page, sent):
    assert "was known to a rule" in page("/delivery/replies/")
