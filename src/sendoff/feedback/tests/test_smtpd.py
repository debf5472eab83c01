"""The mail server: whom it takes mail for, in what amounts, and what it says to the rest."""

import smtplib
import socket
import ssl

import pytest
import trustme

from sendoff.feedback.tests.conftest import (
    DOMAIN,
    Served,
    bounce_address,
    unsubscribe_address,
)

MAIL = b"Subject: Returned mail\r\n\r\nThere is no such mailbox.\r\n"


def talk(port: int, *lines: bytes) -> list[bytes]:
    """Say lines one by one, in raw bytes; the last line of each reply."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        replies = line.makefile("rb")
        heard = [replies.readline()]
        for said in lines:
            line.sendall(said)
            heard.append(last_line(replies))
        return heard


def test_a_bounce_from_the_null_sender_is_stored_before_it_is_answered_for(server):
    with server.client() as client:
        client.sendmail("", [bounce_address(7, 3)], MAIL)
        (mail,) = server.mails
    assert (mail.sender, mail.recipients) == ("", (bounce_address(7, 3),))
    assert (mail.content, mail.peer, mail.source) == (MAIL, "127.0.0.1", "smtp")


@pytest.fixture
def certificate():
    """Of mail.shop.test; who trusts it and what serves it."""
    authority = trustme.CA()
    trusting, serving = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(trusting)
    authority.issue_cert("mx.test", "127.0.0.1").configure_cert(serving)
    return trusting, serving


def test_a_bounce_is_taken_over_tls_by_a_certificate_that_proves_our_name(certificate):
    trusting, serving = certificate
    with Served(tls=serving) as server, server.client() as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert client.starttls(context=trusting)[0] == 220
        client.sendmail("", [bounce_address(7, 3)], MAIL)
        assert client.sock.version() == "TLSv1.3"
    assert [mail.content for mail in server.mails] == [MAIL]


def test_what_was_said_in_clear_before_starttls_is_not_heard_after_it(certificate):
    trusting, serving = certificate
    rcpt = f"RCPT TO:<{bounce_address(7, 3)}>\r\n".encode()
    place = "127.0.0.1"
    with Served(tls=serving) as server, socket.create_connection((place, server.port), 10) as line:
        with line.makefile("rb") as heard:
            last_line(heard)
            line.sendall(b"EHLO mx.test\r\n")
            last_line(heard)
            line.sendall(b"STARTTLS\r\nMAIL FROM:<>\r\n")  # the second line is an attacker's
            assert last_line(heard).startswith(b"220")
        safe = trusting.wrap_socket(line, server_hostname=place)
        with safe, safe.makefile("rb") as heard:
            safe.sendall(b"EHLO mx.test\r\n")
            last_line(heard)
            safe.sendall(rcpt)
            assert last_line(heard).startswith(b"503")  # nobody gave it a sender
            safe.sendall(b"QUIT\r\n")
            last_line(heard)
    assert server.mails == []


def last_line(heard) -> bytes:
    """Of the next reply."""
    line = heard.readline()
    while line[3:4] == b"-":
        line = heard.readline()
    return line


def test_without_a_certificate_no_encryption_is_offered(server):
    with server.client() as client:
        client.ehlo()
        assert not client.has_extn("starttls")


def test_options_of_mail_from_do_not_hide_the_null_sender(server):
    rcpt = f"RCPT TO:<{bounce_address(7, 3).upper()}>\r\n".encode()
    heard = talk(server.port, b"EHLO mx.test\r\n", b"MAIL FROM:<> SIZE=90 BODY=8BITMIME\r\n", rcpt)
    assert [reply[:3] for reply in heard[-2:]] == [b"250", b"250"]


def test_every_kind_of_our_own_addresses_takes_mail(server):
    ours = [unsubscribe_address(7, 3), f"feedback@{DOMAIN}", f"postmaster@{DOMAIN}"]
    with server.client() as client:
        client.sendmail("ana@post.test", ours, MAIL)
    assert server.mails[0].recipients == tuple(ours)


@pytest.mark.parametrize(
    ("address", "reply", "counted"),
    [
        (f"b-{'0' * 36}@{DOMAIN}", b"550 5.1.1", "forged"),
        (bounce_address(7, 3).replace("b-", "unsubscribe+"), b"550 5.1.1", "forged"),
        (f"ana@{DOMAIN}", b"550 5.1.1", "unknown"),
        ("ana@elsewhere.test", b"550 5.7.1", "relay"),
    ],
)
def test_everybody_else_is_refused_and_counted(server, address, reply, counted):
    with server.client() as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail("", [address], MAIL)
        ((code, text),) = refused.value.recipients.values()
    assert f"{code} ".encode() + text[:5] == reply
    assert server.door.counts == {counted: 1}
    assert server.mails == []


def test_a_mail_that_is_said_to_be_too_big_is_refused_at_once(server):
    with server.client() as client:
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail("", [bounce_address(7, 3)], b"x" * 200_000)
        assert refused.value.smtp_code == 552


@pytest.mark.parametrize("line", [b"x" * 70 + b"\r\n", b"x" * 72], ids=["lines", "one line"])
def test_a_mail_that_turns_out_too_big_is_read_to_its_end_and_not_kept(server, line):
    with server.client() as client:
        client.ehlo()
        client.mail("")
        client.rcpt(bounce_address(7, 3))
        client.docmd("DATA")
        client.send(line * 50_000)
        client.send(b"\r\n.\r\n")
        code, _ = client.getreply()
        assert code == 552
        assert server.door.guard.held == 0
        client.sendmail("", [bounce_address(7, 3)], MAIL)
    assert [mail.content for mail in server.mails] == [MAIL]


def test_only_a_dot_between_two_ends_of_line_ends_a_mail(server):
    rcpt = f"RCPT TO:<{bounce_address(7, 3)}>\r\n".encode()
    body = b"Subject: a\r\n\r\n..two dots\r\nsmuggled\n.\nMAIL FROM:<eve@evil.test>\r\n.\r\n"
    talk(server.port, b"EHLO mx.test\r\n", b"MAIL FROM:<>\r\n", rcpt, b"DATA\r\n", body)
    (mail,) = server.mails
    assert mail.content == (
        b"Subject: a\r\n\r\n.two dots\r\nsmuggled\n.\nMAIL FROM:<eve@evil.test>\r\n"
    )


def test_who_opens_too_many_connections_is_asked_to_come_back():
    with Served(peer_connections=2) as server:
        first, second = server.client(), server.client()
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            server.client()
        assert refused.value.smtp_code == 421
        first.quit()
        second.quit()


def test_who_brings_too_many_mails_is_asked_to_come_back():
    with Served(peer_per_minute=2) as server, server.client() as client:
        for _ in range(2):
            client.sendmail("", [bounce_address(7, 3)], MAIL)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", [bounce_address(7, 3)], MAIL)
        assert refused.value.smtp_code == 451
    assert len(server.mails) == 2


def test_mails_that_fill_the_memory_together_are_put_off():
    with Served(bytes_at_once=20_000) as server, server.client() as client:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", [bounce_address(7, 3)], b"x" * 30_000)
        assert refused.value.smtp_code == 452
        client.sendmail("", [bounce_address(7, 3)], MAIL)


def test_a_mail_that_can_not_be_stored_is_put_off_and_not_lost(server):
    server.away = True
    with server.client() as client:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", [bounce_address(7, 3)], MAIL)
        assert refused.value.smtp_code == 451
        server.away = False
        client.sendmail("", [bounce_address(7, 3)], MAIL)
    assert len(server.mails) == 1


def test_who_only_guesses_addresses_is_shown_the_door(server):
    guesses = [f"RCPT TO:<guess{n}@{DOMAIN}>\r\n".encode() for n in range(11)]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(b"EHLO mx.test\r\n" + b"MAIL FROM:<>\r\n" + b"".join(guesses))
        heard = line.makefile("rb").read().splitlines()
    assert [reply[:3] for reply in heard[-12:]] == [b"550"] * 11 + [b"421"]


def test_a_hundred_recipients_are_taken_and_no_more(server):
    with server.client() as client:
        client.ehlo()
        client.mail("")
        codes = [client.rcpt(bounce_address(7, n))[0] for n in range(101)]
    assert codes == [250] * 100 + [452]
