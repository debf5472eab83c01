"""Mail that came: ledger, mailboxes, pages, commands seen, pipelining and encryption."""

import json
import smtplib
import socket
import ssl
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from recipients.ledger import Copy, Ledger
from recipients.mailboxes import Filing, Mailboxes
from recipients.tests.conftest import finish, make_key, start


def send(world: Any, content: bytes, recipient: str, sender: str = "b@shop.test") -> None:
    with smtplib.SMTP("127.77.0.1", world.smtp_port, "out.shop.test", timeout=20) as smtp:
        smtp.sendmail(sender, [recipient], content)


def test_a_mail_is_filed_with_its_verdict_on_top_of_what_came(world: Any, letter: Any) -> None:
    content = letter("filed")
    send(world, content, "Ana-Filed@gmall.test")
    files = list((world.data / "mail/gmall.test/ana-filed/new").iterdir())
    head, _, rest = files[0].read_bytes().partition(b"DKIM-Signature")
    assert b"X-Received-Verdict: spf=pass; dkim=pass; dmarc=pass" in head
    assert b"Return-Path: <b@shop.test>" in head
    assert b"DKIM-Signature" + rest == content


def test_the_mailbox_shows_the_mails_and_one_mail_in_full(world: Any, letter: Any) -> None:
    send(world, letter("page-1"), "cy.page@gmall.test")
    send(world, letter("page-2"), "cy.page@gmall.test")
    listed = world.ask("/mailboxes/cy.page@gmall.test")
    assert listed.count("Summer") == 2
    assert "SPF pass" in listed
    mail = world.ask("/mailboxes/cy.page@gmall.test/2")
    assert "DMARC: From shop.test, policy reject: pass" in mail
    assert "&lt;page-2@shop.test&gt;" in mail
    assert '<iframe sandbox="' in mail
    assert "&lt;p&gt;Line 0 of the newsletter" in mail
    assert "allow-scripts" not in mail
    facts = json.loads(world.ask("/mailboxes/cy.page@gmall.test.json"))
    assert [row["message_id"] for row in facts] == ["<page-1@shop.test>", "<page-2@shop.test>"]
    assert (facts[0]["spf"], facts[0]["dkim"], facts[0]["dmarc"]) == ("pass", "pass", "pass")


def test_a_hostile_subject_is_shown_as_text(world: Any) -> None:
    content = b"From: a@shop.test\r\nSubject: <script>alert(1)</script>\r\n\r\nHello\r\n"
    send(world, content, "ben.hostile@gmall.test")
    for path in ("", "/1"):
        assert "<script>" not in world.ask(f"/mailboxes/ben.hostile@gmall.test{path}")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/nothing", 404),
        ("/mailboxes/cy@gmall.test/99", 404),
        ("/mailboxes/..%2f..%2fx@gmall.test/1", 404),
        ("/ledger?since=x", 400),
        ("/expect/ana@nowhere.test", 404),
    ],
)
def test_a_request_that_makes_no_sense_gets_a_sentence(world: Any, path: str, code: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        world.ask(path)
    assert refused.value.code == code
    assert json.loads(refused.value.read())["error"]
    refused.value.close()


def test_a_mailbox_path_cannot_leave_its_folder(tmp_path: Path) -> None:
    boxes = Mailboxes(tmp_path / "mail")
    for recipient in ("../../ana@x.test", "ana@../..", "..@..", "/etc/x@/etc"):
        filing = Filing(at=1, recipient=recipient, sender="", verdict="", content=b"")
        assert boxes.file(filing).resolve().is_relative_to(tmp_path / "mail")


def test_what_is_refused_by_the_checks_is_neither_filed_nor_counted(
    world: Any, letter: Any
) -> None:
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(world, letter("forged", signed_by=make_key()), "ana.forged@gmall.test")
    assert refused.value.smtp_code == 550
    assert refused.value.smtp_error.startswith(b"5.7.20")
    with pytest.raises(smtplib.SMTPDataError, match=r"5\.7\.23"):
        send(world, letter("all"), "ana.forged@gmall.test", sender="b@elsewhere.test")
    with pytest.raises(smtplib.SMTPDataError, match=r"5\.7\.26"):
        send(world, letter("n", sender="a@neighbour.test"), "ana.forged@gmall.test")
    assert world.ask("/mailboxes/ana.forged@gmall.test.json").strip() == "[]"
    assert all(row["recipient"] != "ana.forged@gmall.test" for row in world.rows("/ledger"))


def test_the_ledger_finds_the_message_that_came_twice(world: Any, letter: Any) -> None:
    before = json.loads(world.ask("/ledger/summary"))
    last = max((row["n"] for row in world.rows("/ledger")), default=0)
    for number in ("once", "twice", "twice"):
        send(world, letter(number), "ben.twice@gmall.test")
    after = json.loads(world.ask("/ledger/summary"))
    assert after["accepted"] - before["accepted"] == 3
    assert after["distinct"] - before["distinct"] == 2
    twice = {"message_id": "<twice@shop.test>", "recipient": "ben.twice@gmall.test", "copies": 2}
    assert twice in after["duplicates"]
    fresh = world.rows(f"/ledger?since={last}")
    assert [row["message_id"] for row in fresh] == [
        f"<{n}@shop.test>" for n in ("once", "twice", "twice")
    ]


def test_a_ledger_is_counted_on_after_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    copy = Copy(
        at=1, message_id="<1@a>", provider="p", recipient="ana@a.test", bytes=1,
        spf="", dkim="", dmarc="", filed=True,
    )  # fmt: skip
    first = Ledger(tmp_path / "ledger.jsonl")
    first.record(copy)
    first.close()
    second = Ledger(tmp_path / "ledger.jsonl")
    second.record(copy)
    assert second.summary()["duplicates"][0]["copies"] == 2
    assert [row["n"] for row in second.since(0)] == [1, 2]
    second.close()


def test_every_command_is_seen_with_its_time(world: Any, letter: Any) -> None:
    send(world, letter("seen"), "ana.seen@gmall.test", sender="seen-1@shop.test")
    rows = world.rows("/events?command=MAIL&provider=gmall")
    found = [row for row in rows if "seen-1@shop.test" in row["command"]]
    assert len(found) == 1
    assert found[0]["peer"] == "127.0.0.1"
    assert not world.rows(f"/events?command=MAIL&since={rows[-1]['at']}")


def test_a_pipelined_group_is_answered_in_order_under_tls(world: Any, letter: Any) -> None:
    context = ssl.create_default_context(cafile=world.facts["ca_file"])
    with socket.create_connection(("127.77.0.1", world.smtp_port), 20) as plain:
        lines = plain.makefile("rb")
        reply(lines)
        plain.sendall(b"EHLO out.shop.test\r\n")
        assert b"PIPELINING" in reply(lines)
        plain.sendall(b"STARTTLS\r\n")
        reply(lines)
        with context.wrap_socket(plain, server_hostname="mx1.gmall.test") as sock:
            _drive_pipelined(sock, letter)
        lines.close()


def _drive_pipelined(sock: ssl.SSLSocket, letter: Any) -> None:
    with sock.makefile("rb") as lines:
        sock.sendall(b"EHLO out.shop.test\r\n")
        assert b"AUTH" not in reply(lines)
        group = b"MAIL FROM:<b@shop.test>\r\nRCPT TO:<%s@gmall.test>\r\nDATA\r\n"
        sock.sendall(group % b"cy.pipe")
        assert [reply(lines)[:3] for _ in range(3)] == [b"250", b"250", b"354"]
        sock.sendall(letter("pipe") + b".\r\n" + group % b"nobody-here")
        assert [reply(lines)[:3] for _ in range(4)] == [b"250", b"250", b"550", b"503"]
        sock.sendall(b"QUIT\r\n")
        assert reply(lines).startswith(b"221")


def reply(lines: Any) -> bytes:
    said = b""
    while said[-1:] != b"\n" or said.splitlines()[-1][3:4] == b"-":
        line = lines.readline()
        assert line, "the line was closed"
        said += line
    return said


def test_the_personalities_can_be_read_by_a_program(world: Any) -> None:
    names = {row["name"] for row in json.loads(world.ask("/personalities"))}
    assert {"gmall", "greypost", "lastdot"} <= names
    expect = json.loads(world.ask("/expect/nobody-7@gmall.test"))
    assert (expect["stage"], expect["category"]) == ("rcpt", "bad_mailbox")
    assert "greypost.test" in world.ask("/")


def test_records_and_ledger_outlive_a_restart(tmp_path: Path, world: Any) -> None:
    record = [{"name": "kept.test", "type": "A", "value": "127.0.0.1"}]
    for round_ in (1, 2):
        ready = tmp_path / f"ready{round_}.json"
        process = start(["run", "--data", str(tmp_path)], ready)
        other = type(world)(facts=json.loads(ready.read_text()), data=tmp_path, process=process)
        if round_ == 1:
            other.ask("/records", "PUT", record)
            pem = (tmp_path / "ca.pem").read_bytes()
        assert json.loads(other.ask("/records")) == record
        assert finish(process) == ""
    assert (tmp_path / "ca.pem").read_bytes() == pem


def test_a_rationed_line_is_closed_with_421_and_a_new_one_goes_on(world: Any, letter: Any) -> None:
    for round_ in (1, 2):
        with smtplib.SMTP("127.77.0.26", world.smtp_port, "out.shop.test", timeout=20) as smtp:
            for number in range(4):
                smtp.sendmail("b@shop.test", ["cy@ration.test"], letter(f"r{round_}.{number}"))
            assert smtp.mail("b@shop.test")[0] == 421
            with pytest.raises(smtplib.SMTPServerDisconnected):
                smtp.noop()


def test_a_provider_without_pipelining_does_not_offer_it(world: Any) -> None:
    with smtplib.SMTP("127.77.0.5", world.smtp_port, "out.shop.test", timeout=20) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("starttls")
        assert not smtp.has_extn("pipelining")


def test_the_bare_receiver_of_the_world_keeps_the_same_ledger(world: Any, letter: Any) -> None:
    with smtplib.SMTP("127.77.0.29", world.smtp_port, "out.shop.test", timeout=20) as smtp:
        smtp.sendmail("b@shop.test", ["ana.bare@ledger.test"], letter("bare"))
    rows = [row for row in world.rows("/ledger") if row["recipient"] == "ana.bare@ledger.test"]
    assert [(row["message_id"], row["filed"]) for row in rows] == [("<bare@shop.test>", False)]
    assert world.rows("/events?command=MAIL&provider=ledger")
