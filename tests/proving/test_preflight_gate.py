"""Send stops at a domain that would be refused; the page says why, and who sent it all the same."""

import html
import re
import time

import pytest

import house
from proving.pretend_dns import PretendDns
from sendoff.accounts import public as accounts
from sendoff.campaigns import public as campaigns
from sendoff.drivers.contract import ServerConfig
from sendoff.lib.config import config
from sendoff.proving import models
from sendoff.proving import public as proving
from sendoff.senders import public as senders

IP = "127.0.0.9"
KEY = "s1._domainkey.shop.test"


@pytest.fixture
def names(monkeypatch):
    """A DNS of the test's own, that Send asks."""
    with PretendDns() as names:
        monkeypatch.setenv("SENDOFF_RESOLVER", names.address)
        monkeypatch.setenv("SENDOFF_LAUNCH_PROOF_S", "5")
        monkeypatch.setenv("SENDOFF_ALLOW_PRIVATE_TARGETS", "true")
        monkeypatch.setenv("SENDOFF_MTA_STS_PORT", "0")
        config.cache_clear()
        yield names
    config.cache_clear()


@pytest.fixture
def shop(db, names):
    """Ana's shop with a source of its own and all its records right; Ben and Cy are on the list."""
    ours = house.furnish()
    settings = ServerConfig(driver="direct", helo="mail.shop.test", source_ip=IP)
    server = senders.add_server(ours.workspace, "first", settings)
    domain = senders.domains(ours.workspace)[0]
    names.publish((r.host, r.type, r.value) for r in senders.records(domain.id, [IP]))
    names.publish(
        [
            ("shop.test", "A", IP),
            ("mail.shop.test", "A", IP),
            ("9.0.0.127.in-addr.arpa", "PTR", "mail.shop.test"),
        ]
    )
    ours.person("ben@greatmail.test", first_name="Ben")
    ours.person("cy@webmale.test")
    return ours, ours.campaign(server_id=server.id)


@pytest.fixture
def page(client, shop):
    """Looks at a page as Ana and says its text."""
    client.login(username="ana@shop.test", password="correct horse battery")

    def look(path: str, posted: dict | None = None) -> str:
        answer = client.get(path) if posted is None else client.post(path, posted, follow=True)
        shown = re.sub(r"<[^>]+>", " ", answer.content.decode())
        return " ".join(html.unescape(shown).split())

    return look


def badge(campaign: int) -> str:
    return campaigns.get(campaign).badge


def test_a_domain_in_order_is_sent_without_a_word(shop):
    _, campaign = shop
    assert campaigns.launch(campaign, "ana@shop.test")
    assert [each.why for each in campaigns.badges_of(campaign)] == ["Send was pressed."]
    assert proving.overrides(campaign) == []


def test_without_its_key_a_campaign_is_not_sent_and_the_record_is_named(shop, names):
    ours, campaign = shop
    names.withdraw(KEY, "TXT")
    with pytest.raises(campaigns.NotCleared) as refused:
        campaigns.launch(campaign, "ana@shop.test")
    assert badge(campaign) == "draft"
    assert refused.value.word == "shop.test"
    (said,) = refused.value.objections
    assert f"Publish at {KEY}, type TXT, and nothing else: v=DKIM1" in said
    for who in ("Google (550 5.7.30)", "Yahoo (554 5.7.5)", "Outlook.com (550 5.7.515)"):
        assert who in said


def test_the_typed_domain_sends_it_and_is_kept_with_name_and_rules(shop, names):
    _, campaign = shop
    names.withdraw(KEY, "TXT")
    with pytest.raises(campaigns.NotCleared, match="“shop” is not its name"):
        campaigns.launch(campaign, "ana@shop.test", override="shop")
    assert proving.overrides(campaign) == []
    assert campaigns.launch(campaign, "ana@shop.test", override=" Shop.TEST. ")
    (kept,) = proving.overrides(campaign)
    assert (kept["by"], kept["domain"]) == ("ana@shop.test", "shop.test")
    assert {rule["rule"] for rule in kept["rules"]} >= {"google-dkim", "outlook-dkim"}
    assert "shop.test was typed" in campaigns.badges_of(campaign)[0].why
    assert not campaigns.launch(campaign, "ana@shop.test", override="shop.test")
    assert len(proving.overrides(campaign)) == 1


@pytest.mark.parametrize(
    ("name", "kind", "value", "rule"),
    [
        ("bounces.shop.test", "TXT", "v=spf1 ip4:192.0.2.1 -all", "any-spf-fail"),
        ("bounces.shop.test", "TXT", "v=spf1 ip4:192.0.2.1 ~all", "google-spf"),
        ("_dmarc.shop.test", "TXT", "no policy", "google-dmarc"),
    ],
)
def test_spf_and_dmarc_stand_in_the_way_too(shop, names, name, kind, value, rule):
    _, campaign = shop
    names.publish([(name, kind, value)])
    campaigns.launch(campaign, "ana@shop.test", override="shop.test")
    (kept,) = proving.overrides(campaign)
    assert rule in {each["rule"] for each in kept["rules"]}


def test_a_source_without_a_name_is_shown_and_does_not_stop_the_domain(shop, names):
    _, campaign = shop
    names.withdraw("9.0.0.127.in-addr.arpa", "PTR")
    assert campaigns.launch(campaign, "ana@shop.test")


def test_transactional_mail_is_not_stopped(shop, names):
    ours, _ = shop
    names.withdraw(KEY, "TXT")
    assert campaigns.launch(ours.campaign(purpose="transactional"), "ana@shop.test")


def test_when_dns_gives_no_answer_it_goes_with_a_note(shop, monkeypatch):
    _, campaign = shop
    monkeypatch.setenv("SENDOFF_RESOLVER", "127.0.0.1:9")
    monkeypatch.setenv("SENDOFF_LAUNCH_PROOF_S", "1")
    config.cache_clear()
    assert campaigns.launch(campaign, "ana@shop.test")
    assert "DNS gave no answer (127.0.0.1:9)" in campaigns.badges_of(campaign)[0].why


def test_the_page_proves_on_a_button_and_send_wants_the_domain_typed(shop, names, page):
    _, campaign = shop
    names.withdraw(KEY, "TXT")
    path = f"/campaigns/{campaign}/preflight/"
    assert "Here will be what each mailbox provider would do" in page(path)
    text = page(path, {})
    assert "Google 1 would be refused" in text
    assert f"Publish at {KEY}, type TXT" in text
    assert "550 5.7.30. Gmail refuses bulk mail for which DKIM does not pass." in text
    assert "source , read 2026-11-22; google-dkim" in text
    assert "Type shop.test" in text

    send = f"/campaigns/{campaign}/send/"
    refused = page(send, {})
    assert "It was not sent." in refused
    assert "Type shop.test to send it all the same" in refused
    assert badge(campaign) == "draft"
    page(send, {"override": "shop.test"})
    assert badge(campaign) != "draft"
    assert "ana@shop.test typed shop.test" in page(path)


def test_a_stranger_sees_no_preflight(shop, client):
    _, campaign = shop
    accounts.create_owner("cy@other.test", "correct horse battery", "Cy's")
    client.login(username="cy@other.test", password="correct horse battery")
    assert client.get(f"/campaigns/{campaign}/preflight/").status_code == 404


def test_a_preflight_counts_where_mail_goes_and_what_ends_at_dns(shop):
    ours, campaign = shop
    for n in range(3):
        ours.person(f"p{n}@nowhere.test")
    found = proving.preflight(campaign, config(), 5)
    assert {each["provider"]: each["messages"] for each in found["providers"]} == {
        "google": 1,
        "webmale.test": 1,
    }
    assert (found["messages"], found["domains"], found["no_route"]) == (5, 3, 3)
    assert found["endings"][0]["domain"] == "nowhere.test"
    assert found["not_asked"] == {"domains": 0, "messages": 0}
    assert found["complies"] is True


def test_a_preflight_names_records_too_that_nobody_refuses_for(shop, names):
    _, campaign = shop
    names.withdraw("bounces.shop.test", "MX")
    found = proving.preflight(campaign, config(), 5)
    wrong = {each["purpose"]: each for each in found["domain"]["records"]}
    assert wrong["Mail server of the return path"]["verdict"] == "missing"
    assert "bounces.shop.test" in wrong["Mail server of the return path"]["mend"]
    assert "Logo (BIMI)" not in wrong  # which may be missing


def test_the_clerk_proves_what_is_being_sent_and_says_so_when_it_breaks(shop, names):
    _, campaign = shop
    assert campaigns.launch(campaign, "ana@shop.test")
    campaigns.mark(campaign, campaigns.Badge.QUEUED, "All rows are written.")
    view = campaigns.get(campaign)
    (first,) = proving.proofs_of(view, 0)
    assert (first.spf, first.dkim, first.dmarc) == ("pass", "pass", "pass")
    assert first.told["dmarc"]["aligned"] == {"spf": "bounces.shop.test", "dkim": "shop.test"}

    prover = proving.Prover(config())
    assert prover.tick() == 0  # Send has just proved it
    forget(view.workspace_id)
    names.withdraw(KEY, "TXT")
    prover.tick()
    deadline = time.monotonic() + 20
    while not prover.tick() and time.monotonic() < deadline:
        time.sleep(0.05)
    (found,) = proving.proofs_of(view, 0)
    assert (found.spf, found.dkim, found.dmarc) == ("pass", "permerror", "pass")
    assert found.selectors == ("s1",)
    assert "There is no key at s1._domainkey.shop.test" in found.told["dkim"][0]["why"]


def forget(workspace: int) -> None:
    """As if nothing had been proved lately."""
    models.Proof.objects.filter(workspace_id=workspace).delete()
