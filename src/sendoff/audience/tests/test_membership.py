"""The audience of a launched campaign never changes, whoever comes and goes afterwards."""

import pytest
import time_machine

from sendoff.audience import public as audience
from sendoff.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(customers):
    return [audience.subscribe(customers, f"{name}@x.example", {}) for name in ("ana", "ben", "cy")]


@pytest.fixture
def launch(workspace, customers, people):
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False):
        audience.leave(customers, people[2])
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        return audience.watermark(workspace), clock.now_ms()


def test_who_left_before_the_launch_is_not_in_it(customers, launch):
    assert audience.audience_size([customers], *launch) == 2


def test_who_joins_after_the_launch_is_not_in_it(customers, launch):
    audience.subscribe(customers, "dora@x.example", {})
    assert audience.audience_size([customers], *launch) == 2


@pytest.mark.parametrize(
    "moment", ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.5Z", "2026-04-01T00:00:00Z"]
)
def test_who_leaves_or_is_erased_from_the_moment_of_the_launch_on_is_still_in_it(
    customers, people, launch, moment
):
    with time_machine.travel(moment, tick=False):
        audience.leave(customers, people[0])
        audience.erase(people[1], "asked for it")
    assert audience.audience_size([customers], *launch) == 2


def test_coming_back_changes_nothing_for_those_in_it_or_those_not(customers, people, launch):
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        audience.leave(customers, people[0])
        audience.subscribe(customers, "ana@x.example", {})
        audience.subscribe(customers, "cy@x.example", {})
    assert audience.audience_size([customers], *launch) == 2


def test_someone_on_two_lists_counts_once(workspace, customers, people):
    friends = audience.create_list(workspace, "Friends")
    audience.subscribe(friends, "ana@x.example", {})
    mark = audience.watermark(workspace)
    assert audience.audience_size([customers, friends], mark, clock.now_ms()) == 3


def test_leaving_twice_is_said(customers, people):
    assert audience.leave(customers, people[0])
    assert not audience.leave(customers, people[0])


def test_an_empty_workspace_has_a_watermark_too(workspace):
    assert audience.watermark(workspace) == 0
    assert audience.audience_size([], 0, clock.now_ms()) == 0
