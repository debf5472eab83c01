"""Pause, resume and the end of a worker: nothing new begins, nothing begun is cut off."""

import time

from journeys.installation import crowd
from sendoff.lib import clock

PEOPLE = 3_000


def test_no_new_message_is_begun_one_second_after_pause_and_resume_completes(house):
    house.prepare(delay_ms=60, log_mail=True)
    house.people(crowd(PEOPLE))
    campaign = house.draft()
    house.clerk()
    house.sender("one")
    house.sender("two")
    house.send(campaign)
    house.until(lambda: len(house.mail_times()) > 300, 30, "mail is flowing")

    assert house.sendoff("campaign", "pause", str(campaign))["paused"]
    returned = clock.now_ms()
    time.sleep(2)
    seen = house.mail_times()
    assert len(seen) < PEOPLE, "the send was over before the pause"
    assert max(seen) <= returned + 1_000
    resting = house.books(campaign)
    assert resting["balanced"]
    assert resting["accepted"] == sum(house.copies().values())
    assert house.badge(campaign) == "paused"

    assert house.sendoff("campaign", "resume", str(campaign))["resumed"]
    books = house.done(campaign)
    assert (books["accepted"], books["unknown"]) == (PEOPLE, 0)
    assert set(house.copies().values()) == {1}


def test_a_worker_told_to_end_finishes_what_is_on_the_wire(house):
    house.prepare(delay_ms=50)
    house.people(crowd(1_000))
    campaign = house.draft()
    house.clerk()
    house.sender("one")
    house.send(campaign)
    house.until(lambda: len(house.copies()) > 100, 30, "mail is flowing")

    assert house.end("one") == 0
    books = house.books(campaign)
    assert 0 < books["accepted"] < 1_000, "the send was over before the worker was told"
    assert books["unknown"] == 0
    assert books["accepted"] == len(house.copies())

    house.sender("two")
    assert house.done(campaign)["accepted"] == 1_000
    assert set(house.copies().values()) == {1}


def test_the_supervisor_ends_all_its_parts_and_starts_a_killed_worker_again(house):
    house.prepare(delay_ms=50)
    house.people(crowd(1_500))
    campaign = house.draft()
    house.start("all", "sendoff", "worker", "--processes", "1")
    house.send(campaign)
    house.until(lambda: len(house.copies()) > 50, 30, "mail is flowing")
    first = house.kill_sender()
    house.until(lambda: house.senders() - {first}, 30, "another worker was started")
    house.until(lambda: house.books(campaign)["accepted"] > 400, 30, "it sends")

    assert house.end("all") == 0
    assert house.senders() == set()
    books = house.books(campaign)
    assert books["balanced"]
    assert books["unknown"] <= 20, "more than one worker's connections can have in flight"
