"""What a dead worker knew is in the books before its messages are handed on."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from house import ACCEPTED, furnish, settlement, states
from sendoff.lib import clock
from sendoff.mail.stages import State
from sendoff.outbox import public as outbox
from sendoff.outbox.models import Worker
from sendoff.sending import reaper
from sendoff.sending.crew import LEASE_S, Crew
from sendoff.sending.journal import Intent, Journal

pytestmark = pytest.mark.django_db
HERE = "mail1"


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


class Host:
    """One host's reaper, and the clock of its machine, which the tests put forward."""

    def __init__(self, folder: Path, name: str = HERE) -> None:
        self.now_ms = 1_000_000
        self.reaper = reaper.Reaper(
            folder=folder, host=name, watch=reaper.Watch(steady=lambda: self.now_ms)
        )

    def reap(self) -> int:
        """One round of the host whose turn it is to plan."""
        return self.reaper.reap_here() + self.reaper.reap_lost()

    def watches_for(self, ms: int) -> int:
        """Look again and again while time goes by; how many were found dead on the way."""
        found = self.reap()
        for _ in range(0, ms, 4_000):
            self.now_ms += 4_000
            found += self.reap()
        return found


@pytest.fixture
def host(tmp_path) -> Host:
    return Host(tmp_path)


EXPECTED = {
    "ana@one.test": State.ACCEPTED,
    "ben@one.test": State.UNKNOWN,
    "cy@one.test": State.WAITING,
}


def test_a_dead_workers_outcomes_are_settled_and_its_parcel_handed_on(tmp_path, host, campaign):
    parcel = at_work()
    journal = journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)
    os.close(journal._lock)
    assert host.reap() == 1
    assert states(campaign) == EXPECTED
    assert outbox.proof(campaign) == []
    outbox.register("next", HERE, 2)
    taken = outbox.queue_adapter().take("next", 1, 60)
    assert [ticket.parcel for ticket in taken] == [parcel]
    assert [letter.seq for letter in outbox.letters(parcel)] == [3]
    assert not (tmp_path / "w").exists()


def test_reaping_twice_changes_nothing(tmp_path, host, campaign):
    at_work()
    os.close(journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)._lock)
    host.reap()
    assert host.reap() == 0
    assert states(campaign) == EXPECTED


def test_a_living_worker_keeps_its_parcel_however_busy_it_is(tmp_path, host, campaign):
    at_work()
    journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)
    assert host.watches_for(60_000) == 0
    outbox.register("next", HERE, 2)
    assert outbox.queue_adapter().take("next", 1, 60) == []


def test_a_worker_that_hangs_past_its_lease_is_given_up_and_told_so(tmp_path, host, campaign):
    at_work()
    journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)
    assert host.watches_for(reaper.HANGS_MS + 4_000) == 1
    assert states(campaign) == EXPECTED
    assert outbox.heartbeat("w", 0) is False


def test_a_lost_host_makes_what_it_had_announced_unknown(tmp_path, host, campaign):
    at_work(host="another.host.test")
    assert host.watches_for(590_000) == 0
    assert host.watches_for(20_000) == 1
    assert set(states(campaign).values()) == {State.UNKNOWN}
    assert outbox.proof(campaign) == []


def test_an_outcome_of_another_version_makes_its_message_unknown(tmp_path, host, campaign):
    at_work()
    journal = Journal(tmp_path / "w")
    journal.intend(Intent(campaign, 1, 1, 1000))
    journal.outcome(b'[%d,1,1,"something newer"]' % campaign)
    os.close(journal._lock)
    host.reap()
    assert states(campaign)["ana@one.test"] is State.UNKNOWN


def test_a_host_leaves_the_workers_of_another_alone_that_give_signs(tmp_path, host, campaign):
    at_work(host="mail2")
    for n in range(200):
        host.now_ms += 4_000
        Worker.objects.filter(pk="w").update(heartbeat_ms=n)
        assert host.reap() == 0


def test_only_who_has_the_turn_gives_up_a_lost_host(tmp_path, host, campaign):
    at_work(host="mail2")
    for _ in range(200):
        host.now_ms += 4_000
        assert host.reaper.reap_here() == 0
    assert host.reaper.reap_lost() == 1


def test_a_host_that_has_our_name_keeps_its_worker_while_that_gives_signs(tmp_path, host, campaign):
    at_work()  # and there is no journal of it here
    for n in range(100):
        host.now_ms += 4_000
        Worker.objects.filter(pk="w").update(heartbeat_ms=n)
        assert host.reap() == 0
    assert host.watches_for(reaper.HANGS_MS + 4_000) == 1


def test_time_in_which_nobody_could_look_is_held_against_nobody(tmp_path, host, campaign):
    at_work()
    held = journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)
    host.reap()
    host.now_ms += 3_600_000  # the database was away, or the machine asleep
    assert host.reap() == 0
    assert host.watches_for(reaper.HANGS_MS - 8_000) == 0
    assert host.watches_for(12_000) == 1
    os.close(held._lock)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_ends_nobody_and_no_lease(tmp_path, host, campaign, hours):
    at_work()
    held = journal_of_ana_accepted_and_ben_in_flight(tmp_path, campaign)
    crew = Crew(id="w", journal=held, thread=ThreadPoolExecutor(1))
    crew.leased(clock.steady_ms())
    with time_machine.travel(clock.now() + timedelta(hours=hours)):
        assert host.watches_for(20_000) == 0
        assert outbox.heartbeat("w", 0)
        assert host.watches_for(20_000) == 0
        assert crew.lease_holds()
        crew.leased(clock.steady_ms() - int(LEASE_S * 1000))
        assert not crew.lease_holds()


def test_a_worker_that_gives_signs_and_settles_nothing_is_ended_and_its_journal_read(
    tmp_path, host, campaign
):
    lives = subprocess.Popen([sys.executable, "-c", STUCK, str(tmp_path / "w")], stdout=-1)
    assert lives.stdout
    with lives.stdout:
        lives.stdout.readline()
    outbox.register("w", HERE, lives.pid)
    assert beating(host, minutes=40) == 0, "who holds nothing has nothing to do"
    parcel = outbox.queue_adapter().take("w", 1, 60)[0].parcel
    assert beating(host, minutes=29) == 0
    assert lives.poll() is None
    beating(host, minutes=2)
    assert lives.wait(10) == -signal.SIGKILL
    host.reap()
    assert not outbox.unended()
    outbox.register("next", HERE, 2)
    assert [each.parcel for each in outbox.queue_adapter().take("next", 1, 60)] == [parcel]


def test_a_number_that_is_another_process_by_now_is_not_ended(tmp_path, host, campaign):
    bystander = subprocess.Popen(["sleep", "60"])
    held = Journal(tmp_path / "w")
    outbox.register("w", HERE, bystander.pid)
    outbox.queue_adapter().take("w", 1, 60)
    assert beating(host, minutes=40) == 0
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
    os.close(held._lock)


STUCK = """
import sys, time
from pathlib import Path
from sendoff.sending.journal import Journal
journal = Journal(Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(60)
"""


def beating(host: Host, minutes: int) -> int:
    """The worker gives a sign every four seconds, and that is all it does."""
    found = 0
    for _ in range(minutes * 15):
        host.now_ms += 4_000
        Worker.objects.filter(pk="w").update(heartbeat_ms=host.now_ms)
        found += host.reap()
    return found
