"""What a worker keeps for its life is bounded, however many campaigns and lanes it serves."""

from sendoff.sending.shelf import Shelf


def test_what_is_used_again_is_made_once() -> None:
    made: list[int] = []
    shelf: Shelf[int, str] = Shelf(2)
    for campaign in (1, 2, 1, 2):
        shelf.get(campaign, lambda n: made.append(n) or f"writer of {n}")
    assert made == [1, 2]


def test_the_one_unused_longest_goes_first() -> None:
    made: list[int] = []
    shelf: Shelf[int, str] = Shelf(2)
    for campaign in (1, 2, 1, 3, 1, 2):
        assert shelf.get(campaign, lambda n: made.append(n) or f"{n}") == str(campaign)
    assert made == [1, 2, 3, 2]
    assert len(shelf) == 2


def test_a_thousand_campaigns_leave_no_more_than_fit() -> None:
    shelf: Shelf[int, int] = Shelf(16)
    for campaign in range(1_000):
        shelf.get(campaign, lambda n: n)
    assert len(shelf) == 16
