"""A server is added, checked, bounded and switched on its pages; its password is never shown."""

import pytest

from sendoff.insight import delivering
from sendoff.senders import public as senders


@pytest.fixture
def visitor(shop, page, client):
    page("/delivery/servers/")
    return client


RELAY = {
    "name": "Our relay",
    "driver": "smtp",
    "helo": "mail.shop.example",
    "host": "127.0.0.1",
    "port": "1",
    "tls": "required",
    "username": "ana",
    "password": "a secret of ours",
}


def test_a_relay_is_added_and_its_password_never_shown(shop, visitor):
    text = visitor.post("/delivery/servers/new", RELAY, follow=True).content.decode()
    assert "Our relay is there." in text
    assert "a secret of ours" not in text
    way = next(w for w in delivering.servers(shop.workspace) if w.server.name == "Our relay")
    assert senders.server_config(way.server.id).password == "a secret of ours"
    assert way.config.password == ""


def test_a_relay_that_would_get_its_password_in_clear_is_not_kept(shop, visitor):
    text = visitor.post("/delivery/servers/new", RELAY | {"tls": "none"}).content.decode()
    assert "never sent in clear" in text
    assert len(senders.servers(shop.workspace)) == 1


def test_a_relays_password_is_changed_and_taken_away(shop, visitor):
    visitor.post("/delivery/servers/new", RELAY)
    made = senders.find_server(shop.workspace, "Our relay")
    place = f"/delivery/servers/{made.id}/login"
    changed = {"username": "ben", "password": "another secret"}
    text = visitor.post(place, changed, follow=True).content.decode()
    assert "opened with it" in text
    assert "another secret" not in text
    kept = senders.server_config(made.id)
    assert (kept.username, kept.password) == ("ben", "another secret")
    assert senders.server(made.id).login_ms > made.login_ms
    text = visitor.post(place, {"username": "ben", "password": ""}).content.decode()
    assert "or leave both empty" in text
    assert senders.server_config(made.id).password == "another secret"
    visitor.post(place, {"username": "", "password": ""})
    kept = senders.server_config(made.id)
    assert (kept.username, kept.password) == ("", "")


def test_our_own_delivery_has_no_password_to_change(shop, visitor):
    made = senders.find_server(shop.workspace, "Our own server")
    changed = {"username": "ben", "password": "another secret"}
    text = visitor.post(f"/delivery/servers/{made.id}/login", changed).content.decode()
    assert "is no relay" in text
    assert senders.server_config(made.id).username == ""


def test_a_relay_without_a_host_is_asked_for_it(shop, visitor):
    text = visitor.post("/delivery/servers/new", RELAY | {"host": ""}).content.decode()
    assert "Say which relay" in text


def test_a_check_says_what_it_found_and_sends_nothing(shop, visitor):
    made = senders.find_server(shop.workspace, "Our own server")
    text = visitor.post(f"/delivery/servers/{made.id}/check").content.decode()
    assert "Introduces itself as" in text


def test_quotas_and_a_warm_up_plan_are_set(shop, visitor):
    made = senders.find_server(shop.workspace, "Our own server")
    plan = next(iter(senders.plans()))
    wanted = {"hourly": "500", "daily": "4000", "warmup": plan}
    text = visitor.post(f"/delivery/servers/{made.id}/", wanted, follow=True).content.decode()
    assert "It holds from the next message on." in text
    kept = senders.server(made.id)
    assert (kept.hourly_quota, kept.daily_quota, kept.warmup) == (500, 4000, plan)


def test_a_server_is_switched_off_and_on(shop, visitor):
    made = senders.find_server(shop.workspace, "Our own server")
    for do, enabled in (("off", False), ("on", True)):
        visitor.post(f"/delivery/servers/{made.id}/change", {"do": do})
        assert senders.server(made.id).enabled is enabled


def test_a_server_of_nobody_is_absent(visitor):
    assert visitor.get("/delivery/servers/99999/").status_code == 404
