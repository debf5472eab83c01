"""The short form of the drill of what comes back at once, and what it makes of its figures."""

from drills.inbound import Drill, Result
from journeys.installation import Installation


def test_a_thousand_bounces_at_once_are_stored_and_acted_on_though_the_mail_room_dies(tmp_path):
    with Installation(tmp_path) as house:
        found = Drill(house, 1_000).run()
    assert (found.answered, found.acted_on, found.suppressed) == (1_000, 1_000, 1_000)
    assert found.stored >= 1_000
    assert found.kills == 1
    assert found.problems == []
    assert 30 < found.peak_mb < 250
    assert found.ok


def test_the_drill_sees_what_is_missing_and_memory_that_grows():
    whole = {"answered": 10, "stored": 10, "acted_on": 10, "suppressed": 10}
    assert Result(10, **whole, peak_mb=60.0, peak_mb_early=55.0).ok
    assert not Result(10, **whole, peak_mb=160.0, peak_mb_early=55.0).ok
    assert not Result(10, **whole | {"acted_on": 9}).ok
    assert not Result(10, **whole | {"stored": 9}).ok
