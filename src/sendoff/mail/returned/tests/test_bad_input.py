"""Mail that is huge, broken or hostile: bounded work, no exception, and what can be read is."""

import time
import tomllib
from pathlib import Path

import pytest

from mutations import mutants
from sendoff.mail import returned
from sendoff.mail.returned import Kind, Returned

OWN = Path(__file__).with_name("own_mails.toml")
DSN = b"""\
From: MAILER-DAEMON@mx.home.test
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1

It did not work.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.home.test

Final-Recipient: rfc822; ana@home.test
Action: failed
Status: 5.1.1

--b1
Content-Type: message/rfc822

%s
--b1--
"""
SECONDS = 5.0  # of one core, on a busy machine; what takes that long is not bounded


def read_in_time(raw: bytes) -> Returned:
    began = time.process_time()
    found = returned.read(raw)
    assert time.process_time() - began < SECONDS
    return found


def is_ana(found: Returned) -> bool:
    return [each.recipient for each in found.recipients] == ["ana@home.test"]


def test_fifty_megabytes_are_read_as_far_as_needed() -> None:
    line = b"and so on, " * 9 + b"\n"
    assert is_ana(read_in_time(DSN % (b"Subject: Autumn\n\n" + line * 500_000)))


def test_five_thousand_parts_are_counted_and_left() -> None:
    parts = b"".join(b"--b2\n\npart %d\n" % n for n in range(5_000))
    inner = b"Content-Type: multipart/mixed; boundary=b2\n\n" + parts
    assert is_ana(read_in_time(DSN % inner))
    assert read_in_time(inner).kind is Kind.NONE


@pytest.mark.parametrize("head", [b"message/rfc822", b"multipart/mixed; boundary=b3"])
def test_two_hundred_levels_end_at_the_eighth(head: bytes) -> None:
    nested = b"Content-Type: " + head + b"\n\n--b3\n"
    assert is_ana(read_in_time(DSN % (nested * 200 + b"\n\nthe innermost")))
    assert read_in_time(nested * 200 + DSN).kind is Kind.NONE


@pytest.mark.parametrize(
    "charset",
    [b"x-unheard-of", b"idna", b"punycode", b"zip", b"\0", b"utf-8'", b"", b"unicode_escape"],
)
def test_an_unknown_charset_hides_nothing(charset: bytes) -> None:
    text = b'Content-Type: message/delivery-status; charset="%s"' % charset
    assert is_ana(read_in_time(DSN.replace(b"Content-Type: message/delivery-status", text)))


@pytest.mark.parametrize("ends", [b"\r\n", b"\r", b"\r\r\n", b"\n\0"])
def test_line_ends_of_any_kind_are_read(ends: bytes) -> None:
    assert is_ana(read_in_time(DSN.replace(b"\n", ends)))


def test_a_header_of_a_megabyte_is_cut() -> None:
    for long in (b"X-Long: " + b"a" * 1_000_000, b"X-Long: a\n" + b" and more\n" * 100_000):
        found = read_in_time(b"Subject: failure notice\n" + long + b"\n" + DSN)
        assert found.kind in (Kind.BOUNCE, Kind.NONE)


def test_broken_encoded_words_stay_as_they_are() -> None:
    for word in (
        b"=?utf-8?b?4pyT4?=",
        b"=?x?q?=ZZ?=",
        b"=?utf-8?B?A" + b"A" * 9_999,
        b"=?idna?q?a?=",
    ):
        assert is_ana(read_in_time(b"Subject: " + word + b"\nX-Y: " + word * 50 + b"\n" + DSN))


def test_a_hundred_thousand_recipients_are_too_many() -> None:
    people = b"".join(
        b"Final-Recipient: rfc822; p%d@home.test\nAction: failed\n\n" % n for n in range(100_000)
    )
    found = read_in_time(DSN.replace(b"Final-Recipient: rfc822; ana@home.test", people))
    assert len(found.recipients) == 100


@pytest.mark.parametrize(
    "text",
    [
        b"<" * 40_000,
        b"a@" * 20_000,
        b"a" * 99_000,
        b"a." * 40_000 + b"@",
        b"-" * 40_000,
        b"could not be delivered to " * 3_000,
        b"nicht " * 10_000,
        b"\n" * 60_000,
        b" \n" * 40_000,
        b"550 5.1.1 " * 5_000,
        b"ana@home.test\n" * 4_000,
        b"<p>" * 30_000,
        b"=?" * 30_000,
        b"Header: x\n" * 9_000,
        b"--- " * 20_000,
        "送信".encode() * 20_000,
        b"{" * 60_000 + b'"notificationType":"Bounce"',
    ],
    ids=lambda text: text[:12].decode("utf-8", "replace").strip(),
)
@pytest.mark.parametrize("kind", [b"text/plain", b"text/html", b"message/delivery-status"])
def test_no_text_takes_long(text: bytes, kind: bytes) -> None:
    head = b"From: MAILER-DAEMON@x.test\nSubject: failure notice\nContent-Type: " + kind
    read_in_time(head + b"; charset=utf-8\n\nThis could not be delivered:\n\n" + text)


def test_of_two_thousand_damaged_mails_none_raises() -> None:
    own = tomllib.loads(OWN.read_text("utf-8"))["mail"]
    sound = [(each.get("mail") or f"{each['head']}\n\n{each['says']}").encode() for each in own]
    kinds = {returned.read(mail).kind for mail in mutants([*sound, DSN], 2_000)}
    assert {Kind.BOUNCE, Kind.NONE, Kind.AUTOREPLY} <= kinds
