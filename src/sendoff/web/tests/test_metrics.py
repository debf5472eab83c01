"""/metrics tells this machine, or whoever has the token, what the installation is doing."""

import pytest
from django.test import RequestFactory
from prometheus_client.parser import text_string_to_metric_families

from house import ACCEPTED, furnish, settlement
from sendoff.feedback import intake
from sendoff.feedback.models import InboundMail
from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.outbox import public as outbox
from sendoff.web.metrics import may_read

pytestmark = pytest.mark.django_db


def told(client) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample, by its name and the values of its labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_an_empty_house_answers(client):
    nothing = "oldest_waiting_seconds", "inbound_to_read", "inbound_oldest_seconds"
    assert told(client) == {(f"sendoff_{name}", ()): 0.0 for name in nothing}


def test_messages_lanes_and_workers_are_counted(client):
    house = furnish()
    for n in range(25):
        house.person(f"p{n}@one.test")
    campaign = house.launched()
    house.packed(campaign)
    outbox.register("w", "mail1", 1)
    ticket = outbox.queue_adapter().take("w", 1, 60)[0]
    seqs = [letter.seq for letter in outbox.letters(ticket.parcel)]
    outbox.settle([settlement(campaign.id, seq, ACCEPTED) for seq in seqs[:4]])
    vitals = outbox.Vitals(database_losses=2, queue_losses=3, journal_bytes=512)
    outbox.heartbeat("w", 4, vitals)
    found = told(client)
    lane = (str(ticket.lane), "one.test")
    assert found["sendoff_messages", ("waiting",)] == 21
    assert found["sendoff_messages", ("accepted",)] == 4
    assert found["sendoff_lane_waiting", lane] == 25
    assert found["sendoff_lane_leases", lane] == 1
    assert found["sendoff_workers", ("mail1",)] == 1
    assert found["sendoff_settled_total", ("mail1",)] == 4
    assert found["sendoff_connections_lost_total", ("mail1", "database")] == 2
    assert found["sendoff_connections_lost_total", ("mail1", "queue")] == 3
    assert found["sendoff_journal_bytes", ("mail1",)] == 512
    assert 0 <= found["sendoff_oldest_waiting_seconds", ()] < 60


def test_what_ended_workers_did_stays_counted_and_what_they_hold_does_not(client):
    outbox.register("w", "mail1", 1)
    outbox.heartbeat("w", 7, outbox.Vitals(database_losses=1, journal_bytes=512))
    outbox.ended("w", "stopped")
    found = told(client)
    assert found["sendoff_settled_total", ("mail1",)] == 7
    assert found["sendoff_connections_lost_total", ("mail1", "database")] == 1
    assert found["sendoff_workers", ("mail1",)] == 0
    assert found["sendoff_journal_bytes", ("mail1",)] == 0


def test_what_comes_back_is_counted_with_the_age_of_the_oldest_that_nobody_read(client):
    mail = intake.Arrived(source="smtp", peer="::1", sender="", recipients=("b@x",), content=b"x")
    intake.store([mail, mail])
    intake.count("forged", 3)
    oldest = InboundMail.objects.earliest("pk")
    InboundMail.objects.filter(pk=oldest.pk).update(received_ms=clock.now_ms() - 90_000)
    found = told(client)
    assert found["sendoff_inbound_total", ("stored",)] == 2
    assert found["sendoff_inbound_total", ("forged",)] == 3
    assert found["sendoff_inbound_to_read", ()] == 2
    assert 90 <= found["sendoff_inbound_oldest_seconds", ()] < 120


def test_another_machine_is_sent_away(client):
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403


@pytest.mark.parametrize(
    ("settings", "asked", "may"),
    [
        ({}, {}, True),
        ({}, {"REMOTE_ADDR": "::1"}, True),
        ({}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, False),
        ({"base_url": "https://news.shop.test"}, {}, False),
        ({"metrics_token": "s3cret"}, {}, False),
        ({"metrics_token": "s3cret"}, {"HTTP_AUTHORIZATION": "Bearer other"}, False),
        (
            {"metrics_token": "s3cret"},
            {"HTTP_AUTHORIZATION": "Bearer s3cret", "REMOTE_ADDR": "192.0.2.7"},
            True,
        ),
    ],
)
def test_who_may_read(settings, asked, may):
    request = RequestFactory().get("/metrics", **asked)
    assert may_read(request, Config(_env_file=None, **settings)) is may
