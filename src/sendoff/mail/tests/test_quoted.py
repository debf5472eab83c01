"""Quoted-printable comes back unchanged, and DKIM and SMTP find nothing to change in it."""

import quopri
import re

from dkim.canonicalization import Relaxed
from hypothesis import example, given
from hypothesis import strategies as st

from sendoff.mail import quoted

TEXTS = st.text(st.sampled_from("ab .=\t\r\n<é\u2028😀\x00-_"), max_size=400) | st.text(
    max_size=200
)


def _as_read(encoded: bytes) -> str:
    return quopri.decodestring(encoded.replace(b"\r\n", b"\n")).decode()


def _lines_of(text: str) -> str:
    return re.sub("\r\n|\r", "\n", text)


@given(TEXTS, st.integers(0, 75))
@example("a" * 75 + ".", 0)
@example("a" * 76 + "\n.", 0)
@example("  . \n .", 74)
def test_any_text_comes_back_and_is_canonical(text: str, column: int) -> None:
    encoded = quoted.encode(text, column)
    wire = b"x" * column + encoded + b"x\r\n"
    assert _as_read(encoded) == _lines_of(text)
    assert all(len(line) <= 77 for line in wire.split(b"\r\n"))
    assert Relaxed.canonicalize_body(wire) == wire
    assert not re.search(rb"^\.", encoded, re.MULTILINE) or column


@given(st.lists(TEXTS, max_size=4), st.booleans())
@example(["a", "", "b ", ".c"], True)
@example(["a\nb", ".c"], True)
@example(["." + "a" * 75, "  "], True)
def test_slots_one_after_another_come_back(values: list[str], at_once: bool) -> None:
    encoded = quoted.encode_values(values) if at_once else list(map(quoted.encode_value, values))
    assert len(encoded) == len(values)
    wire = b"Hello =\r\n" + b"".join(encoded) + b" you\r\n"
    assert _as_read(wire) == "Hello " + "".join(map(_lines_of, values)) + " you\n"
    assert max(map(len, wire.split(b"\r\n"))) <= 76
    assert Relaxed.canonicalize_body(wire) == wire


@given(TEXTS)
def test_the_column_after_a_text_is_known(text: str) -> None:
    encoded = quoted.encode(text, 10)
    last = (b"x" * 10 + encoded).split(b"\n")[-1]
    assert quoted.column_after(encoded, 10) == len(last)
