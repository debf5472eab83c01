"""The clock is put forward by an hour and back again in mid-send: nothing stands still."""

import os
import time
from pathlib import Path

from journeys.installation import Installation, crowd

PEOPLE = 1_200
A_MINUTE = 3_000
HOUR_S = 3_600


def set_clock(file: Path, seconds: int) -> None:
    """At once, as nobody may read half a number."""
    new = file.with_suffix(".new")
    new.write_text(str(seconds))
    os.replace(new, file)


def start(house: Installation, clock: Path) -> None:
    for name, part in (("clerk", "clerk"), ("sender", "sender")):
        words = ("journeys.jumping", str(clock), "sendoff", "worker", "--here", part)
        house.start(name, *words)


def test_a_clock_put_forward_and_back_loses_nothing_and_stops_nothing(house, tmp_path):
    clock = tmp_path / "clock"
    set_clock(clock, 0)
    house.prepare(log_mail=True)
    house.people(crowd(PEOPLE))
    campaign = house.draft("--per-minute", str(A_MINUTE))
    start(house, clock)
    house.send(campaign)
    for share, seconds in ((4, HOUR_S), (2, -HOUR_S)):
        house.until(lambda n=PEOPLE // share: house.books(campaign)["accepted"] > n, 60, "it goes")
        set_clock(clock, seconds)
    began = time.monotonic()
    books = house.done(campaign, within_s=90)
    assert time.monotonic() - began < 60  # half of it, at 50 a second
    assert (books["accepted"], books["audience"]) == (PEOPLE, PEOPLE)
    assert set(house.copies().values()) == {1}
    assert len(house.copies()) == PEOPLE
    assert "given up" not in house.said("sender")
    assert "died" not in house.said("clerk")
    assert "the clock was put back" in house.said("clerk")
