"""Replies as people paste them and as other servers report them; their codes and their shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.mail import codes, diagnostics, replies, shapes


@pytest.mark.parametrize(
    ("text", "code", "enhanced", "words"),
    [
        ("550 5.1.1 User unknown", 550, "5.1.1", "User unknown"),
        ("smtp; 550 5.1.1 User unknown", 550, "5.1.1", "User unknown"),
        ("550-5.7.26 Not\n550 5.7.26 authenticated", 550, "5.7.26", "Not authenticated"),
        ("250-fine\r\n550 no", 550, "", "fine no"),
        ("host mx.test said: 450 4.2.2 full", 450, "4.2.2", "full"),
        ("Remote host said: 552 quota", 552, "", "quota"),
        ("Remote Server returned '550 5.1.8 refused'", 550, "5.1.8", "refused'"),
        ("5.2.3 Message too large", 0, "5.2.3", "Message too large"),
        ("I could not find it. (#5.4.4)", 0, "5.4.4", "I could not find it. (#5.4.4)"),
        ("no code at all", 0, "", "no code at all"),
        ("", 0, "", ""),
        ("10.5.1.1 is an address", 0, "", "10.5.1.1 is an address"),
    ],
)
def test_the_reply_is_found_in_what_was_told(
    text: str, code: int, enhanced: str, words: str
) -> None:
    reply = diagnostics.read(text).reply
    assert (reply.code, reply.enhanced, reply.text) == (code, enhanced, words)


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("host a: 550 no (in reply to RCPT TO command)", "rcpt"),
        ("550 no (in reply to end of DATA command)", "data"),
        ("SMTP error after MAIL FROM:<a@b.test>: 550 no", "mail"),
        ("SMTP error after initial connection: 554 no", "greeting"),
        ("error after EHLO mail.test: 550 no", "ehlo"),
        ("192.0.2.1 does not like recipient. Remote host said: 550 no", "rcpt"),
        ("192.0.2.1 failed after I sent the message. Remote host said: 550 no", "data"),
        ("550 5.1.1 User unknown", ""),
    ],
)
def test_the_stage_is_read_only_where_a_server_names_it(text: str, stage: str) -> None:
    assert diagnostics.read(text).stage == stage


def test_text_that_was_read_in_the_wrong_character_set_is_mended() -> None:
    spoilt = "550 boîte pleine".encode().decode("latin-1")
    assert diagnostics.read(spoilt).reply.text == "boîte pleine"


def test_half_a_character_is_shown_and_harms_nobody() -> None:
    assert diagnostics.read("550 \ud800 no").reply.text == r"\ud800 no"


@given(st.text(max_size=400))
def test_no_text_makes_it_fail(text: str) -> None:
    found = diagnostics.read(text)
    assert replies.understand(found.reply, found.stage).rule
    assert len(shapes.shape(text)) <= shapes.MAX_SHAPE


@pytest.mark.parametrize(
    ("enhanced", "says"),
    [
        ("5.1.1", "permanent; about the address; no such mailbox"),
        ("4.2.2", "temporary; about the mailbox; full"),
        ("5.7.515", "permanent; about security or policy; detail 515, which is not registered"),
        ("5.9.1", "permanent; about subject 9, which is not registered; detail 1, which is not"
         " registered"),
        ("", ""),
        ("hello", ""),
    ],
)  # fmt: skip
def test_class_subject_and_detail_are_said_in_words(enhanced: str, says: str) -> None:
    assert codes.reads(enhanced) == says


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("550 5.1.1 <ana@shop.test>: no", "550 5.1.1 <ben@post.test>: no"),
        ("421 slow down 192.0.2.1 (17)", "421 slow down 198.51.100.20 (4)"),
        ("550 see https://a.test/q?id=1", "550 see https://b.test/x/2"),
        ("451 mx1.shop.test is busy, id 7Fa81c02de", "451 mx27.post.test is busy, id 09bC11ffaa"),
        ("550  No\tsuch user", "550 no such user"),
        ("550 blocked 2001:db8::1", "550 blocked 2001:db8:1::77"),
    ],
)
def test_like_replies_have_one_shape(one: str, other: str) -> None:
    assert shapes.shape(one) == shapes.shape(other)


def test_a_shape_keeps_the_codes_and_the_words() -> None:
    shape = shapes.shape("550 5.7.515 Access denied for 192.0.2.1 by mx.shop.test, ref 88")
    assert shape == "550 5.7.515 access denied for {ip} by {host}, ref {n}"


def test_replies_that_differ_have_different_shapes() -> None:
    assert shapes.shape("550 5.1.1 no") != shapes.shape("550 5.1.2 no")
    assert shapes.shape("550 no such user") != shapes.shape("550 no such host")
