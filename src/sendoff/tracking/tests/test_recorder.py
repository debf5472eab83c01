"""The buffer between a request and the database: batches, outages, its bound and its end."""

import threading
import time
from collections.abc import Callable

from sendoff.tracking.hits import OPEN, Hit
from sendoff.tracking.recorder import BATCH, WRITTEN_WITHIN_S, Recorder, StoreAway


def hit(seq: int) -> Hit:
    return Hit(7, seq, OPEN, None, "", 1_000 + seq, "Mailbox/1.0", "192.0.2.7", "GET")


def eventually(true: Callable[[], bool], within_s: float = 5.0) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.002)
    return true()


class Books:
    """A store that can be away, and that refuses some messages for good."""

    def __init__(self, *, away: bool = False, refuses: tuple[int, ...] = ()) -> None:
        self.away, self.refuses, self.batches, self.tries = away, refuses, [], 0

    def write(self, batch: list[Hit]) -> None:
        self.tries += 1
        if self.away:
            raise StoreAway("database is locked")
        if any(each.seq in self.refuses for each in batch):
            raise ValueError("a value that no column takes")
        self.batches.append([each.seq for each in batch])

    @property
    def stored(self) -> list[int]:
        return sorted(seq for batch in self.batches for seq in batch)


def test_one_hit_is_stored_within_the_promised_time():
    books = Books()
    recorder = Recorder(books.write)
    began = time.monotonic()
    recorder.add(hit(1))
    assert books.stored == []
    assert eventually(lambda: books.stored == [1])
    assert time.monotonic() - began < WRITTEN_WITHIN_S + 0.3  # the machine may be busy
    recorder.close()


def test_hits_that_come_together_are_written_together():
    books = Books()
    recorder = Recorder(books.write)
    for seq in range(20):
        recorder.add(hit(seq))
    assert eventually(lambda: len(books.stored) == 20)
    assert books.batches == [list(range(20))]
    recorder.close()


def test_a_full_batch_does_not_wait_for_the_time():
    books = Books()
    recorder = Recorder(books.write, gather_s=60)
    for seq in range(BATCH):
        recorder.add(hit(seq))
    assert eventually(lambda: len(books.stored) == BATCH)
    recorder.close()


def test_hits_of_many_threads_are_stored_once_each():
    books = Books()
    recorder = Recorder(books.write, gather_s=0.01)

    def press(start: int) -> None:
        for seq in range(start, start + 1000):
            recorder.add(hit(seq))

    threads = [threading.Thread(target=press, args=(n * 1000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close()
    assert books.stored == list(range(4000))
    assert max(map(len, books.batches)) <= BATCH


def test_hits_wait_while_the_database_is_away_and_keep_their_order():
    books = Books(away=True)
    recorder = Recorder(books.write, gather_s=0.001, retry_s=0.01)
    for seq in range(3):
        recorder.add(hit(seq))
    assert eventually(lambda: books.tries > 2)
    assert (books.stored, recorder.lost) == ([], 0)
    books.away = False
    assert eventually(lambda: books.stored == [0, 1, 2])
    assert [seq for batch in books.batches for seq in batch] == [0, 1, 2]
    recorder.close()


def test_beyond_the_bound_hits_are_counted_as_lost():
    books = Books(away=True)
    recorder = Recorder(books.write, gather_s=60, room=10)
    for seq in range(25):
        recorder.add(hit(seq))
    assert (recorder.waiting, recorder.lost) == (10, 15)
    books.away = False
    recorder.close()
    assert books.stored == list(range(10))


def test_one_hit_that_can_not_be_stored_holds_up_no_other():
    books = Books(refuses=(3,))
    recorder = Recorder(books.write, gather_s=0.01)
    for seq in range(10):
        recorder.add(hit(seq))
    recorder.close()
    assert books.stored == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert recorder.lost == 1


def test_a_database_that_goes_away_in_the_middle_of_a_refused_batch_loses_nothing():
    books = Books(refuses=(0,))

    def write(batch: list[Hit]) -> None:
        books.away = books.tries == 2  # the third try: the first quarter of the refused batch
        books.write(batch)

    recorder = Recorder(write, gather_s=0.01, retry_s=0.01)
    for seq in range(8):
        recorder.add(hit(seq))
    assert eventually(lambda: books.stored == [1, 2, 3, 4, 5, 6, 7])
    assert recorder.lost == 1
    recorder.close()


def test_closing_writes_what_is_held():
    books = Books()
    recorder = Recorder(books.write, gather_s=60)
    recorder.add(hit(1))
    recorder.close()
    assert books.stored == [1]


def test_closing_without_a_hit_or_twice_is_nothing():
    recorder = Recorder(Books().write)
    recorder.close()
    recorder.add(hit(1))
    recorder.close()
    recorder.close()
    assert recorder.waiting == 0
