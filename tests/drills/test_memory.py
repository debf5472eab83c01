"""The short form of the memory drill: a few thousand people, and what it makes of its figures."""

from drills.memory import IMPORTED, Drill, Result, Sent
from journeys.installation import Installation


def sent(messages, *, clerk=100.0, worker=100.0, lost=0):
    peaks = {"clerk": clerk, "worker": worker}
    return Sent(messages, accepted=messages, lost=lost, peaks=peaks)


def test_a_campaign_to_people_made_after_the_likeness_of_others_arrives_whole(tmp_path):
    messages = IMPORTED + 500
    with Installation(tmp_path) as house:
        found = Drill(house, messages, workers=1).run()
    assert (found.accepted, found.lost, found.duplicated) == (messages, 0, 0)
    assert 40 < found.peaks["clerk"] < 200
    assert 40 < found.peaks["worker"] < 200
    assert found.course, "the memory was looked at on the way"


def test_the_drill_sees_memory_that_grows_and_a_lost_message():
    few = sent(10)
    assert Result(few, sent(1000, clerk=109.0)).ok
    assert not Result(few, sent(1000, clerk=112.0)).ok
    assert not Result(few, sent(1000, worker=112.0)).ok
    assert not Result(few, sent(1000, lost=1)).ok
