"""`sendoff explain`, as a person and as a program call it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from house import furnish, settlement
from sendoff.cli import explaining
from sendoff.lib import rules
from sendoff.mail import replies
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.outbox import public as outbox

FIELDS = {"stage", "fault", "category", "temporary", "action", "code", "enhanced", "rule",
          "advice", "link"}  # fmt: skip


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    explaining.register(app)
    app.command("other")(lambda: None)  # a lone command would need no name
    return app


def test_one_reply_is_answered_with_one_document(app: typer.Typer) -> None:
    call = ["explain", "550 5.7.26 no", "--provider", "google", "--stage", "data", "--json"]
    result = CliRunner().invoke(app, call)
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert set(answer) >= FIELDS
    assert answer["rule"] == "google-unauthenticated"
    assert (answer["stage"], answer["fault"], answer["action"]) == ("data", "our_domain", "fix")
    assert (answer["code"], answer["enhanced"], answer["temporary"]) == (550, "5.7.26", False)


def test_lines_are_answered_line_by_line(app: typer.Typer) -> None:
    asked = [
        {"text": "421 4.7.28 x", "provider": "gmail", "stage": "mail"},
        {"text": "550 5.1.1 x", "provider": None, "stage": None},
        {"text": "451 x", "stage": "no such stage"},
        {},
    ]
    lines = "\n".join(json.dumps(each) for each in asked) + "\n"
    result = CliRunner().invoke(app, ["explain"], input=lines)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [answer["category"] for answer in answers] == [
        "rate_limited", "bad_mailbox", "remote_system", "unknown"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        b"550 5.1.1 not json",
        b"550 \xff\xfe\x00\x1b[31m",
        b"[1, 2]",
        b"[" * 50_000,
        b'{"text": 7, "provider": {}, "stage": []}',
        b'{"text": "\\ud800"}',
        b"x" * (explaining.MAX_LINE + 10),
        b'{"text": "' + b"550 user " * 8_000 + b'"}',
    ],
    ids=["text", "binary", "list", "deep", "types", "half a character", "long", "64 KB"],
)
def test_bad_lines_get_an_answer_and_the_next_line_too(app: typer.Typer, line: bytes) -> None:
    result = CliRunner().invoke(app, ["explain"], input=line + b"\n550 5.1.1 User unknown\n")
    first, second = (json.loads(answer) for answer in result.stdout.splitlines())
    assert result.exit_code == 0
    assert first["rule"]
    assert second["category"] == "bad_mailbox"


def test_a_person_reads_words_and_no_control_characters(app: typer.Typer) -> None:
    result = CliRunner().invoke(
        app, ["explain", "421 5.7.32 [bold]\x1b[31m", "--provider", "gmail"]
    )
    assert result.exit_code == 0
    for words in ("auth failure", "for now", "our domain", "The basic code decides", "[bold]"):
        assert words in result.stdout
    assert "\x1b[31m" not in result.stdout


def test_a_wrong_stage_is_named_with_the_right_ones(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["explain", "550 x", "--stage", "helo"])
    assert result.exit_code == 2
    assert '"helo" is no stage' in result.stderr
    assert "greeting" in result.stderr


def test_it_loads_no_django() -> None:
    code = (
        "import sys; from sendoff.cli import explaining;"
        "explaining.meaning('550 5.1.1 x', '', ''); sys.exit('django' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.django_db
def test_replies_that_no_rule_knows_come_by_day_with_a_draft_that_loads(
    app: typer.Typer, tmp_path: Path
) -> None:
    house = furnish()
    house.person("ana@one.test")
    campaign = house.launched()
    said = Outcome(
        kind=Kind.REFUSED,
        stage="rcpt",
        fault=Fault.RECIPIENT_SYSTEM,
        category="unknown",
        code=550,
        reply="550 zorp <ana@one.test>",
    )
    end = settlement(campaign.id, 1, said)
    end.ended_ms -= 5 * 60_000
    outbox.settle([end])
    outbox.count_unmatched()
    result = CliRunner().invoke(app, ["explain", "--unmatched", "--days", "2", "--json"])
    (answer,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert (answer["count"], answer["stage"]) == (1, "rcpt")
    assert answer["sample"] == "550 zorp <{address}>"
    completed = answer["draft"].replace("= []", '= ["550 5.1.1 User unknown"]')
    path = tmp_path / "own.toml"
    path.write_text(f'schema = "sendoff.mail.replies:ReplyRule"\n{completed}')
    assert rules.load(path, replies.ReplyRule)


@pytest.mark.django_db
def test_without_such_replies_it_says_so(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["explain", "--unmatched"])
    assert result.exit_code == 0
    assert "known to a rule" in result.output
