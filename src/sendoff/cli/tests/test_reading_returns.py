"""`sendoff read`, as a person and as a program call it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sendoff.cli import reading_returns

FIELDS = {"file", "kind", "recipients", "feedback_type", "report", "original"}
OF_RECIPIENT = {
    "recipient",
    "action",
    "status",
    "hard",
    "category",
    "reason",
    "diagnostic",
    "remote_mta",
}
BOUNCE = b"""\
From: MAILER-DAEMON@mx.home.test
Subject: failure notice

Hi. This is the qmail-send program at mx.home.test.
I'm afraid I wasn't able to deliver your message to the following addresses.

<ana@home.test>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 no such user

--- Below this line is a copy of the message.

Return-Path: <news+t0ken@shop.test>
Message-ID: <m1@shop.test>
To: ana@home.test

Hello
"""


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    reading_returns.register(app)
    app.command("other")(lambda: None)  # a lone command would need no name
    return app


@pytest.fixture
def bounce(tmp_path: Path) -> str:
    path = tmp_path / "bounce.eml"
    path.write_bytes(BOUNCE)
    return str(path)


def test_a_mail_is_answered_with_one_line(app: typer.Typer, bounce: str) -> None:
    result = CliRunner().invoke(app, ["read", bounce, "--json"])
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert set(answer) >= FIELDS
    assert (answer["file"], answer["kind"]) == (bounce, "bounce")
    ana = answer["recipients"][0]
    assert set(ana) >= OF_RECIPIENT
    assert (ana["recipient"], ana["status"], ana["hard"]) == ("ana@home.test", "5.1.1", True)
    assert (ana["category"], ana["action"]) == ("bad_mailbox", "failed")
    assert answer["original"]["message_id"] == "<m1@shop.test>"
    assert answer["original"]["message"] is None
    assert answer["original"]["campaign"] is None


def test_stdin_is_a_mail_too_and_ordinary_mail_is_none(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["read", "-", "--json"], input=b"From: ben@home.test\n\nHi\n")
    answer = json.loads(result.stdout)
    assert (answer["file"], answer["kind"], answer["recipients"]) == ("-", "none", [])


def test_every_mail_of_an_mbox_is_read(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "mails.mbox"
    path.write_bytes(b"From x\n" + BOUNCE + b"\nFrom y\nFrom: ben@home.test\n\nHi\n")
    result = CliRunner().invoke(app, ["read", "--mbox", str(path), "--json"])
    kinds = [json.loads(line)["kind"] for line in result.stdout.splitlines()]
    assert kinds == ["bounce", "none"]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(
    app: typer.Typer, bounce: str
) -> None:
    result = CliRunner().invoke(app, ["read", "absent.eml", bounce, "--json"])
    assert result.exit_code == 2
    assert "absent.eml cannot be read: No such file or directory." in result.stderr
    assert json.loads(result.stdout)["kind"] == "bounce"


def test_a_person_reads_sentences(app: typer.Typer, bounce: str) -> None:
    result = CliRunner().invoke(app, ["read", bounce])
    assert "a bounce: the mail could not reach its recipient" in result.stdout
    assert "ana@home.test: There is no such mailbox, for good (5.1.1)" in result.stdout


def test_reading_loads_no_django(bounce: str) -> None:
    script = (
        "import sys; from sendoff.cli.main import app; "
        f"app(['read', {bounce!r}, '--json'], standalone_mode=False); "
        "assert 'django' not in sys.modules"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["kind"] == "bounce"
