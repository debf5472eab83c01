"""What was proved of a message is said in words, and nothing is said where nothing was proved."""

import pytest

from sendoff.insight import proved
from sendoff.outbox import public as outbox
from sendoff.proving import public as proving

MIN = 60_000
TOLD = {
    "spf": {"result": "pass", "domain": "bounces.shop.test", "why": ""},
    "dkim": [
        {
            "result": "pass",
            "domain": "shop.test",
            "selector": "s1",
            "algorithm": "rsa-sha256",
            "why": "",
        }
    ],
    "dmarc": {
        "result": "pass",
        "policy": "reject",
        "aligned": {"spf": "bounces.shop.test", "dkim": "shop.test"},
        "why": "",
    },
}


def proof(**changed: object) -> proving.Proved:
    values = {
        "domain": "shop.test",
        "selectors": ("s1",),
        "source_ip": "192.0.2.10",
        "spf": "pass",
        "dkim": "pass",
        "dmarc": "pass",
        "told": TOLD,
        "from_ms": 100 * MIN,
        "until_ms": 120 * MIN,
        **changed,
    }
    return proving.Proved(**values)


def test_every_check_is_named_with_its_ground():
    assert proved.sentence(proof()) == "Proved by DNS: SPF pass, DKIM pass, DMARC pass."
    facts = dict(proved.facts(proof()))
    assert facts["SPF"] == "pass for bounces.shop.test from 192.0.2.10"
    assert facts["DKIM"] == "pass, key s1 of shop.test"
    assert facts["DMARC"] == "pass, aligned by SPF (bounces.shop.test) and DKIM (shop.test)"
    assert facts["Found in DNS"] == "01:40:00 to 02:00:00"


def test_of_a_relay_spf_is_not_known():
    relay = proof(source_ip="", spf="unknown", told={**TOLD, "spf": None})
    assert "SPF not known" in proved.sentence(relay)
    assert dict(proved.facts(relay))["SPF"] == "not known: the address is not ours to know"


def test_nothing_is_said_where_nobody_asked():
    assert proved.sentence(None) == ""
    assert proved.facts(None) == ()
    assert proved.document(None) == {"spf": None, "dkim": None, "dmarc": None}


@pytest.mark.parametrize(
    ("known", "shares"),
    [
        ([], []),
        ([proof()], [("SPF", "100%"), ("DKIM", "100%"), ("DMARC", "100%")]),
        ([proof(), proof(dkim="permerror")], [("SPF", "100%"), ("DKIM", "not always"),
                                              ("DMARC", "100%")]),
        ([proof(spf="unknown", dkim="fail")], [("DKIM", "no"), ("DMARC", "100%")]),
    ],
)  # fmt: skip
def test_a_campaign_says_how_much_of_it_was_proved(known, shares):
    assert proved.shares(known) == shares


def attempt(stage: str, outcome: str) -> outbox.AttemptRow:
    return outbox.AttemptRow(
        n=1, started_ms=110 * MIN, ended_ms=110 * MIN, outcome=outcome, stage=stage, fault="",
        category="", code=None, enhanced="", reply="", steps=[], driver="direct", server="",
        session={"source_ip": "192.0.2.10"}, may_be_duplicate=False,
    )  # fmt: skip


def test_a_message_that_was_never_offered_proved_nothing():
    known = proved.Proofs(known=(proof(selectors=()),))
    assert known.of(attempt("connect", "deferred")) is None
    assert known.of(attempt("rcpt", "refused")) is not None
    assert known.of(attempt("accepted", "accepted")) is not None
