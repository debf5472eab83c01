"""A clock that was put back makes nobody wait longer than was meant."""

import pytest

from house import BUSY, furnish, settlement
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.outbox import sql
from sendoff.outbox.models import Message, Parcel

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000


def test_what_waits_for_a_time_waits_as_long_as_it_was_meant_to():
    house = furnish()
    house.person("ana@one.test")
    house.person("ben@two.test")
    campaign = house.launched()
    house.packed(campaign)
    outbox.settle([settlement(campaign.id, 1, BUSY)])  # a minute from now
    later = clock.now_ms() + 30_000
    Parcel.objects.update(available_ms=later)
    Message.objects.filter(seq=1).update(parcel_id=None)
    due = Message.objects.get(seq=1).due_ms

    # The machine's clock showed an hour more when these were written.
    Message.objects.filter(seq=1).update(due_ms=due + HOUR_MS)
    Parcel.objects.update(available_ms=later + HOUR_MS)
    moved = outbox.rewind([campaign.id], HOUR_MS)

    if sql.many_writers():  # each host has a clock of its own
        assert moved == 0
    else:
        assert Message.objects.get(seq=1).due_ms == due
        assert set(Parcel.objects.values_list("available_ms", flat=True)) == {later}


def test_what_may_go_already_is_left_alone():
    house = furnish()
    house.person("ana@one.test")
    campaign = house.launched()
    house.packed(campaign)
    assert outbox.rewind([campaign.id], HOUR_MS) == 0


def test_what_was_given_back_a_moment_later_is_moved_too_and_nothing_else():
    house = furnish()
    house.person("ana@one.test")
    house.person("ben@two.test")
    campaign = house.launched()
    house.packed(campaign)
    soon, much_later = clock.now_ms() + 500, clock.now_ms() + 5 * HOUR_MS
    first, second = Parcel.objects.order_by("id").values_list("id", flat=True)
    Parcel.objects.filter(id=first).update(available_ms=soon + HOUR_MS)
    Parcel.objects.filter(id=second).update(available_ms=much_later)
    outbox.rewind([campaign.id], HOUR_MS, late=True)
    if not sql.many_writers():
        found = list(Parcel.objects.order_by("id").values_list("available_ms", flat=True))
        assert found == [soon, much_later]
        assert outbox.rewind([campaign.id], HOUR_MS, late=True) == 0
