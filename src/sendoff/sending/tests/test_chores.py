"""What the clerk does beside planning goes on, whatever goes wrong with one part of it."""

from sendoff.sending.chores import Chore


def _chore(work, **more):
    return Chore(name="a chore", every_ms=60_000, work=work, **more)


def test_a_chore_is_done_when_its_time_has_come_and_then_rests():
    done = []
    chore = _chore(lambda: done.append(1) or 1)
    chore.do()
    chore.do()
    assert done == [1]


def test_a_chore_in_portions_is_gone_on_with_while_there_is_something_to_do():
    left = [3, 2, 0, 9]
    chore = _chore(lambda: left.pop(0), in_portions=True)
    for _ in range(6):
        chore.do()
    assert left == [9]


def test_a_chore_that_fails_is_tried_again_in_its_time_and_keeps_nobody():
    def fails():
        raise ValueError("a row that nobody expected")

    chore = _chore(fails)
    chore.do()
    assert chore.due_ms > 0
