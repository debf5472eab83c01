"""Addresses are read as RFC 5321 writes them, and each has one normal form. Asks no network."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.mail import addresses

CORPUS = Path(__file__).parents[5] / "shared/corpora/address/isemail.jsonl"


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("ana@shop.test", "ana@shop.test"),
        ("  Ana.B+x@SHOP.Test \n", "Ana.B+x@shop.test"),
        ("ana@bücher.test", "ana@xn--bcher-kva.test"),
        ("ana@BÜCHER。test", "ana@xn--bcher-kva.test"),
        ('"ana"@shop.test', "ana@shop.test"),
        ('"ana\\ b"@shop.test', '"ana b"@shop.test'),
        ('"a\\"@b"@shop.test', '"a\\"@b"@shop.test'),
        ("josé@shop.test", "josé@shop.test"),
        ("jose\u0301@shop.test", "josé@shop.test"),
    ],
)
def test_an_address_has_one_normal_form(typed: str, normal: str) -> None:
    address = addresses.normalise(typed)
    assert address.text == normal
    assert addresses.normalise(address.text) == address


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "empty"),
        ("ana", "no @"),
        ("@shop.test", "missing"),
        ("ana@", "missing"),
        ("Ana <ana@shop.test>", "without a name"),
        ("a..b@shop.test", "dot"),
        ("a b@shop.test", "blank"),
        ("a\x00b@shop.test", "control"),
        ("a\r\nRCPT TO:<b@c.test>@shop.test", "without"),
        ("a,b@shop.test", "“,”"),
        ("ana@-shop.test", "domain name"),
        ("ana@shop..test", "domain name"),
        ("ana@shop.test.", "domain name"),
        ("ana@[127.0.0.1]", "brackets"),
        ("ana@" + "ü" * 70 + ".test", "domain name"),
        ("a" * 65 + "@shop.test", "64"),
        ("é" * 33 + "@shop.test", "64"),
        ("ana@" + ".".join(["a" * 60] * 5), "254"),
    ],
)
def test_what_is_no_address_is_told_in_one_sentence(typed: str, word: str) -> None:
    with pytest.raises(addresses.AddressError, match=r"^[^\r\n\x00]*\.$") as problem:
        addresses.normalise(typed)
    assert word in str(problem.value)


def test_a_local_part_outside_ascii_says_that_it_needs_smtputf8() -> None:
    assert addresses.normalise("josé@shop.test").needs_smtputf8
    assert not addresses.normalise("jose@bücher.test").needs_smtputf8


@given(st.text(max_size=40))
def test_no_text_makes_it_crash_or_lets_a_line_break_through(text: str) -> None:
    try:
        address = addresses.normalise(text)
    except addresses.AddressError:
        return
    assert not set("\r\n\x00") & set(address.text)
    assert addresses.normalise(address.text) == address


def test_the_verdicts_of_isemail_are_ours() -> None:
    if not CORPUS.exists():
        pytest.skip(f"The corpus {CORPUS.name} is not beside this repository.")
    rows = [json.loads(line) for line in CORPUS.read_text().splitlines()]
    edges = [row for row in rows if row["address"] != row["address"].strip()]
    wrong = [row["address"] for row in rows if row["rfc5321_ok"] != _read(row["address"])]
    literals = [row["address"] for row in rows if "@[" in row["address"] and row["rfc5321_ok"]]
    strays = set(wrong) - set(literals) - {row["address"] for row in edges}
    assert strays == set(), "only blanks around it and an IP address in brackets may differ"
    assert len(rows) - len(literals) - len(edges) > 100


def test_whether_mail_can_arrive_is_what_isemail_says_but_for_a_domain_without_a_dot() -> None:
    if not CORPUS.exists():
        pytest.skip(f"The corpus {CORPUS.name} is not beside this repository.")
    rows = [json.loads(line) for line in CORPUS.read_text().splitlines()]
    wrong = [row for row in rows if row["mailable"] != addresses.mailable(row["address"])]
    assert [row["address"] for row in wrong] == ["test@io"]
    assert len(rows) == 164


@pytest.mark.parametrize(
    ("typed", "can"),
    [
        ("ana@shop.test", True),
        ("ana+news@bücher.test", True),
        ("josé@shop.test", True),
        (" ana@shop.test", False),
        ('"ana b"@shop.test', False),
        ('"ana"@shop.test', False),
        ("ana@localhost", False),
        ("ana@192.0.2.1", False),
        ("ana@[192.0.2.1]", False),
        ("ana", False),
    ],
)
def test_an_address_is_mailable_as_it_is_written_or_not(typed: str, can: bool) -> None:
    assert addresses.mailable(typed) is can


def _read(text: str) -> bool:
    try:
        addresses.normalise(text)
    except addresses.AddressError:
        return False
    return True
