"""What comes next for a DKIM key, by what DNS showed and the time: without DNS, clock, database."""

from dataclasses import replace

import pytest

from sendoff.senders import key_life, key_words
from sendoff.senders.key_life import DAY_MS, Key, Look, State, Terms

HOUR = 3_600_000
TERMS = Terms(seen_for_ms=HOUR, stays_ms=7 * DAY_MS, rotate_ms=180 * DAY_MS)
NEW = Key(
    id=2,
    domain_id=1,
    selector="s2",
    kind="rsa",
    host="s2._domainkey.shop.test",
    value="v=DKIM1; k=rsa; p=KEY",
    planned_ms=0,
    planned_by="ana@shop.test",
)
SEEN = replace(NEW, seen_ms=HOUR)
SIGNING = replace(NEW, id=1, selector="s1", signing_ms=0)
RETIRING = replace(SIGNING, retiring_ms=HOUR)


def right(at_ms: int) -> Look:
    return Look(at_ms=at_ms, right=True)


def wrong(at_ms: int) -> Look:
    return Look(at_ms=at_ms, right=False, sentence="The record was cut off.")


@pytest.mark.parametrize(
    ("key", "look", "state"),
    [
        (NEW, None, State.PLANNED),
        (NEW, wrong(HOUR), State.PLANNED),
        (NEW, right(HOUR), State.SEEN),
        (SEEN, right(2 * HOUR - 1), State.SEEN),
        (SEEN, right(2 * HOUR), State.SIGNING),
        (SEEN, wrong(2 * HOUR), State.PLANNED),
        (SEEN, Look(at_ms=2 * HOUR, right=None), State.SEEN),
        (SEEN, None, State.SEEN),
        (SIGNING, None, State.SIGNING),
        (SIGNING, wrong(HOUR), State.SIGNING),
    ],
)
def test_a_key_signs_once_dns_showed_its_record_for_long_enough(key, look, state):
    now = look.at_ms if look else 9 * HOUR
    assert key_life.after(key, look, now, TERMS) is state


def test_one_look_is_never_enough_however_short_the_wait():
    hasty = replace(TERMS, seen_for_ms=0)
    assert key_life.after(NEW, right(5), 5, hasty) is State.SEEN
    assert key_life.after(replace(NEW, seen_ms=5), right(5), 5, hasty) is State.SIGNING


def test_the_record_of_a_retiring_key_stays_for_a_week():
    week_later = HOUR + TERMS.stays_ms
    assert key_life.after(RETIRING, None, week_later - 1, TERMS) is State.RETIRING
    assert key_life.after(RETIRING, None, week_later, TERMS) is State.RETIRED


def test_a_clock_that_was_put_back_hurries_nothing():
    assert key_life.after(replace(SEEN, seen_ms=9 * HOUR), right(HOUR), HOUR, TERMS) is State.SEEN
    assert key_life.after(RETIRING, None, 0, TERMS) is State.RETIRING


def test_a_new_key_is_due_when_the_old_one_is_half_a_year_old_and_none_is_coming():
    old_enough = TERMS.rotate_ms
    assert key_life.due([SIGNING], old_enough - 1, TERMS) == []
    assert key_life.due([SIGNING], old_enough, TERMS) == ["rsa"]
    assert key_life.due([SIGNING, NEW], old_enough, TERMS) == []
    ed = replace(NEW, kind="ed25519")
    assert key_life.due([SIGNING, ed], old_enough, TERMS) == ["rsa"]
    assert key_life.due([SIGNING], 9 * old_enough, replace(TERMS, rotate_ms=0)) == []


def test_a_selector_is_never_used_twice():
    assert key_life.next_selector([]) == "s1"
    assert key_life.next_selector(["s1", "s7", "spring", "mail"]) == "s8"


def test_the_keys_of_a_moment_are_those_that_signed_then():
    after = replace(NEW, signing_ms=HOUR)
    keys = [after, RETIRING, SEEN]
    assert key_life.signing_at(keys, HOUR - 1) == [RETIRING]
    assert key_life.signing_at(keys, HOUR) == [after]
    assert key_life.signing_at(keys, -5) == [RETIRING]
    assert key_life.signing_at([], HOUR) == []


def test_minutes_after_a_change_the_key_before_is_named_too():
    keys = [replace(NEW, signing_ms=HOUR), RETIRING]
    assert key_words.signed_by(keys, HOUR - 1) == "s1"
    assert key_words.signed_by(keys, HOUR + 60_000) == "s2 (or still s1, minutes after the change)"
    assert key_words.signed_by(keys, HOUR + 300_000) == "s2"
    ed = replace(NEW, id=3, selector="s3", kind="ed25519", signing_ms=HOUR)
    assert key_words.signed_by([*keys, ed], 2 * HOUR) == "s2 and s3"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (NEW, "Publish its record; it signs once DNS has shown that for an hour."
              " Until then s1 goes on signing."),
        (replace(NEW, problem="The record was cut off."),
         "The record was cut off. Until then s1 goes on signing."),
        (SEEN, "It signs from about 01 Jan 02:00 UTC on, if its record stays."),
        (SIGNING, "Until s2 takes over."),
        (RETIRING, "Leave its record until 08 Jan 01:00 UTC: mail that it signed is still on its"
                   " way."),
        (replace(RETIRING, retired_ms=9), "Its record may be removed; its private half is"
                                          " destroyed."),
        (replace(NEW, retired_ms=9), "It was given up before it signed; its record may be"
                                     " removed."),
    ],
)  # fmt: skip
def test_every_key_says_what_comes_next(key, words):
    assert key_words.next_step(key, [SIGNING, NEW], TERMS) == words


def test_the_key_that_signs_says_when_the_next_is_planned():
    assert key_words.next_step(SIGNING, [SIGNING], TERMS) == "A new key is planned on 30 Jun 1970."
    never = replace(TERMS, rotate_ms=0)
    assert key_words.next_step(SIGNING, [SIGNING], never) == "Until you plan a new key."
