"""Messages are shared among servers by weight, over time, within what each may still take."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sendoff.senders.choosing import Candidate, share

ANA, BEN, CY = 1, 2, 3


def test_three_to_one_gives_three_quarters():
    shares = share(100, [Candidate(server=ANA, weight=3), Candidate(server=BEN)])
    assert shares.counts == {ANA: 75, BEN: 25}
    assert shares.left == 0


def test_the_rotation_is_one_over_time_for_single_messages_too():
    passed = {ANA: 0.0, BEN: 0.0}
    took: Counter[int] = Counter()
    for _ in range(400):
        shares = share(
            1,
            [
                Candidate(server=ANA, weight=3, passed=passed[ANA]),
                Candidate(server=BEN, passed=passed[BEN]),
            ],
        )
        took.update(shares.counts)
        passed = shares.passed
    assert took == {ANA: 300, BEN: 100}


def test_what_a_full_server_cannot_take_goes_to_the_others():
    shares = share(
        100, [Candidate(server=ANA, weight=3, room=10, full_until_ms=9), Candidate(server=BEN)]
    )
    assert shares.counts == {ANA: 10, BEN: 90}


def test_a_sick_server_gets_nothing_and_nothing_extra_when_it_is_back():
    passed = {ANA: 0.0, BEN: 0.0}
    for _ in range(50):
        sick = Candidate(server=ANA, passed=passed[ANA], closed_until_ms=5, closed_why="sick")
        shares = share(10, [sick, Candidate(server=BEN, passed=passed[BEN])])
        assert shares.counts == {BEN: 10}
        passed = shares.passed
    back = share(100, [Candidate(server=s, passed=passed[s]) for s in (ANA, BEN)])
    assert back.counts[ANA] in (50, 51)


def test_what_nobody_can_take_waits_for_the_first_opening_with_its_reason():
    shares = share(
        100,
        [
            Candidate(server=ANA, room=30, full_until_ms=7_000, full_why="its hour is full"),
            Candidate(server=BEN, closed_until_ms=5_000, closed_why="it is sick"),
            Candidate(server=CY, room=0, full_until_ms=9_000, full_why="its day is full"),
        ],
    )
    assert shares.counts == {ANA: 30}
    assert (shares.left, shares.opens_ms, shares.why) == (70, 5_000, "it is sick")


def test_a_server_meant_for_the_mail_goes_before_those_for_any():
    meant = Candidate(server=ANA, fit=1, room=20, full_until_ms=9)
    shares = share(100, [Candidate(server=BEN, weight=9), meant])
    assert shares.counts == {ANA: 20, BEN: 80}


candidates = st.lists(
    st.builds(
        Candidate,
        server=st.integers(1, 8),
        weight=st.integers(1, 9),
        passed=st.floats(0, 1000),
        fit=st.integers(0, 2),
        room=st.none() | st.integers(0, 50),
        closed_until_ms=st.sampled_from([0, 0, 9]),
    ),
    unique_by=lambda each: each.server,
)


@given(st.integers(0, 300), candidates)
def test_nobody_gets_more_than_its_room_and_every_message_is_placed_once(n, them):
    shares = share(n, them)
    by = {each.server: each for each in them}
    assert sum(shares.counts.values()) + shares.left == n
    for server, count in shares.counts.items():
        assert by[server].open
        assert by[server].room is None or count <= by[server].room
    if shares.left:
        for each in them:
            full = each.room is not None and shares.counts.get(each.server, 0) == each.room
            assert full or not each.open
