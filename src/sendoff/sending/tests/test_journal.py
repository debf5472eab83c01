"""The journal says after any death what was in flight and what was known."""

import os
import resource
import signal

import pytest

from sendoff.sending.journal import DeadJournal, Intent, Journal, JournalFailed, JournalHeld


def test_a_dead_workers_journal_tells_outcomes_and_what_was_in_flight(tmp_path):
    journal = Journal(tmp_path / "w")
    journal.intend(Intent(7, 1, 1, 1000))
    journal.outcome(b"[7,1,1,5,6]")
    journal.intend(Intent(7, 2, 3, 1000))
    os.close(journal._lock)  # what the death of the process does
    replay = DeadJournal(tmp_path / "w").read()
    assert replay.outcomes == ["[7,1,1,5,6]"]
    assert replay.in_flight == [Intent(7, 2, 3, 1000)]


def test_the_journal_of_a_living_worker_cannot_be_replayed(tmp_path):
    journal = Journal(tmp_path / "w")
    with pytest.raises(JournalHeld):
        DeadJournal(tmp_path / "w")
    journal.close()
    assert not (tmp_path / "w").exists()


def test_a_record_that_was_cut_counts_as_not_written(tmp_path):
    journal = Journal(tmp_path / "w")
    journal.intend(Intent(7, 1, 1, 1000))
    os.write(journal._segment.fd, b"I 7 2 1 10")
    os.close(journal._lock)
    assert DeadJournal(tmp_path / "w").read().in_flight == [Intent(7, 1, 1, 1000)]


def test_an_outcome_that_was_cut_leaves_its_message_in_flight(tmp_path):
    journal = Journal(tmp_path / "w")
    journal.intend(Intent(7, 1, 1, 1000))
    os.write(journal._segment.fd, b'O [7,1,1,"acc\nI 7 2 1 1000 .\n')
    os.close(journal._lock)
    replay = DeadJournal(tmp_path / "w").read()
    assert replay.outcomes == []
    assert [intent.seq for intent in replay.in_flight] == [1, 2]


def test_an_outcome_is_written_with_the_next_intent_or_when_it_is_asked_for(tmp_path):
    journal = Journal(tmp_path / "w")
    journal.intend(Intent(7, 1, 1, 1000))
    journal.outcome(b"[7,1,1,5,6]")
    journal.intend(Intent(7, 2, 1, 1000))
    journal.outcome(b"[7,2,1,5,6]")
    journal.flush()
    os.close(journal._lock)
    replay = DeadJournal(tmp_path / "w").read()
    assert (replay.outcomes, replay.in_flight) == (["[7,1,1,5,6]", "[7,2,1,5,6]"], [])


def test_an_outcome_that_is_not_written_yet_leaves_its_message_in_flight(tmp_path):
    journal = Journal(tmp_path / "w")
    journal.intend(Intent(7, 1, 1, 1000))
    journal.outcome(b"[7,1,1,5,6]")
    os.close(journal._lock)
    replay = DeadJournal(tmp_path / "w").read()
    assert (replay.outcomes, [intent.seq for intent in replay.in_flight]) == ([], [1])


def test_full_segments_go_once_everything_in_them_is_settled(tmp_path):
    journal = Journal(tmp_path / "w", segment_bytes=100)
    receipts = [journal.intend(Intent(7, n, 1, 1000)) for n in range(1, 31)]
    before = len(list((tmp_path / "w").glob("*.journal")))
    for receipt in receipts:
        journal.settled(receipt)
    assert before > 3
    assert len(list((tmp_path / "w").glob("*.journal"))) <= 2


def test_an_open_record_keeps_its_segment(tmp_path):
    journal = Journal(tmp_path / "w", segment_bytes=100)
    receipts = [journal.intend(Intent(7, n, 1, 1000)) for n in range(1, 31)]
    for receipt in receipts[1:]:
        journal.settled(receipt)
    os.close(journal._lock)
    assert Intent(7, 1, 1, 1000) in DeadJournal(tmp_path / "w").read().in_flight


def test_a_full_disk_fails_with_a_sentence_that_names_the_file(tmp_path):
    child = os.fork()
    if child == 0:  # a limit on the size of files stands in for the full disk
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))
        journal = Journal(tmp_path / "w")
        try:
            for n in range(100):
                journal.intend(Intent(7, n, 1, 1000))
        except JournalFailed as error:
            os._exit(0 if "000001.journal cannot be written" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    written = DeadJournal(tmp_path / "w").read().in_flight
    assert [intent.seq for intent in written] == [0, 1]
