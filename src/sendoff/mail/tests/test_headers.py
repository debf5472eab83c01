"""Header fields carry any text and never become two fields. Read back by the standard library."""

import re
from email import message_from_bytes, policy

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from sendoff.mail import headers

NASTY = st.text(st.sampled_from('ab\r\n\x00\t é😀"\\<>@=?_,:'), max_size=300) | st.text(max_size=99)


def _read(header: headers.Header, name: str) -> str:
    return str(message_from_bytes(header.wire + b"\r\n", policy=policy.default)[name])


def _canonical(header: headers.Header) -> bytes:
    name, _, value = header.wire.partition(b":")
    return b"".join(b":".join(pair) for pair in Relaxed.canonicalize_headers([(name, value)]))


@given(NASTY)
def test_a_subject_of_any_text_is_one_field_and_comes_back(text: str) -> None:
    header = headers.unstructured("Subject", text)
    assert re.findall(rb"\r\n(?! )", header.wire) == [b"\r\n"]
    assert not set(header.wire) - set(b"\r\n") - set(range(32, 127))
    assert max(map(len, header.wire.split(b"\r\n"))) <= 998
    assert _read(header, "subject").split() == headers.one_line(text).split()
    assert _canonical(header) == header.canonical


@given(NASTY)
def test_a_name_of_any_text_never_changes_the_address(name: str) -> None:
    header = headers.field("To", headers.mailbox(name, "ana@shop.test"))
    message = message_from_bytes(header.wire + b"\r\n", policy=policy.default)
    [address] = message["to"].addresses
    assert address.addr_spec == "ana@shop.test"
    # Python 3.11 keeps blanks between the encoded words of a name, so blanks are not compared.
    assert "".join(address.display_name.split()) == "".join(headers.one_line(name).split())
    assert _canonical(header) == header.canonical


@pytest.mark.parametrize("length", [10, 100, 2000])
def test_long_words_stay_under_the_hard_limit(length: int) -> None:
    header = headers.unstructured("Subject", "x" * length)
    assert max(map(len, header.wire.split(b"\r\n"))) <= 998
    assert _read(header, "subject").replace(" ", "") == "x" * length


def test_a_long_subject_is_folded() -> None:
    header = headers.unstructured("Subject", "News from the shop " * 8)
    assert max(map(len, header.wire.split(b"\r\n"))) <= 76
    assert header.canonical == b"subject:" + b"News from the shop " * 7 + b"News from the shop\r\n"
