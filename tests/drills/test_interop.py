"""The short form of the interop drill, with Postfix alone; the drill itself sees what is wrong."""

import pytest

from drills.interop import Drill, Result, books, kept, traced
from drills.receivers import OpenSMTPD, Postfix
from journeys import postfix
from journeys.installation import Installation

ANA = {"address": "ana@exim.test", "message_id": "<1@shop.test>", "state": "accepted"}
BEN = {"address": "ben@exim.test", "message_id": "<2@shop.test>", "state": "accepted"}
CY = {
    "address": "cy@exim.test", "message_id": "<3@shop.test>", "state": "refused", "stage": "rcpt",
    "fault": "recipient", "category": "bad_mailbox", "reason": "550 5.1.1 No such user",
}  # fmt: skip


@pytest.mark.server
@pytest.mark.skipif(bool(postfix.why_not()), reason=postfix.why_not())
def test_a_real_postfix_keeps_by_tls_what_the_books_say_it_accepted(tmp_path):
    with Installation(tmp_path) as house:
        (result,) = Drill(house, [Postfix("127.78.0.2", tmp_path)], messages=20).run()
    assert result.differences == []
    assert (result.accepted, result.dkim, result.tls) == (18, 18, {"1.3": 18})
    assert result.refused == {"rcpt bad_mailbox": 2, "mail too_big": 1}


def test_the_drill_sees_mail_that_is_lost_doubled_or_in_another_box():
    first = ("ana", b"Message-ID: <1@shop.test>\n\nHello\n")
    second = ("ben", b"Message-ID: <2@shop.test>\n\nHello\n")
    assert kept([ANA, BEN, CY], [first, second]) == []
    assert kept([ANA, BEN, CY], [first, first]) == [
        "accepted and not kept: ben <2@shop.test>",
        "kept once too often: ana <1@shop.test>",
    ]
    assert len(kept([ANA, CY], [("cy", first[1])])) == 2


@pytest.mark.parametrize(
    ("known", "wrong"),
    [(["ana"], 0), (["ana", "cy"], 1), ([], 1)],
    ids=["as it is", "somebody known was refused", "somebody unknown was accepted"],
)
def test_the_drill_sees_an_answer_that_the_receiver_can_not_have_given(known, wrong):
    result = Result(receiver="Exim", messages=2)
    accepted = {**ANA, "stage": "accepted", "fault": "", "category": "", "reason": ""}
    books(result, [accepted, CY], [], known)
    assert (result.accepted, result.refused) == (1, {"rcpt bad_mailbox": 1})
    assert len(result.differences) == wrong


def test_the_drill_sees_a_trace_that_tells_of_other_tls(tmp_path):
    spoke, lacks = Postfix("127.78.0.2", tmp_path), OpenSMTPD("127.78.0.4", tmp_path)
    good = {"version": "1.3", "verified": True, "why_not": None}
    none = {"version": None, "verified": False, "why_not": "The TLS handshake failed: alert"}
    assert traced(spoke, good) == traced(lacks, none) == []
    assert traced(spoke, none)
    assert traced(spoke, {**good, "verified": False})
    assert traced(lacks, good)
