"""Mails in many formats and languages, written by hand, and what they are read as."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sendoff.mail import returned

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is to be read of one recipient; `status` is "" where the mail tells none."""

    recipient: str
    status: str
    category: str
    hard: bool


@dataclass(frozen=True, kw_only=True)
class OwnMail:
    """One mail and what it is."""

    name: str
    raw: bytes
    kind: str
    recipients: tuple[Expected, ...]


def mails_of(file: str) -> list[OwnMail]:
    """Every mail of a file of this folder."""
    mails = tomllib.loads((HERE / file).read_text("utf-8"))["mail"]
    return [
        OwnMail(
            name=each["name"],
            raw=_raw(each),
            kind=each.get("kind", "bounce"),
            recipients=tuple(_expected(line) for line in each["recipients"]),
        )
        for each in mails
    ]


def _raw(each: dict[str, Any]) -> bytes:
    if "mail" in each:
        return str(each["mail"]).encode()
    head = each["head"] + "\nTo: bounces@shop.test\n"
    if "content-type" not in head.lower():
        head += "Content-Type: text/plain; charset=utf-8\n"
    return f"{head}\n{each['says']}".encode()


def _expected(line: str) -> Expected:
    recipient, status, category, lasting = line.split()
    return Expected(
        recipient=recipient,
        status=status.strip("-"),
        category=category,
        hard=lasting == "hard",
    )


FILES = ("own_mails.toml", "own_mails_2.toml", "own_mails_3.toml")
MAILS = [mail for file in FILES for mail in mails_of(file)]


def name(mail: OwnMail) -> str:
    return mail.name


@pytest.mark.parametrize("mail", MAILS, ids=name)
def test_kind_and_recipients_are_read(mail: OwnMail) -> None:
    found = returned.read(mail.raw)
    assert found.kind == mail.kind
    assert [each.recipient for each in found.recipients] == [x.recipient for x in mail.recipients]


@pytest.mark.parametrize("mail", [each for each in MAILS if each.recipients], ids=name)
def test_the_cause_is_understood(mail: OwnMail) -> None:
    for found, expected in zip(returned.read(mail.raw).recipients, mail.recipients, strict=True):
        assert (found.category, found.hard) == (expected.category, expected.hard)
        assert not expected.status or found.status == expected.status
