"""What preflight says beforehand is what the provider does: proved on real DNS and SMTP."""

import pytest

PEOPLE = ["cy@greatmail.test", "dan@greatmail.test", "eve@webmale.test", "fay@nowhere.test"]
WRONG = "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL"


@pytest.fixture
def shop(house):
    """Ana's installation with all records right, and a draft to four people."""
    house.open_names()
    house.set_up()
    house.people(PEOPLE)
    return house


def key_host(house) -> str:
    """Where the key of the only selector stands."""
    (host,) = {
        record["host"]
        for record in house.ask("senders", "records", 1, [])
        if "._domainkey." in record["host"]
    }
    return host


def break_key(house) -> None:
    house.publish([{"name": key_host(house), "type": "TXT", "value": WRONG}])


def by_provider(found) -> dict:
    return {each["provider"]: each for each in found["providers"]}


def outcome(house, campaign: int, address: str) -> tuple[str, str]:
    row = next(row for row in house.rows(campaign) if row["address"] == address)
    return row["state"], row["reason"]


def test_a_campaign_in_order_complies_and_is_accepted(shop):
    campaign = shop.draft()
    found = shop.sendoff("preflight", str(campaign))
    assert found["complies"] is True
    assert found["no_route"] == 1
    google = by_provider(found)["google"]
    assert (google["messages"], google["verdict"]) == (2, "complies")
    assert found["auth"]["spf"]["result"] == "pass"
    assert [each["result"] for each in found["auth"]["dkim"]] == ["pass"]
    assert found["auth"]["dmarc"]["result"] == "pass"
    shop.clerk()
    shop.sender()
    shop.send(campaign)
    shop.done(campaign)
    assert outcome(shop, campaign, "cy@greatmail.test")[0] == "accepted"
    assert outcome(shop, campaign, "eve@webmale.test")[0] == "accepted"
    (attempt,) = shop.sendoff("trace", "cy@greatmail.test")["attempts"]
    assert attempt["auth"]["spf"]["result"] == "pass"
    assert [(key["selector"], key["result"]) for key in attempt["auth"]["dkim"]] == [("s1", "pass")]
    assert attempt["auth"]["dmarc"]["aligned"]["dkim"] == "shop.test"
    (nowhere,) = shop.sendoff("trace", "fay@nowhere.test")["attempts"]
    assert nowhere["auth"] == {"spf": None, "dkim": None, "dmarc": None}


def test_a_wrong_key_is_refused_as_foreseen_and_sent_only_by_a_typed_override(shop):
    break_key(shop)
    campaign = shop.draft()
    found = shop.sendoff("preflight", str(campaign), codes=(1,))
    google = by_provider(found)["google"]
    assert (found["complies"], google["verdict"]) == (False, "would_refuse")
    broken = {rule["rule"]: rule for rule in google["rules"] if rule["ok"] is False}
    assert "550 5.7.30" in broken["google-dkim"]["sentence"]
    assert f"Publish at {key_host(shop)}" in broken["google-dkim"]["mend"]

    with pytest.raises(Exception, match=r"Or add: --override .shop\.test"):
        shop.send(campaign)
    with pytest.raises(Exception, match="“shop.tset” is not its name"):
        shop.sendoff("campaign", "send", str(campaign), "--override", "shop.tset")
    assert shop.badge(campaign) == "draft"

    shop.clerk()
    shop.sender()
    assert shop.sendoff("campaign", "send", str(campaign), "--override", "shop.test")["launched"]
    shop.done(campaign)
    state, reason = outcome(shop, campaign, "cy@greatmail.test")
    assert state == "refused"
    assert "5.7.30" in reason
    (kept,) = shop.ask("proving", "overrides", campaign)
    assert (kept["by"], kept["domain"]) == ("command line", "shop.test")
    assert "google-dkim" in {rule["rule"] for rule in kept["rules"]}


def test_an_address_without_a_name_is_refused_as_foreseen(shop):
    reverse = "9.0.0.127.in-addr.arpa"
    shop.publish([{"name": reverse, "type": "PTR", "value": "gone.shop.test."}])
    campaign = shop.draft()
    found = shop.sendoff("preflight", str(campaign), codes=(1,))
    google = by_provider(found)["google"]
    assert google["verdict"] == "would_refuse"
    broken = {rule["rule"]: rule for rule in google["rules"] if rule["ok"] is False}
    assert "Ask whoever gave you the address 127.0.0.9" in broken["google-fcrdns"]["mend"]
    assert by_provider(found)["webmale.test"]["verdict"] == "would_defer"
    shop.clerk()
    shop.sender()
    assert shop.send(campaign)["launched"]  # it is the source's fault: another may carry it
    shop.done(campaign)
    state, reason = outcome(shop, campaign, "cy@greatmail.test")
    assert (state, "5.7.25" in reason) == ("refused", True)


def test_a_relay_is_judged_by_dkim_alone(shop):
    shop.sendoff("server", "add", "big relay", "--driver", "smtp", "--host", "relay.test",
                 "--helo", "mail.shop.test")  # fmt: skip
    campaign = shop.draft("--through", "big relay")
    google = by_provider(shop.sendoff("preflight", str(campaign)))["google"]
    unseen = {rule["rule"]: rule["sentence"] for rule in google["rules"] if rule["ok"] is None}
    assert "its own address counts" in unseen["google-spf"]
    assert google["verdict"] == "complies"
    break_key(shop)
    found = shop.sendoff("preflight", str(campaign), codes=(1,))
    assert by_provider(found)["google"]["verdict"] == "would_refuse"


def test_dns_that_does_not_answer_is_not_called_a_refusal(shop):
    shop.env["SENDOFF_RESOLVER"] = "127.0.0.1:1"
    shop.env["SENDOFF_LAUNCH_PROOF_S"] = "1"
    campaign = shop.draft()
    found = shop.sendoff("preflight", str(campaign), "--seconds", "1", codes=(1,))
    assert found["complies"] is None
    assert {each["verdict"] for each in found["providers"]} == {"unknown"}
    assert found["not_asked"] == {"domains": 3, "messages": 4}
    assert shop.send(campaign)["launched"]
    history = shop.ask("campaigns", "badges_of", campaign)
    assert "DNS gave no answer" in history[0]["why"]
