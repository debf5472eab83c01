"""Whose message it is is read from From as RFC 5322 writes it, and never guessed."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.mail.auth import author, message


def of(*values: str) -> author.Author:
    head = "".join(f"From: {value}\r\n" for value in values)
    return author.of(message.parse(f"{head}To: b@post.test\r\n\r\nhi".encode()))


@pytest.mark.parametrize(
    "value",
    [
        "ana@shop.test",
        "Ana <ana@shop.test>",
        "<ana@shop.test>",
        '"Doe, Ana" <ana@Shop.Test>',
        "Ana Q. Doe <ana@shop.test.>",
        "ana@shop.test (Ana (at (work)) \\) done)",
        '"x @ cy.test" <ana@shop.test>',
        "(ceo@cy.test) ana@shop.test",
        '"ceo@cy.test"@shop.test',
        '"a\\"@cy.test"@shop.test',
        "=?utf-8?Q?J=C3=B6rg?= <ana@shop.test>",
        "Jörg <ana@shop.test>",
        "Ana <@relay.test,@b.test:ana@shop.test>",
        "Ana\r\n\t<ana@shop\r\n .test>",
        "ana @ shop . test",
        "ana@(x)shop.test(y)",
        "Team: ana@shop.test, Ben <ben@shop.test>;",
        "ana@shop.test, ben@SHOP.test",
        ", ana@shop.test,,",
        "Doe, Ana <ana@shop.test>",
        '"ana@shop.test" <ana@shop.test>',
        "ana@shop.test <ANA@shop.test>",
    ],
)
def test_one_domain_is_the_author(value):
    assert of(value) == author.Author(domain="shop.test")


def test_a_domain_in_letters_of_its_own_is_compared_in_a_labels():
    assert of("Ana <ana@Bücher.test>").domain == "xn--bcher-kva.test"
    assert of("ana@xn--bcher-kva.test").domain == "xn--bcher-kva.test"


@pytest.mark.parametrize(
    "values",
    [
        ["ana@shop.test", "ana@shop.test"],
        ["ana@shop.test", "cy@cy.test"],
        ["ana@shop.test, cy@cy.test"],
        ["Team: ana@shop.test;, cy@cy.test"],
        ["ana@shop.test <cy@cy.test>"],
    ],
)
def test_several_authors_are_no_author(values):
    found = of(*values)
    assert (found.several, found.domain) == (True, "")
    assert found.why.endswith(".")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "undisclosed-recipients:;",
        "Mailer-Daemon",
        "ana",
        "ana@",
        "@shop.test",
        "<>",
        "ana@.",
        "ana@[192.0.2.1]",
        "ana@shop test",
        "<cy@cy.test> ana@shop.test",
        "cy <cy@cy.test> <ana@shop.test>",
        "ana@shop.test cy@cy.test",
        "ana@shop.test; cy@cy.test",
        "ana@shop.test@cy.test",
        "ana@shop.test>",
        "Ana <ana@shop.test",
        '"ana@shop.test',
        "ana@shop.test (unfinished",
        "ana@shop.test)",
        "ana@[192.0.2.1",
        "ana@shop\x00.test",
        "ana@shop\x7f.test",
        'a"b"@shop.test',
        "A: B: ana@shop.test;;",
        "ana@shop\u3000.test",
        "ana@shop\u00a0x.test",
        "ana@\u202eshop.test",
    ],
)
def test_what_names_nobody_for_sure_names_nobody(value):
    found = of(value)
    assert (found.domain, found.several) == ("", False)
    assert found.why.endswith(".")


def test_a_message_without_from_has_no_author():
    assert author.of(message.parse(b"To: a@b.test\n\nFrom: ana@shop.test\n")).domain == ""
    assert author.of(message.parse(b"")).domain == ""


def test_a_huge_from_is_read_in_no_time():
    for value in ("a@b.test, " * 6000, "(" * 60_000, '"' * 60_001, "<" * 60_000, "a " * 30_000,
                  "(" + '"a' * 30_000, ":" * 60_000, "a@b.test" * 200_000):  # fmt: skip
        of(value)


@given(st.text(alphabet='a@.<>,;:()[]"\\ \t\r\né', max_size=40))
def test_no_text_makes_it_crash(text):
    with contextlib.suppress(author.Malformed):
        assert all("@" not in domain for domain in author.addresses(text))
