"""The catalogue is whole: what is consumed becomes something that is told, and samples are true."""

import pytest

from sendoff.webhooks import catalogue, sources, told


def test_every_event_that_may_be_chosen_has_a_source_that_tells_it():
    chosen = {event.id for event in catalogue.emitted()}
    of_sources = {kind for source in sources.SOURCES for kind in source.kinds}
    assert chosen == (of_sources | set(told.STATES.values())) - {"campaign.draft"}


def test_what_is_consumed_becomes_events_that_are_told():
    for event in catalogue.every().values():
        assert (event.direction == catalogue.CONSUMED) == bool(event.becomes)
        for each in event.becomes:
            assert catalogue.every()[each].direction == catalogue.EMITTED


def test_a_payload_that_is_not_as_the_catalogue_says_is_told_by_field():
    event = catalogue.every()["campaign.paused"]
    assert event.faults(event.sample) == []
    assert event.faults({**event.sample, "mood": "good"}) == [
        "campaign.paused: mood is not in the catalogue"
    ]
    lacking = {name: value for name, value in event.sample.items() if name != "by"}
    assert event.faults(lacking) == ["campaign.paused: by is missing"]
    assert event.faults({**event.sample, "campaign": "12"}) == [
        "campaign.paused: campaign is '12' and not integer"
    ]


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("integer", 1, True),
        ("integer", True, False),
        ("integer", None, False),
        ("integer or null", None, True),
        ("truth", 1, False),
        ("time", "2026-11-22T09:00:00.000Z", True),
        ("time", "yesterday", False),
        ("time or null", None, True),
    ],
)
def test_a_type_takes_its_values_alone(kind, value, fits):
    field = catalogue.Field(name="x", type=kind, means="", sample=None)
    assert field.takes(value) is fits
