"""Lists on a real name server are asked, noted and acted on; what fails is never a verdict."""

import dataclasses
import json
import time
from pathlib import Path

import pytest

from proving import nsd
from sendoff.accounts import public as accounts
from sendoff.campaigns import public as campaigns
from sendoff.drivers.contract import ServerConfig
from sendoff.insight import public as insight
from sendoff.lib import clock
from sendoff.lib.config import config
from sendoff.outbox import public as outbox
from sendoff.reputation import asking, listed, noting, public, slowing, subjects, watch, zones
from sendoff.reputation.asking import Asked
from sendoff.reputation.models import Listing, Standing
from sendoff.reputation.zones import State, Verdict
from sendoff.senders import public as senders
from sendoff.senders.models import SendingServer
from sendoff.webhooks.sources import SOURCES

OURS, OTHER, V6 = "192.0.2.10", "198.51.100.7", "2001:db8::10"
served = pytest.mark.skipif(not nsd.NSD, reason="Debian's nsd is not installed: apt install nsd")


def here(rule_id: str, zone: str) -> zones.ZoneRule:
    """A known list as somebody serves it on this machine."""
    rule = zones.find(rule_id)
    assert rule
    return dataclasses.replace(rule, zone=zone)


def entry(subject: str, zone: str, code: str) -> str:
    return f"{zones.question(subject, zone)} A {code}"


def working(zone: str, *entries: str) -> list[str]:
    """A list of addresses with its test entries, and these."""
    tests = [entry("127.0.0.2", zone, "127.0.0.2"), entry("::ffff:127.0.0.2", zone, "127.0.0.2")]
    return [*tests, *entries]


async def answers(folder: Path, records: list[str], rules, whom, dead=()) -> dict[str, Verdict]:
    with nsd.serving(folder / "nsd", records, dead) as nameserver:
        found = await asking.ask(rules, whom, nameserver, 2.0)
    return {f"{each.subject} at {each.zone}": each.verdict for each in found}


@served
async def test_addresses_of_both_kinds_and_domains_are_asked_where_they_may_be_listed(tmp_path):
    zen, dbl = here("spamhaus-zen", "zen.test"), here("spamhaus-dbl", "dbl.test")
    records = working("zen.test", entry(OURS, "zen.test", "127.0.0.3"))
    records += [entry(V6, "zen.test", "127.0.0.10"), "dbltest.com.dbl.test A 127.0.1.2"]
    records += ["shop.test.dbl.test A 127.0.1.4"]
    whom = [OURS, OTHER, V6, "shop.test", "other.test"]
    found = await answers(tmp_path, records, [zen, dbl], whom)
    assert {name: verdict.state.value for name, verdict in found.items()} == {
        f"{OURS} at spamhaus-zen": "listed",
        f"{OTHER} at spamhaus-zen": "clean",
        f"{V6} at spamhaus-zen": "listed",
        "shop.test at spamhaus-dbl": "listed",
        "other.test at spamhaus-dbl": "clean",
    }
    assert found["shop.test at spamhaus-dbl"].why == "seen in phishing"


@served
@pytest.mark.parametrize(
    ("records", "said"),
    [
        (["*.zen.test A 127.0.0.2"], "seems to list the whole world"),
        (["x.zen.test A 127.0.0.2"], "does not list its own test entry 127.0.0.2"),
        (["*.zen.test A 127.255.255.254"], "refuses questions through public resolvers"),
        (["*.zen.test A 203.0.113.80"], "given up or taken over"),
        (["*.zen.test A 127.0.0.1"], "an error and no listing"),
    ],
)
async def test_a_list_that_fails_its_own_test_says_nothing_that_counts(tmp_path, records, said):
    records = [*records, entry(OURS, "zen.test", "127.0.0.2")]
    found = await answers(tmp_path, records, [here("spamhaus-zen", "zen.test")], [OURS, OTHER])
    for verdict in found.values():
        assert verdict.state is State.UNKNOWN
        assert said in verdict.why


@served
async def test_a_list_that_fails_or_refuses_is_we_dont_know(tmp_path):
    rules = [here("spamcop", "broken.test"), here("psbl", "psbl.elsewhere")]
    found = await answers(tmp_path, ["a.test A 192.0.2.1"], rules, [OURS], dead=["broken.test"])
    assert [verdict.state for verdict in found.values()] == [State.UNKNOWN] * 2
    assert all("gave no answer" in verdict.why for verdict in found.values())


async def test_no_answer_in_time_is_we_dont_know():
    zen = here("spamhaus-zen", "zen.test")
    (asked,) = await asking.ask([zen], [OURS], "127.0.0.1:9", 0.5)
    assert asked.verdict.state is State.UNKNOWN
    assert "gave no answer" in asked.verdict.why


async def test_a_name_too_long_to_ask_about_is_we_dont_know():
    zone = dataclasses.replace(here("surbl", "x.test"), test_listed="a" * 70)
    (asked,) = await asking.ask([zone], ["shop.test"], "127.0.0.1:9", 0.5)
    assert "too long" in asked.verdict.why


def told(state: State, subject: str = OURS, why: str = "CSS: seen") -> Asked:
    codes = ("127.0.0.3",) if state is State.LISTED else ()
    verdict = Verdict(state=state, why=why if state is not State.CLEAN else "", codes=codes)
    return Asked(subject=subject, zone="spamhaus-zen", verdict=verdict)


ZONES = {zone.id: zone for zone in zones.known()}


def note(shop, *answers: Asked) -> int:
    whose = {each.subject: frozenset({shop.workspace}) for each in answers}
    return noting.note(answers, whose, ZONES)


def slowed(shop) -> list[outbox.ActionRow]:
    now = clock.now_ms()
    return [each for each in outbox.actions(shop.workspace) if each.in_force(now)]


def test_a_listing_lasts_from_its_first_to_its_last_answer_whatever_fails_between(shop):
    assert note(shop, told(State.LISTED)) == 1
    began = Listing.objects.get().since_ms
    note(shop, told(State.UNKNOWN, why="no answer"))
    note(shop, told(State.LISTED))
    row = Listing.objects.get()
    assert (row.since_ms, row.until_ms, row.codes) == (began, None, "127.0.0.3")
    assert note(shop, told(State.CLEAN)) == 0
    assert Listing.objects.get().until_ms is not None
    note(shop, told(State.LISTED))
    assert Listing.objects.count() == 2


def test_lanes_of_a_listed_address_are_slowed_with_rule_reason_and_expiry(shop):
    note(shop, told(State.LISTED))
    (action,) = slowed(shop)
    assert (action.rule, action.kind, action.per_minute, action.connections) == (
        "blocklist:spamhaus-zen", "slow", slowing.PER_MINUTE, slowing.CONNECTIONS,
    )  # fmt: skip
    assert senders.server(action.server_id).source_ip == OURS
    assert action.provider == ""
    assert "Spamhaus ZEN lists 192.0.2.10: CSS: seen" in action.why
    assert 86_000_000 < action.until_ms - clock.now_ms() <= 86_400_000
    note(shop, told(State.LISTED))
    assert len(slowed(shop)) == 1


def test_they_go_on_once_it_is_out_and_not_for_want_of_an_answer(shop):
    note(shop, told(State.LISTED))
    note(shop, told(State.UNKNOWN))
    assert len(slowed(shop)) == 1
    note(shop, told(State.CLEAN))
    assert slowed(shop) == []
    assert outbox.actions(shop.workspace)[0].undone_why.endswith(
        "does not list 192.0.2.10 any more."
    )


def test_who_undid_it_is_believed_until_the_next_listing(shop):
    note(shop, told(State.LISTED))
    outbox.undo(slowed(shop)[0].id, "ana@shop.test", "They take our mail all the same")
    note(shop, told(State.LISTED))
    assert slowed(shop) == []
    note(shop, told(State.CLEAN))
    time.sleep(0.002)  # the next listing begins at a later millisecond
    note(shop, told(State.LISTED))
    assert len(slowed(shop)) == 1


def test_a_small_list_is_shown_and_slows_nothing(shop):
    small = dataclasses.replace(told(State.LISTED), zone="psbl")
    note(shop, small)
    assert slowed(shop) == []
    assert [each.grave for each in public.listings(shop.workspace)] == [False]


def test_what_is_ours_no_more_stands_nowhere(shop):
    note(shop, told(State.LISTED), told(State.CLEAN, OTHER))
    note(shop, told(State.CLEAN, OTHER))
    assert set(Standing.objects.values_list("subject", flat=True)) == {OTHER}
    assert Listing.objects.get().until_ms is not None


def test_addresses_domains_and_where_links_lead_are_asked_about(shop):
    campaigns.link_targets.cache_clear()  # of campaigns that other tests gave the same numbers
    shop.person("cy@other.test")
    shop.launched(
        source='<p><a href="https://www.sale.test/x?y=1">s</a><a href="http://10.0.0.1/">'
    )
    senders.add_domain(shop.workspace, "news.shop.test")
    private = ServerConfig(driver="direct", helo="mail.shop.test", source_ip="10.0.0.9")
    senders.add_server(shop.workspace, "inside", private)
    other = accounts.create_owner("cy@cy.test", "correct horse battery", "Cy's").workspace_id
    shared = ServerConfig(driver="direct", helo="mail.shop.test", source_ip="8.8.4.4")
    senders.add_server(None, "for all", shared)
    found = subjects.subjects(settings(base_url="https://t.links.test", blocklists=""))
    mine = frozenset({shop.workspace})
    assert found == {
        # 192.0.2.10 is a documentation address: not on the internet, so it is left out here.
        "8.8.4.4": frozenset({shop.workspace, other}),
        "shop.test": mine,
        "news.shop.test": mine,
        "sale.test": mine,
        "links.test": frozenset({shop.workspace, other}),
    }


def settings(**changes: object):
    return config().model_copy(update=changes)


@served
def test_the_clerk_asks_without_waiting_and_again_only_after_an_hour(shop, tmp_path):
    records = working("bl.test", entry(OURS, "bl.test", "127.0.0.2"))
    with nsd.serving(tmp_path / "nsd", records) as nameserver:
        asked = settings(
            blocklists="bl.test:ip", blocklist_resolver=nameserver, allow_private_targets=True
        )
        lists = watch.Watch(asked)
        assert lists.tick() == 0  # the question is on its way
        deadline = time.monotonic() + 20
        while not lists.tick():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        lists.close()
        (listing,) = listed.listed_now(shop.workspace, {OURS})
        assert (listing.zone_name, listing.why) == ("bl.test", "listed (127.0.0.2)")
        wanted = {zone.id: zone for zone in zones.chosen(asked.blocklists)}
        whose = subjects.subjects(asked)
        assert not watch.is_due(whose, wanted)
        watch.ask_soon()
        assert watch.is_due(whose, wanted)
        assert watch.ask_now(asked) == 1
        Standing.objects.update(asked_ms=clock.now_ms() - watch.EVERY_MS - 1)
        assert watch.is_due(whose, wanted)


def test_nothing_is_asked_where_no_list_is_named(shop):
    lists = watch.Watch(settings(blocklists=""))
    assert lists.tick() == 0
    assert lists._round is None
    lists.close()


def test_the_page_says_what_is_listed_what_we_dont_know_and_the_way_out(shop, ana):
    note(
        shop,
        told(State.LISTED),
        told(State.UNKNOWN, OTHER, "Spamhaus refuses questions through public resolvers"),
        told(State.CLEAN, V6),
    )
    page = ana.get("/delivery/blocklists/").content.decode()
    assert "192.0.2.10 is listed at Spamhaus ZEN since" in page
    assert "https://check.spamhaus.org/results/?query=192.0.2.10" in page
    assert "Its lanes are slowed meanwhile" in page
    assert "because Spamhaus refuses questions through public resolvers." in page
    assert "add barracuda to SENDOFF_BLOCKLISTS" in page
    again = ana.post("/delivery/blocklists/ask", follow=True).content.decode()
    assert "asked within about a minute" in again
    assert set(Standing.objects.values_list("asked_ms", flat=True)) == {0}


def test_another_workspace_sees_nothing_of_it(shop):
    note(shop, told(State.LISTED))
    assert not public.blocklist_standings(shop.workspace + 1)
    assert not public.listings(shop.workspace + 1)


def test_a_campaign_under_way_says_that_an_address_it_sends_from_is_listed(shop):
    shop.person("cy@other.test")
    SendingServer.objects.filter(pk=shop.server.id).update(source_ip=OURS)
    campaign = shop.launched(server_id=shop.server.id)
    assert "listed-spamhaus-zen" not in rules_of(campaign.id)
    note(shop, told(State.LISTED))
    assert "listed-spamhaus-zen" in rules_of(campaign.id)
    note(shop, told(State.CLEAN))
    assert "listed-spamhaus-zen" not in rules_of(campaign.id)


def rules_of(campaign: int) -> list[str]:
    return [each["rule"] for each in insight.campaign_summary(campaign)["attention"]]


def test_listings_are_told_to_other_programs_when_they_begin_and_end(shop):
    (source,) = [each for each in SOURCES if each.name == "listings"]
    note(shop, told(State.LISTED))
    (begun,) = source.read(0).happened
    assert (begun.kind, begun.workspace_id) == ("blocklist.listed", shop.workspace)
    assert begun.data["subject"] == OURS
    json.loads(begun.body())
    time.sleep(0.002)
    note(shop, told(State.CLEAN))
    assert [each.kind for each in source.read(begun.at_ms).happened] == ["blocklist.delisted"]
