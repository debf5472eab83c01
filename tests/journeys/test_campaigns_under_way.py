"""Stories of campaigns under way: taking turns, late changes, retries, Send pressed twice."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from journeys.installation import Installation, crowd


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[Installation]:
    """One installation for all stories here, with its clerk; workers come and go with each."""
    with Installation(tmp_path_factory.mktemp("house")) as made:
        made.prepare(delay_ms=20)
        made.clerk()
        yield made


@pytest.fixture
def sender(house) -> Iterator[None]:
    """A worker that is there from the start of a story."""
    house.sender()
    yield
    house.end("sender")


def test_two_campaigns_share_turns(house):
    people = [f"turn{n}@bench00.test" for n in range(1_200)]
    house.people(people, to="Turns")
    first, second = house.draft(to="Turns"), house.draft(to="Turns")
    house.send(first)
    house.send(second)
    house.until(lambda: house.badge(second) == "queued", 20, "both are queued")
    house.sender("turns")
    house.until(lambda: house.books(first)["accepted"] > 200, 30, "the first is under way")
    ahead, behind = house.books(first)["accepted"], house.books(second)["accepted"]
    house.done(first)
    house.done(second)
    house.end("turns")
    assert behind > ahead / 4, f"{ahead} of the first and {behind} of the second"


def test_content_edited_after_send_changes_nothing_sent(house, sender):
    house.people(["ana@ledger.test", "cy@gmall.test"], to="Readers")
    campaign = house.draft(to="Readers")
    house.send(campaign)
    text = {
        "DraftText": {
            "name": "Another", "list_ids": [], "from_email": "ana@shop.test",
            "subject": "Something else", "source": "<p>Something else</p>",
        }
    }  # fmt: skip
    refusal = house.ask("campaigns", "edit", campaign, text)
    assert "can no longer change" in refusal["raised"]
    house.done(campaign)
    mail = house.mail_of("cy@gmall.test")
    assert b"the sale" in mail
    assert b"Something else" not in mail
    assert b"Subject: Hello Cy" in mail


def test_who_is_suppressed_or_erased_while_queued_gets_nothing(house):
    house.people(["ben@bench01.test", "cy@bench02.test", "ana@bench03.test"], to="Late")
    campaign = house.draft(to="Late")
    house.send(campaign)
    house.until(lambda: house.badge(campaign) == "queued", 20, "its rows are written")
    house.ask("audience", "suppress", 1, "ben@bench01.test", "manual", "He asked by telephone.")
    house.ask("audience", "erase", house.contact("cy@bench02.test"), "She asked for it.")
    house.sender("late")
    books = house.done(campaign)
    house.end("late")
    assert (books["accepted"], books["skipped"], books["waiting"]) == (1, 2, 0)
    why = {row["domain"]: row["reason"] for row in house.rows(campaign)}
    assert "suppression list" in why["bench01.test"]
    assert "deleted" in why["bench02.test"]
    copies = house.recipients()
    assert copies["ana@bench03.test"] == 1
    assert not copies["ben@bench01.test"] + copies["cy@bench02.test"]


def test_message_id_and_date_stay_the_same_at_the_second_try(house, sender):
    house.people(["ana@greypost.test"], to="Greylisted")
    campaign = house.draft("--retry-after", "2,2,2", "--time-to-live", "60", to="Greylisted")
    house.send(campaign)
    row = house.until(lambda: house.rows(campaign, state="waiting"), 20, "it waits")[0]
    first = house.until(lambda: house.ask("outbox", "attempts", campaign, 1), 20, "a first try")[0]
    assert house.done(campaign)["accepted"] == 1
    tries = house.ask("outbox", "attempts", campaign, row["seq"])
    assert [each["outcome"] for each in tries[:1]] == ["deferred"]
    assert tries[-1]["outcome"] == "accepted"
    mail = house.mail_of("ana@greypost.test")
    assert f"Message-ID: {row['message_id']}".encode() in mail
    assert house.date_of(mail) == first["started_ms"] // 1000


def test_send_pressed_twice_at_once_acts_once(house, sender):
    house.people(["ana@bench04.test"], to="Once")
    campaign = house.draft(to="Once")
    words = [sys.executable, "-m", "sendoff", "campaign", "send", str(campaign), "--json"]
    at_once = [
        subprocess.Popen(words, env=house.env, cwd=house.folder, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [json.loads(process.communicate()[0]) for process in at_once]
    said.append(house.send(campaign))
    assert sorted(each["launched"] for each in said) == [False, False, False, True]
    assert house.done(campaign)["audience"] == 1
    assert house.recipients()["ana@bench04.test"] == 1


def test_a_database_that_is_locked_for_a_while_costs_nothing(house, sender):
    house.people(crowd(1_500), to="Locked")
    campaign = house.draft(to="Locked")
    house.send(campaign)
    house.until(lambda: house.books(campaign)["accepted"] > 100, 30, "it is under way")
    before = house.books(campaign)["accepted"]
    assert before < 1_400, "the send was over before the lock"
    locker = house.lock_database(seconds=4)
    time.sleep(1)
    assert house.books(campaign)["balanced"]
    assert locker.wait(20) == 0
    books = house.done(campaign)
    assert (books["accepted"], books["unknown"]) == (1_500, 0)
    mine = {row["message_id"] for row in house.rows(campaign)}
    copies = house.copies()
    assert {copies[each] for each in mine} == {1}
