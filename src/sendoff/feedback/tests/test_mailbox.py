"""A mailbox of a real Dovecot is fetched: what was stored is deleted there, and nothing else."""

import pytest

from journeys import dovecot
from sendoff.feedback.intake import Arrived, store
from sendoff.feedback.mailbox import Box, MailboxError, box_of, fetch, recipients_of
from sendoff.feedback.models import InboundMail
from sendoff.lib.config import ConfigError

REAL = pytest.mark.skipif(bool(dovecot.why_not()), reason=dovecot.why_not())
TO = f"b-{'0' * 36}@bounces.shop.test"


def mail(subject: str, to: str = TO) -> bytes:
    return f"To: <{to}>\r\nSubject: {subject}\r\n\r\n.dot\r\n\r\nend\r\n".encode()


@pytest.fixture
def server():
    with dovecot.Dovecot() as running:
        yield running


def box(server: dovecot.Dovecot, kind: str) -> Box:
    port = server.imaps if kind == "imaps" else server.pop3s
    url = f"{kind}://ana:horse%2Fbattery%40staple@{dovecot.HOST}:{port}"
    return box_of(url, 10_000, str(server.authority.file))


@pytest.mark.parametrize("kind", ["imaps", "pop3s"])
@REAL
def test_every_mail_is_stored_once_and_gone_from_the_mailbox(db, server, kind):
    for n in range(3):
        server.put(mail(f"Bounce {n}"), str(n))
    assert fetch(box(server, kind), store) == 3
    assert sorted(bytes(row.content) for row in InboundMail.objects.all()) == [
        mail(f"Bounce {n}") for n in range(3)
    ]
    assert {(row.source, *row.recipients) for row in InboundMail.objects.all()} == {(kind[:4], TO)}
    assert server.mails() == []
    assert fetch(box(server, kind), store) == 0


@pytest.mark.parametrize("kind", ["imaps", "pop3s"])
@REAL
def test_what_could_not_be_stored_stays_and_comes_at_the_next_look(db, server, kind):
    class Full(Exception):
        pass

    def full(mails):
        raise Full

    server.put(mail("Bounce"), "1")
    with pytest.raises(Full):
        fetch(box(server, kind), full)
    assert len(server.mails()) == 1
    assert fetch(box(server, kind), store) == 1


@REAL
def test_a_mail_that_was_stored_but_not_deleted_is_not_stored_twice(db, server):
    class Cut(Exception):
        pass

    def cut(mails: list[Arrived]) -> None:
        store(mails)
        raise Cut

    server.put(mail("Bounce"), "1")
    with pytest.raises(Cut):
        fetch(box(server, "imaps"), cut)
    assert fetch(box(server, "imaps"), store) == 1
    assert InboundMail.objects.count() == 1
    assert server.mails() == []


@pytest.mark.parametrize("kind", ["imaps", "pop3s"])
@REAL
def test_a_mail_over_the_limit_stays_where_it_is_and_stops_no_other(db, server, kind):
    server.put(mail("x" * 20_000), "1")
    server.put(mail("Bounce"), "2")
    assert fetch(box(server, kind), store) == 1
    assert [len(content) > 20_000 for content in server.mails()] == [True]


@REAL
def test_a_wrong_password_or_an_unknown_certificate_is_said_without_the_password(server):
    url = f"imaps://ana:wrong%20guess@localhost:{server.imaps}"
    with pytest.raises(MailboxError) as failed:
        fetch(box_of(url, 10_000, str(server.authority.file)), store)
    assert "wrong guess" not in str(failed.value)
    with pytest.raises(MailboxError, match="certificate"):
        fetch(box_of(url, 10_000), store)


def test_a_server_that_is_not_there_is_said():
    with pytest.raises(MailboxError, match="refused"):
        fetch(box_of("imap://ana:x@127.0.0.1:1", 10_000), store)


@pytest.mark.parametrize("url", ["https://mail.test", "imaps://mail.test", "ana@mail.test", ""])
def test_a_url_that_names_no_mailbox_stops_the_start(url):
    with pytest.raises(ConfigError, match="SENDOFF_MAILBOX_URL"):
        box_of(url, 10_000)


def test_only_addresses_of_our_form_are_read_from_the_header_and_not_from_the_body():
    raw = b"X: b-" + b"1" * 36 + b"@a.test\r\nX-Original-To:\r\n " + TO.encode() + b"\r\n\r\nTo: " + b"b-" + b"2" * 36 + b"@x.test"  # fmt: skip  # noqa: E501 - one mail
    assert recipients_of(raw) == [TO]
