"""What a check means after the one before: what changed, what is waited for, when to look again."""

from dataclasses import replace

from sendoff.proving import judging, planning
from sendoff.proving.facts import Facts
from sendoff.proving.samples import SUBJECT

NOTHING = judging.judge(SUBJECT, Facts())
KEY = next(record for record in NOTHING if record.kind == "dkim")
RIGHT = replace(KEY, verdict="ok", rule="dkim-ok")
HOUR = 3_600_000


def test_a_record_that_is_gone_is_a_change_and_so_is_its_coming_back():
    gone, back = planning.changes([RIGHT], [KEY]), planning.changes([KEY], [RIGHT])
    assert [(each.before, each.record.verdict) for each in gone] == [("ok", "missing")]
    assert [(each.before, each.record.verdict) for each in back] == [("missing", "ok")]


def test_what_stays_as_it_was_is_no_change():
    assert planning.changes([KEY], [KEY, RIGHT]) != []
    assert planning.changes([KEY], [replace(KEY, verdict="pending")]) == []
    assert planning.changes([], [KEY]) == []


def test_another_fault_of_the_same_record_is_a_change():
    other = replace(KEY, verdict="wrong", rule="dkim-other-key")
    assert planning.changes([replace(other, rule="dkim-cut-off")], [other]) != []


def test_a_young_domain_waits_for_what_name_servers_may_still_deny():
    denied = replace(KEY, repeated_s=240)
    earlier = planning.Earlier(at_ms=0, records=[KEY])
    (found,) = planning.waited_for([denied], earlier, added_ms=0, now_ms=HOUR)
    assert found.verdict == "pending"
    assert "4 minutes" in found.sentence


def test_nothing_is_waited_for_at_the_first_look_nor_where_the_zone_itself_says_no():
    denied = replace(KEY, repeated_s=240)
    earlier = planning.Earlier(at_ms=0, records=[KEY])
    assert planning.waited_for([denied], None, 0, HOUR) == (denied,)
    assert planning.waited_for([KEY], earlier, 0, HOUR) == (KEY,)
    assert planning.waited_for([denied], earlier, 0, 49 * HOUR) == (denied,)
    was_there = planning.Earlier(at_ms=0, records=[RIGHT])
    assert planning.waited_for([denied], was_there, 0, HOUR) == (denied,)


def test_a_domain_that_is_not_ready_is_looked_at_soon_and_a_ready_one_in_hours():
    ready = [replace(each, verdict="ok") for each in NOTHING]
    assert planning.next_ms(NOTHING, 0, HOUR, 6) == HOUR + 5 * 60_000
    assert planning.next_ms(NOTHING, 0, 100 * HOUR, 6) == 101 * HOUR
    assert planning.next_ms(ready, 0, HOUR, 6) == 7 * HOUR


def test_what_is_optional_never_spoils_a_domain():
    needed = [replace(each, verdict="ok") if each.needed else each for each in NOTHING]
    assert judging.ready(needed)
    assert {each.kind for each in NOTHING if each.needed} == {
        "dkim",
        "spf-return-path",
        "mx-return-path",
        "dmarc",
        "ptr",
    }
