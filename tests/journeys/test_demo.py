"""The demo: each pretend provider's messages end as they must, and every accepted copy is whole."""

import email
import email.policy
import time
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from sendoff.cli import demo_check
from sendoff.cli.demo_stage import PEOPLE, Stage

SOURCE = Path(__file__).parents[2] / "src/sendoff/campaigns/samples/pulse.html"


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(data=tmp_path_factory.mktemp("demo"), port=0, paced=False)
    try:
        stage.build()
        stage.start(pages=False)
        stage.send()
        deadline = time.monotonic() + 170
        while stage.summary()["badge"] != "done":
            assert time.monotonic() < deadline, stage.summary()
            time.sleep(0.5)
        yield stage
    finally:
        stage.end()


@pytest.fixture(scope="module")
def filed(stage):
    folders = (stage.data / "providers").rglob("new")
    paths = [path for folder in folders for path in folder.iterdir()]
    return [email.message_from_bytes(p.read_bytes(), policy=email.policy.default) for p in paths]


def test_every_personality_ends_at_its_stage_fault_and_outcome(stage):
    assert demo_check.differences(stage) == []


def test_the_books_balance_over_all_people(stage):
    summary = stage.summary()
    assert summary["balanced"]
    assert summary["audience"] == PEOPLE
    assert summary["waiting"] == 0


def test_the_badge_walked_from_queuing_to_done(stage):
    walk = [change["badge"] for change in stage.summary()["badges"]]
    assert walk == ["queuing", "queued", "sending", "done"]


def test_nobody_was_accepted_twice_and_all_accepted_are_in_the_ledger(stage):
    ids = [row["message_id"] for row in stage.ledger()]
    assert len(ids) == len(set(ids))
    journeys = {line["message_id"]: line["state"] for line in stage.journeys()}
    accepted = {message for message, state in journeys.items() if state == "accepted"}
    assert accepted <= set(ids)
    assert {journeys[message] for message in set(ids) - accepted} <= {"unknown"}


def test_every_filed_mail_has_a_text_and_an_html_part(filed):
    assert len(filed) > PEOPLE // 2
    for message in filed:
        kinds = [part.get_content_type() for part in message.walk()]
        assert kinds == ["multipart/alternative", "text/plain", "text/html"]
        assert len(message.get_body(("plain",)).get_content().strip()) > 100


def test_all_links_of_the_source_are_in_the_mail(filed):
    wanted = _links(SOURCE.read_text())
    text = filed[0].get_body(("plain",)).get_content()
    for link in wanted:
        assert link in text, link
    tracked = [h for h in _links(filed[0].get_body(("html",)).get_content()) if "/t/c/" in h]
    assert len(tracked) == len(wanted)


def _links(page: str) -> list[str]:
    found = [node.attributes.get("href") or "" for node in LexborHTMLParser(page).css("a")]
    return [link for link in found if link.startswith("http")]
