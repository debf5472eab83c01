"""The story of a campaign that goes out through a real Postfix, with TLS, and meets its limits."""

from pathlib import Path

import pytest

from journeys import postfix
from journeys.installation import Installation, crowd
from sendoff.cli.bench_lab import DOMAIN, OWNER, SINK_IP, free_port

RELAY_IP = "127.78.0.2"
PEOPLE = 200
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(bool(postfix.why_not()), reason=postfix.why_not()),
]


def test_a_real_postfix_takes_a_campaign_by_tls_and_what_it_refuses_is_said(tmp_path):
    with Installation(tmp_path) as house:
        house.open_names()
        house.open_sink()
        sink, port = house.facts["smtp_port"], free_port()
        blocked = f"p7@{crowd(8)[7].split('@')[1]}"
        more = (
            f"relayhost = [{SINK_IP}]:{sink}\nsmtpd_recipient_restrictions ="
            " check_recipient_access texthash:{folder}/access, permit\n"
        )
        authority = Path(house.facts["ca_file"]).parent
        house.publish([{"name": postfix.HOST, "type": "A", "value": RELAY_IP}])
        relay = postfix.Postfix(RELAY_IP, port, authority, more)
        (relay.folder / "access").write_text(f"{blocked} 550 5.1.1 No such user here\n")
        with relay:
            made = house.sendoff(
                "setup", "--email", OWNER, "--domain", DOMAIN, "--driver", "smtp",
                "--host", f"{postfix.HOST}:{port}", "--tls", "required",
            )  # fmt: skip
            house.publish_own(made["records"])
            house.people(crowd(PEOPLE))
            campaign = house.draft()
            house.clerk()
            house.sender()
            house.send(campaign)
            books = house.done(campaign, within_s=150)
            house.until(lambda: len(house.copies()) == PEOPLE - 1, 100, "the relay passed all on")

        assert (books["accepted"], books["refused"], books["unknown"]) == (PEOPLE - 1, 1, 0)
        (refused,) = house.rows(campaign, state="refused")
        assert (refused["address"], refused["stage"]) == (blocked, "rcpt")
        assert (refused["fault"], refused["category"]) == ("recipient", "bad_mailbox")
        assert set(house.copies().values()) == {1}
        trace = house.sendoff("trace", crowd(1)[0])  # one message, one line
        attempt = trace["attempts"][0]
        assert (attempt["tls"]["version"], attempt["tls"]["verified"]) == ("1.3", True)
        assert (attempt["driver"], attempt["stage"]) == ("smtp", "accepted")
        assert "queued as" in attempt["reply"]
