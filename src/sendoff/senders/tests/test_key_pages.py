"""Ana plans a key on its page, sees what to publish and what comes next; nobody else does."""

import pytest

from sendoff.accounts import public as accounts
from sendoff.lib.config import config
from sendoff.senders import public as senders
from sendoff.smtp.tests import nameserver

SECRET = "correct horse battery"


@pytest.fixture
def names(monkeypatch):
    """The name server that pages ask."""
    with nameserver.serving_beside({}) as server:
        monkeypatch.setenv("SENDOFF_RESOLVER", server.address)
        config.cache_clear()
        yield server
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture
def shop(db):
    ana = accounts.create_owner("ana@shop.test", SECRET, "Ana's shop")
    return senders.add_domain(ana.workspace_id, "shop.test")


@pytest.fixture
def page(client, shop):
    client.login(username="ana@shop.test", password=SECRET)
    return f"/delivery/domains/{shop.id}/keys"


def text(answer):
    return " ".join(answer.content.decode().split())


def test_a_key_is_planned_published_seen_and_switched_by_buttons(client, page, shop, names):
    assert "A new key is planned on " in text(client.get(page))
    said = text(client.post(page, {"do": "plan", "kind": "rsa"}, follow=True))
    new = next(key for key in senders.keys(shop.id) if key.state == "planned")
    assert "s2 is planned. Publish its record." in said
    assert new.value in said
    assert "Until then s1 goes on signing." in said
    assert "by ana@shop.test" in said
    assert "Sign with it now" not in said

    names.zone[new.host] = nameserver.text(new.value)
    said = text(client.post(page, {"do": "look"}, follow=True))
    assert "It signs from about " in said
    said = text(client.post(f"{page}/{new.id}", {"do": "switch"}, follow=True))
    assert "s2: signs." in said
    assert "Leave its record until " in said
    assert senders.domain(shop.id).selectors == ("s2",)


def test_what_is_wrong_with_the_record_stands_beside_the_key(client, page, shop, names):
    new = senders.plan_key(shop.id, "ed25519", "ana@shop.test")
    names.zone[new.host] = nameserver.text("v=DKIM1; k=ed25519; p=")
    assert "is empty, which says that it was revoked" in text(
        client.post(page, {"do": "look"}, follow=True)
    )
    said = text(client.post(f"{page}/{new.id}", {"do": "switch"}, follow=True))
    assert "DNS did not show the record of s2 yet" in said
    said = text(client.post(f"{page}/{new.id}", {"do": "withdraw"}, follow=True))
    assert "It was given up before it signed" in said


def test_a_planned_key_asks_for_its_record_on_the_list_of_domains(client, page, shop, names):
    assert "planned" not in text(client.get("/delivery/domains/"))
    new = senders.plan_key(shop.id, "rsa", "Sendoff")
    said = text(client.get("/delivery/domains/"))
    assert "Publish its record; it signs once DNS has shown that for an hour." in said
    assert page in said
    names.zone[new.host] = nameserver.text(new.value)
    senders.look_for_keys(shop.id, names.address)
    assert "planned" not in text(client.get("/delivery/domains/"))


def test_the_only_key_that_signs_has_no_button_to_stop_it(client, page, shop):
    (key,) = senders.keys(shop.id)
    assert "Sign no more with it" not in text(client.get(page))
    said = text(client.post(f"{page}/{key.id}", {"do": "retire"}, follow=True))
    assert "s1 is not one of several keys that sign" in said


def test_nobody_sees_the_keys_of_another_workspace(client, page, shop):
    (key,) = senders.keys(shop.id)
    other = accounts.create_owner("cy@other.test", SECRET, "Cy's")
    theirs = senders.add_domain(other.workspace_id, "other.test")
    assert client.get(f"/delivery/domains/{theirs.id}/keys").status_code == 404
    assert client.post(f"{page}/999", {"do": "retire"}).status_code == 404
    assert client.post(f"{page}/{key.id}", {"do": "shred"}).status_code == 404
    (their_key,) = senders.keys(theirs.id)
    assert client.post(f"{page}/{their_key.id}", {"do": "retire"}).status_code == 404
    client.logout()
    assert client.get(page).status_code == 302
