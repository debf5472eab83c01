"""The stories of what comes back by mail: a bounce of a later hop, a report of spam."""

import urllib.request
from pathlib import Path

import pytest

from journeys import postfix
from journeys.installation import Installation
from sendoff.cli.bench_lab import DOMAIN, OWNER, SOURCE_IP, free_port

RELAY_IP, NEXT_IP = "127.78.0.3", "127.77.0.1"  # the relay's next hop is gmall.test


def open_mail_room(house: Installation) -> str:
    """Let the installation take mail where its return path's MX leads; address and port."""
    place = f"{SOURCE_IP}:{house.facts['smtp_port']}"
    house.env["SENDOFF_INBOUND_LISTEN"] = place
    house.start("inbound", "sendoff", "inbound")
    house.until(lambda: "mail server listens" in house.said("inbound"), 30, "the mail room is open")
    return place


@pytest.mark.server
@pytest.mark.skipif(bool(postfix.why_not()), reason=postfix.why_not())
def test_a_real_postfix_sends_back_what_the_next_server_refused_and_the_address_is_retired(
    tmp_path,
):
    with Installation(tmp_path) as house:
        house.open_names()
        port = free_port()
        authority = Path(house.facts["ca_file"]).parent
        house.publish([{"name": postfix.HOST, "type": "A", "value": RELAY_IP}])
        next_hop = f"[{NEXT_IP}]:{house.facts['smtp_port']}"
        more = f"relayhost = {next_hop}\ntransport_maps = texthash:{{folder}}/transport\n"
        relay = postfix.Postfix(RELAY_IP, port, authority, more)
        back = f"bounces.{DOMAIN} smtp:[{SOURCE_IP}]:{house.facts['smtp_port']}\n"
        (relay.folder / "transport").write_text(back)
        with relay:
            house.sendoff(
                "setup", "--email", OWNER, "--domain", DOMAIN, "--driver", "smtp",
                "--host", f"{postfix.HOST}:{port}", "--tls", "required",
            )  # fmt: skip
            open_mail_room(house)
            house.people(["nobody-1@gmall.test", "full-1@gmall.test", "cy@gmall.test"])
            campaign = house.draft()
            house.clerk()
            house.sender()
            # Its records were never published, so that Send wants the domain typed.
            house.sendoff("campaign", "send", str(campaign), "--override", DOMAIN)
            books = house.done(campaign, within_s=120)
            assert (books["accepted"], books["refused"]) == (3, 0)
            house.until(
                lambda: house.ask("feedback", "counts", campaign)["bounced"] == 3,
                90, "all three bounces came back",
            )  # fmt: skip

        # A full mailbox may be emptied, and Cy's server misses our DKIM key in DNS: our own fault.
        suppressed = house.ask("audience", "suppressions", 1)
        assert [(row["email"], row["reason"]) for row in suppressed] == [
            ("nobody-1@gmall.test", "bounce")
        ]
        assert "does not exist" in suppressed[0]["evidence"]
        after = house.books(campaign)
        assert (after["accepted"], after["refused"], after["balanced"]) == (3, 0, True)
        assert house.ask("outbox", "proof", campaign) == []
        trace = house.sendoff("trace", "nobody-1@gmall.test")
        assert trace["state"] == "accepted"
        (event,) = trace["events"]
        assert (event["type"], event["label"]) == ("bounce", "bad_mailbox")
        shown = house.sendoff("campaign", "show", str(campaign))
        assert shown["feedback"]["bounced"] == 3


def test_report_spam_in_a_mailbox_unsubscribes_and_a_mailbox_that_went_away_is_retired(tmp_path):
    with Installation(tmp_path) as house:
        house.open_names()
        house.set_up()
        open_mail_room(house)
        check = house.sendoff("inbound", "--check")
        assert (check["state"], check["to"].rpartition("@")[2]) == ("back", f"bounces.{DOMAIN}")
        assert house.sendoff("inbound", "--check", "--to", "gone-2@gmall.test")["state"] == "back"
        house.people(["cy@gmall.test", "gone-1@gmall.test", "ana@yahu.test"])
        campaign = house.draft()
        house.clerk()
        house.sender()
        house.send(campaign)
        assert house.done(campaign)["accepted"] == 3
        box = f"http://{house.facts['http']}/mailboxes/cy%40gmall.test/1/spam"
        request = urllib.request.Request(box, data=b"", method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200

        wanted = {"bounced": 1, "complained": 1, "unsubscribed": 0}
        house.until(
            lambda: house.ask("feedback", "counts", campaign) == wanted, 60, "both came back"
        )
        suppressed = {
            row["email"]: row["reason"] for row in house.ask("audience", "suppressions", 1)
        }
        assert suppressed == {"cy@gmall.test": "complaint", "gone-1@gmall.test": "bounce"}
        trace = house.sendoff("trace", "cy@gmall.test")
        assert [event["type"] for event in trace["events"]] == ["complaint"]
        again = house.draft()
        house.send(again)
        books = house.done(again)
        assert (books["accepted"], books["skipped"]) == (1, 2)


def test_a_mailbox_that_is_full_in_five_campaigns_in_a_row_is_left_alone_from_then_on(tmp_path):
    with Installation(tmp_path) as house:
        house.open_names()
        house.set_up()
        house.people(["full-1@gmall.test", "cy@gmall.test"])
        house.clerk()
        house.sender()
        for turn in range(1, 6):
            campaign = house.draft()
            house.send(campaign)
            books = house.done(campaign)
            assert (books["accepted"], books["refused"], books["skipped"]) == (1, 1, 0)
            if turn < 5:
                assert house.ask("audience", "suppressions", 1) == []
        suppressed = house.until(
            lambda: house.ask("audience", "suppressions", 1), 30, "the fifth in a row counts"
        )
        (row,) = suppressed
        assert (row["email"], row["reason"]) == ("full-1@gmall.test", "bounce")
        again = house.draft()
        house.send(again)
        books = house.done(again)
        assert (books["accepted"], books["refused"], books["skipped"]) == (1, 0, 1)


def test_a_provider_that_refuses_everything_for_a_fault_of_ours_costs_nobody_their_place(tmp_path):
    people = [f"reader-{n}@gmall.test" for n in range(60)]
    with Installation(tmp_path) as house:
        house.open_names()
        house.set_up()
        house.people(people)
        campaign = house.draft()
        house.send(campaign)
        house.withdraw_records()  # no SPF and no DKIM, but a policy: 550 5.7.26 for every one
        policy = {"name": f"_dmarc.{DOMAIN}", "type": "TXT", "value": "v=DMARC1; p=reject"}
        house.publish([policy])
        house.clerk()
        house.sender()
        refused = {"stage": "data", "fault": "our_domain", "category": "auth_failure"}
        house.until(lambda: house.books(campaign)["refused"] >= 1, 60, "the first is refused")
        rows = [row for row in house.rows(campaign) if row["state"] == "refused"]
        assert rows
        for row in rows:
            assert {name: row[name] for name in refused} == refused
            assert "5.7.26" in row["reason"]
        assert house.ask("audience", "suppressions", 1) == []
        assert house.ask("feedback", "counts", campaign)["bounced"] == 0
