"""Each personality, driven by a small correct sender, ends as its TOML says."""

from pathlib import Path
from typing import Any

import pytest

from recipients import personality
from recipients.tests.sender import Sender

ALL = personality.load()
SPECIAL = [(p.name, f"{s.local}-ana@{p.domains[0]}", s.expect) for p in ALL for s in p.specials]
USUAL = [(p.name, f"ana@{p.domains[0]}", p.expect) for p in ALL]

STAGES = ["dns", "connect", "greeting", "ehlo", "tls", "mail", "rcpt", "data", "accepted"]
FAULTS = ["", "recipient", "recipient_system", "our_ip", "our_content", "network"]


@pytest.fixture(scope="session")
def sender(world: Any) -> Sender:
    return Sender(dns=world.dns, smtp_port=world.smtp_port, ca_file=world.facts["ca_file"])


@pytest.mark.parametrize(("name", "address", "expect"), [*USUAL, *SPECIAL])
def test_a_message_ends_where_its_personality_says(
    sender: Sender, letter: Any, world: Any, name: str, address: str, expect: personality.Expect
) -> None:
    end = sender.deliver(address, letter(f"p.{address.partition('@')[0]}.{name}"))
    assert (end.outcome, end.stage) == (expect.outcome, expect.stage), end
    if expect.tls:
        assert end.tls == expect.tls
    copies = [row for row in world.rows("/ledger") if row["recipient"] == address]
    taken = expect.outcome == "accepted" or name == "lastdot"
    assert len(copies) == taken, "the ledger knows the copy exactly when it was taken"


def test_there_are_at_least_22_personalities_and_their_words_are_of_the_ladder() -> None:
    assert len(ALL) >= 22
    for one in [*(p.expect for p in ALL), *(s.expect for p in ALL for s in p.specials)]:
        assert one.stage in STAGES
        assert one.fault in FAULTS
        assert (one.category == "") == (one.outcome == "accepted")


def test_the_pretend_gmail_refuses_what_gmail_says_it_refuses(sender: Sender, letter: Any) -> None:
    unsigned = sender.attempt("ben@greatmail.test", letter("1", signed_by=None), "b@shop.test")
    assert (unsigned.code, unsigned.text.partition(" ")[0]) == (550, "5.7.30")
    forged = sender.attempt("ben@greatmail.test", letter("2"), "b@elsewhere.test")
    assert (forged.code, forged.text.partition(" ")[0]) == (550, "5.7.27")
    neither = letter("3", signed_by=None)
    lost = sender.attempt("ben@greatmail.test", neither, "b@elsewhere.test")
    assert (lost.code, lost.text.partition(" ")[0]) == (550, "5.7.26")


def test_a_greylisted_message_waits_and_is_accepted_later(sender: Sender, letter: Any) -> None:
    first = sender.attempt("ben@greypost.test", letter("grey"), "b@shop.test")
    assert (first.outcome, first.stage, first.code) == ("deferred", "rcpt", 451)
    assert first.text.startswith("4.7.1")
    assert sender.deliver("ben@greypost.test", letter("grey")).outcome == "accepted"


def test_a_message_cut_after_the_last_dot_is_in_the_mailbox_and_the_sender_cannot_know(
    sender: Sender, letter: Any, world: Any
) -> None:
    assert sender.attempt("ben@lastdot.test", letter("dot"), "b@shop.test").outcome == "unknown"
    rows = [row for row in world.rows("/ledger") if row["recipient"] == "ben@lastdot.test"]
    assert [(row["filed"], row["replied"]) for row in rows] == [(True, False)]
    assert "Summer" in world.ask("/mailboxes/ben@lastdot.test")


def test_a_message_lost_after_the_last_dot_is_in_no_mailbox(
    sender: Sender, letter: Any, world: Any
) -> None:
    assert sender.attempt("cy@lostdot.test", letter("lost"), "b@shop.test").outcome == "unknown"
    assert world.ask("/mailboxes/cy@lostdot.test.json").strip() == "[]"


def test_a_provider_takes_mail_only_for_its_own_domains(sender: Sender, letter: Any) -> None:
    wrong = Sender(dns=sender.dns, smtp_port=sender.smtp_port, ca_file=sender.ca_file)
    object.__setattr__(wrong, "hosts_of", lambda domain: [("mx1.gmall.test", "127.77.0.1")])
    end = wrong.attempt("cy@outlock.test", letter("relay"), "b@shop.test")
    assert (end.stage, end.code) == ("rcpt", 550)


def test_a_personality_with_a_field_nobody_knows_is_refused_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(
        '[[provider]]\nname = "odd"\nreads = ""\ndomains = ["odd.test"]\naddress = "127.77.9.9"\n'
        'colour = "red"\nexpect = {stage="rcpt", fault="", outcome="refused", category="unknown"}\n'
    )
    with pytest.raises(personality.PersonalityError, match=r"odd.*colour"):
        personality.load(file)
