"""Servers in a pool: who may be in it, which mail each is for, and the turns they take."""

import pytest

from sendoff.accounts import public as accounts
from sendoff.lib import clock
from sendoff.senders import public as senders

NOW = clock.now_ms()


def pool_of(workspace, *parts: senders.Part) -> senders.Pool:
    pool = senders.add_pool(workspace, "news")
    for part in parts:
        pool = senders.put_in(pool.id, part)
    return pool


def test_a_dedicated_pool_is_seen_by_its_workspace_and_a_shared_one_by_all(ana):
    ben = accounts.create_owner("ben@other.test", None, "Ben's").workspace_id
    senders.add_pool(ana, "Ana's own")
    senders.add_pool(None, "everybody's")
    assert [(p.name, p.kind) for p in senders.pools(ana)] == [
        ("Ana's own", "dedicated"),
        ("everybody's", "shared"),
    ]
    assert [p.name for p in senders.pools(ben)] == ["everybody's"]


def test_a_workspaces_own_server_does_not_go_into_a_shared_pool(add):
    pool = senders.add_pool(None, "everybody's")
    with pytest.raises(senders.SenderError, match="belongs to one workspace"):
        senders.put_in(pool.id, senders.Part(server_id=add("mine").id))
    senders.put_in(pool.id, senders.Part(server_id=add("ours", shared=True).id))


@pytest.mark.parametrize(
    ("part", "complaint"),
    [({"weight": 0}, "weight"), ({"purpose": "fun"}, "purpose"), ({"server_id": 99}, "no server")],
)
def test_a_part_that_makes_no_sense_is_refused_with_a_sentence(ana, add, part, complaint):
    pool = senders.add_pool(ana, "news")
    with pytest.raises(senders.SenderError, match=complaint):
        senders.put_in(pool.id, senders.Part(**{"server_id": add("one").id, **part}))


def test_two_of_one_name_are_refused(ana, add):
    add("one")
    with pytest.raises(senders.SenderError, match="already"):
        add("one")
    senders.add_pool(ana, "news")
    with pytest.raises(senders.SenderError, match="already"):
        senders.add_pool(ana, "news")


def test_the_rotation_goes_on_from_one_window_to_the_next(ana, add):
    one, two = add("one"), add("two")
    pool = pool_of(ana, senders.Part(server_id=one.id, weight=3), senders.Part(server_id=two.id))
    ways = senders.ways(None, pool.id)
    first = senders.choose(ways, "google", 1, {}, NOW)
    rest = [senders.choose(ways, "google", 1, {}, NOW) for _ in range(7)]
    took = [next(iter(shares.counts)) for shares in (first, *rest)]
    assert took.count(one.id) == 6
    assert took.count(two.id) == 2


def test_mail_goes_by_the_servers_meant_for_it(ana, add):
    any_, google, events = add("any"), add("google"), add("events")
    pool = pool_of(
        ana,
        senders.Part(server_id=any_.id),
        senders.Part(server_id=google.id, providers=("google",)),
        senders.Part(server_id=events.id, purpose="transactional", from_domain="shop.test"),
    )

    def by(provider: str, **mail: str) -> set[int]:
        ways = senders.ways(None, pool.id, **mail)
        return set(senders.choose(ways, provider, 50, {}, NOW).counts)

    assert by("yahoo") == {any_.id}
    assert by("google") == {google.id}
    assert by("yahoo", purpose="transactional", from_domain="Shop.test") == {events.id}
    assert by("yahoo", purpose="transactional", from_domain="other.test") == {any_.id}


def test_a_switched_off_server_gets_nothing_and_an_empty_pool_says_so(ana, add):
    one, two = add("one"), add("two")
    pool = pool_of(ana, senders.Part(server_id=one.id), senders.Part(server_id=two.id))
    senders.switch(one.id, on=False)
    assert senders.choose(senders.ways(None, pool.id), "google", 9, {}, NOW).counts == {two.id: 9}
    senders.take_out(pool.id, two.id)
    nobody = senders.choose(senders.ways(None, pool.id), "google", 9, {}, NOW)
    assert nobody.left == 9
    assert "No server of the pool news takes mail for google" in nobody.why


def test_a_campaign_with_one_server_has_no_choice(add):
    one = add("one")
    assert senders.choose(senders.ways(one.id), "google", 9, {}, NOW).counts == {one.id: 9}


def test_quotas_name_what_they_bound_and_where_they_come_from(add):
    one = add("one", hourly=100, daily=1_000, warmup="conservative")
    found = {q.name: (q.most, q.window_s, q.rule) for q in senders.quotas(one, "google")}
    assert found == {
        f"quota:server:{one.id}:hour": (100, 3600, "hourly quota of one"),
        f"quota:server:{one.id}:day": (1_000, 86400, "daily quota of one"),
        f"warmup:{one.id}:google": (50, 86400, "warmup.conservative.day1"),
    }


def test_only_our_own_addresses_warm_up_and_only_by_a_plan_that_is_there(add):
    with pytest.raises(senders.SenderError, match="a relay has its own"):
        add("relay", driver="smtp", warmup="conservative")
    with pytest.raises(senders.SenderError, match="choose one of conservative, quick"):
        add("one", warmup="brisk")
