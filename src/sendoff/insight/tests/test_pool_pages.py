"""A pool is made, filled and emptied on its page; a shared one is the operator's."""

import pytest

from sendoff.senders import public as senders


@pytest.fixture
def visitor(shop, page, client):
    page("/delivery/servers/")
    return client


def made(shop, name="Newsletters"):
    return senders.find_pool(shop.workspace, name)


def test_a_pool_is_made_and_a_server_put_in_with_its_part(shop, visitor):
    text = visitor.post("/delivery/pools/new", {"name": "Newsletters"}, follow=True)
    assert "Newsletters is there." in text.content.decode()
    wanted = {
        "server": shop.server.id,
        "weight": "3",
        "purpose": "marketing",
        "from_domain": "Shop.example",
        "providers": "google, yahoo",
    }
    text = visitor.post(f"/delivery/pools/{made(shop).id}/", wanted, follow=True).content.decode()
    assert "Kept." in text
    (member,) = made(shop).members
    assert member.part == senders.Part(
        server_id=shop.server.id,
        weight=3,
        purpose="marketing",
        from_domain="shop.example",
        providers=("google", "yahoo"),
    )


def test_a_server_is_taken_out(shop, visitor):
    pool = senders.add_pool(shop.workspace, "Newsletters")
    senders.put_in(pool.id, senders.Part(server_id=shop.server.id))
    visitor.post(f"/delivery/pools/{pool.id}/{shop.server.id}/take-out")
    assert made(shop).members == ()


def test_a_name_taken_or_too_long_is_said_and_makes_nothing(shop, visitor):
    senders.add_pool(shop.workspace, "Newsletters")
    text = visitor.post("/delivery/pools/new", {"name": "Newsletters"}, follow=True)
    assert "There is a pool “Newsletters” already" in text.content.decode()
    text = visitor.post("/delivery/pools/new", {"name": "n" * 101}, follow=True).content.decode()
    assert "1 to 100 characters" in text
    assert len(senders.pools(shop.workspace)) == 1


def test_a_shared_pool_is_shown_and_changed_by_no_visitor(shop, visitor):
    pool = senders.add_pool(None, "Everybody's")
    assert "Shared by all workspaces" in visitor.get(f"/delivery/pools/{pool.id}/").content.decode()
    wanted = {"server": shop.server.id, "weight": "1"}
    assert visitor.post(f"/delivery/pools/{pool.id}/", wanted).status_code == 404
    assert made(shop, "Everybody's").members == ()


def test_a_pool_of_nobody_is_absent(visitor):
    assert visitor.get("/delivery/pools/99999/").status_code == 404


def test_the_pace_of_a_server_and_of_a_domain_is_set_and_lifted(shop, visitor):
    domain = senders.domains(shop.workspace)[0]
    for typed, kept in (("90", 90), ("", None)):
        visitor.post(f"/delivery/servers/{shop.server.id}/", {"per_minute": typed, "warmup": ""})
        visitor.post(f"/delivery/domains/{domain.id}/pace", {"per_minute": typed})
        assert senders.server(shop.server.id).per_minute_total == kept
        assert senders.domain(domain.id).per_minute == kept


def test_the_domain_of_another_workspace_keeps_its_pace(visitor):
    assert visitor.post("/delivery/domains/99999/pace", {"per_minute": "5"}).status_code == 404
