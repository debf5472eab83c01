"""What a dead worker knew is in the books before its messages are handed on."""

import os
import socket

import pytest

from house import ACCEPTED, furnish, settlement, states
from sendoff.mail.stages import State
from sendoff.outbox import public as outbox
from sendoff.outbox.models import Worker
from sendoff.sending import reaper
from sendoff.sending.journal import Intent, Journal

pytestmark = pytest.mark.django_db
HERE = socket.gethostname()


@pytest.fixture
def campaign():
    house = furnish()
    for name in ("ana", "ben", "cy"):
        house.person(f"{name}@one.test")
    campaign = house.launched()
    house.packed(campaign)
    return campaign.id


def at_work(host: str = HERE) -> int:
    """A worker that holds the only parcel."""
    outbox.register("w", host, 1)
    return outbox.queue_adapter().take("w", 1, 60)[0].parcel


def journal_of_ana_accepted_and_ben_in_flight(folder, campaign: int) -> Journal:
    journal = Journal(folder / "w")
    journal.intend(Intent(campaign, 1, 1, 1000))
    journal.outcome(settlement(campaign, 1, ACCEPTED).to_line())
    journal.intend(Intent(campaign, 2, 1, 1000))
    return journal


def silent_for(ms: int) -> None:
    worker = Worker.objects.get(pk="w")
    Worker.objects.filter(pk="w").update(heartbeat_ms=worker.heartbeat_ms - ms)


EXPECTED = {
    "ana@one.test": State.ACCEPTED,
    "ben@one.test": State.UNKNOWN,
    "cy@one.test": State.WAITING,
}


def test_a_dead_workers_outcomes_are_settled_and_its_parcel_handed_on(tmp_path, campaign):
    parcel = at_work()
    journal = journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)
    os.close(journal._lock)
    assert reaper.reap(tmp_path) == 1
    assert states(campaign) == EXPECTED
    assert outbox.proof(campaign) == []
    outbox.register("next", HERE, 2)
    taken = outbox.queue_adapter().take("next", 1, 60)
    assert [ticket.parcel for ticket in taken] == [parcel]
    assert [letter.seq for letter in outbox.letters(parcel)] == [3]
    assert not (tmp_path / "w").exists()


def test_reaping_twice_changes_nothing(tmp_path, campaign):
    at_work()
    os.close(journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)._lock)
    reaper.reap(tmp_path)
    assert reaper.reap(tmp_path) == 0
    assert states(campaign) == EXPECTED


def test_a_living_worker_keeps_its_parcel_however_busy_it_is(tmp_path, campaign):
    at_work()
    journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)
    silent_for(60_000)
    assert reaper.reap(tmp_path) == 0
    outbox.register("next", HERE, 2)
    assert outbox.queue_adapter().take("next", 1, 60) == []


def test_a_worker_that_hangs_past_its_lease_is_given_up_and_told_so(tmp_path, campaign):
    at_work()
    journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)
    silent_for(reaper.HANGS_MS + 1)
    assert reaper.reap(tmp_path) == 1
    assert states(campaign) == EXPECTED
    assert outbox.heartbeat("w", 0) is False


def test_a_lost_host_makes_what_it_had_announced_unknown(tmp_path, campaign):
    at_work(host="another.host.test")
    assert reaper.reap(tmp_path) == 0
    silent_for(reaper.HOST_LOST_MS + 1)
    assert reaper.reap(tmp_path) == 1
    assert set(states(campaign).values()) == {State.UNKNOWN}
    assert outbox.proof(campaign) == []


def test_an_outcome_of_another_version_makes_its_message_unknown(tmp_path, campaign):
    at_work()
    journal = Journal(tmp_path / "w")
    journal.intend(Intent(campaign, 1, 1, 1000))
    journal.outcome(f'[{campaign},1,1,"something newer"]')
    os.close(journal._lock)
    reaper.reap(tmp_path)
    assert states(campaign)["ana@one.test"] is State.UNKNOWN
