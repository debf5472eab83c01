"""Ana adds an endpoint, sees what it was told, tries it, and nobody else does."""

import pytest

from sendoff.webhooks import public as webhooks
from sendoff.webhooks.models import Delivery

URL = "https://crm.test/hook"


@pytest.fixture
def ana(client, house):
    client.login(username="ana@shop.test", password="correct horse battery")
    return client


@pytest.fixture
def hook(house):
    return webhooks.add(house.workspace, URL, ["campaign.done"], "ana@shop.test").endpoint


def text(answer):
    return " ".join(answer.content.decode().split())


def test_an_endpoint_is_added_and_its_secret_shown_on_that_page_alone(ana, house):
    assert "Here will be the programs" in text(ana.get("/webhooks/"))
    form = {"url": URL, "kinds": ["campaign.done", "message.bounced"]}
    answer = ana.post("/webhooks/new", form)
    assert "whsec_" in text(answer)
    assert answer["Cache-Control"] == "no-store"
    (made,) = webhooks.endpoints_of(house.workspace)
    assert (made.url, made.kinds) == (URL, ("campaign.done", "message.bounced"))
    assert made.created_by == "ana@shop.test"
    for page in ("/webhooks/", f"/webhooks/{made.id}/"):
        assert URL in text(ana.get(page))
        assert "whsec_" not in text(ana.get(page))
    assert "The old one signs too" in text(ana.post(f"/webhooks/{made.id}/rotate"))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"url": "http://crm.test/", "kinds": ["campaign.done"]}, "must begin with https://"),
        ({"url": "https://ana:x@crm.test/", "kinds": ["campaign.done"]}, "Leave name and password"),
        ({"url": URL}, "Choose at least one event."),
        ({"url": URL, "kinds": ["campaign.dome"]}, "campaign.dome"),
        ({"url": "https://" + "x" * 600, "kinds": ["campaign.done"]}, "at most 500"),
    ],
)
def test_what_cannot_be_added_is_said_and_kept_in_the_form(ana, house, form, said):
    assert said in text(ana.post("/webhooks/new", form))
    assert webhooks.endpoints_of(house.workspace) == []


def test_a_test_is_asked_for_seen_in_the_log_and_sent_again(ana, house, hook):
    answer = ana.post(f"/webhooks/{hook.id}/test", follow=True)
    assert "A test event is on its way." in text(answer)
    (row,) = webhooks.deliveries(house.workspace, hook.id)
    Delivery.objects.update(state="given_up", tries=6)
    page = text(ana.get(f"/webhooks/{hook.id}/?state=given_up"))
    assert "webhook.test" in page
    assert "Nothing of this kind" in text(ana.get(f"/webhooks/{hook.id}/?state=taken"))
    answer = ana.post(f"/webhooks/deliveries/{row.id}/replay", follow=True)
    assert "It goes out again" in text(answer)
    assert webhooks.delivery(house.workspace, row.id).state == "waiting"


def test_an_endpoint_is_switched_off_and_on_changed_and_removed(ana, house, hook):
    page = text(ana.post(f"/webhooks/{hook.id}/switch", {"on": "no"}, follow=True))
    assert "Switched off by ana@shop.test." in page
    assert "Send a test" not in page
    assert "switched off" in text(ana.post(f"/webhooks/{hook.id}/test", follow=True))
    ana.post(f"/webhooks/{hook.id}/switch", {"on": "yes"})
    ana.post(f"/webhooks/{hook.id}/choose", {"kinds": ["import.done"]})
    assert webhooks.get(house.workspace, hook.id).kinds == ("import.done",)
    answer = ana.post(f"/webhooks/{hook.id}/choose", {}, follow=True)
    assert "Choose at least one event." in text(answer)
    assert "is told nothing any more" in text(ana.post(f"/webhooks/{hook.id}/remove", follow=True))
    assert webhooks.endpoints_of(house.workspace) == []


def test_what_a_consumer_answers_is_shown_as_text(ana, house, hook):
    row = webhooks.ask_test(house.workspace, hook.id)
    Delivery.objects.get(pk=row.id).log.create(
        at_ms=row.at_ms, address="192.0.2.7", status=500, said="<script>alert(1)</script>", ms=7
    )
    page = text(ana.get(f"/webhooks/{hook.id}/"))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "0"])
def test_an_odd_page_number_is_no_fault(ana, hook, before):
    assert ana.get(f"/webhooks/{hook.id}/?before={before}&state=odd").status_code == 200


def test_a_stranger_is_asked_to_sign_in_and_another_workspace_finds_nothing(client, ana, hook):
    assert ana.get("/webhooks/999/").status_code == 404
    assert ana.post("/webhooks/deliveries/999/replay").status_code == 404
    client.logout()
    for page in ("/webhooks/", "/webhooks/new", f"/webhooks/{hook.id}/"):
        assert client.get(page).status_code == 302
