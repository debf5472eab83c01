"""`sendoff auth`, as a person and as a program call it; needs neither database nor network."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from sendoff.cli import authenticating
from sendoff.lib.errors import PlainError

ZONE: dict[str, Any] = {
    "shop.test": [{"type": "TXT", "value": ["v=spf1 ip4:192.0.2.1", " -all"]}],
    "_dmarc.shop.test": [{"type": "TXT", "value": "v=DMARC1; p=reject; sp=quarantine; pct=30"}],
    "slow.test": [{"type": "*", "value": "TIMEOUT"}],
}
MESSAGE = b"From: Ana <ana@news.shop.test>\nSubject: hello\n\nhi\n"


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    authenticating.register(app)
    app.command("other")(lambda: None)  # a lone command would need no name
    return app


@pytest.fixture
def zone(tmp_path: Path) -> str:
    path = tmp_path / "zone.json"
    path.write_text(json.dumps(ZONE))
    return str(path)


def asked(app: typer.Typer, *words: str, stdin: str | bytes = "") -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["auth", *words], input=stdin)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_message_is_answered_in_the_shape_that_programs_rely_on(app, zone, tmp_path):
    file = tmp_path / "a.eml"
    file.write_bytes(MESSAGE)
    arrival = ("--ip", "192.0.2.1", "--mail-from", "b-7@shop.test", "--helo", "out.shop.test")
    (answer,) = asked(app, str(file), *arrival, "--zone", zone, "--json")
    assert set(answer) == {"spf", "dkim", "dmarc", "arc"}
    assert set(answer["spf"]) >= {"result", "domain", "explanation", "lookups", "trace"}
    assert (answer["spf"]["result"], answer["spf"]["domain"]) == ("pass", "shop.test")
    assert answer["dkim"] == []
    assert answer["arc"]["result"] == "none"
    assert answer["dmarc"] == {
        "result": "pass",
        "policy": "quarantine",
        "domain": "shop.test",
        "aligned": {"spf": "shop.test", "dkim": None},
        "strict": {"spf": False, "dkim": False},
        "record": {"p": "reject", "sp": "quarantine", "np": None, "t": "n", "psd": "u", "pct": 30,
                   "adkim": "r", "aspf": "r"},
        "why": "",
    }  # fmt: skip


def test_without_an_arrival_spf_is_null_and_an_empty_file_is_a_message(app, zone):
    (answer,) = asked(app, "-", "--zone", zone, "--json")
    assert answer["spf"] is None
    assert answer["dkim"] == []
    assert answer["dmarc"]["result"] == "none"


def test_spf_and_dmarc_are_evaluated_alone(app, zone):
    spf = asked(app, "--spf", "--ip", "192.0.2.9", "--mail-from", "a@shop.test", "--helo",
                "h.test", "--zone", zone, "--json")[0]  # fmt: skip
    assert (spf["result"], spf["lookups"]) == ("fail", 0)
    assert spf["spf"]["result"] == "fail", "as in the answer about a message"
    dmarc = asked(app, "--dmarc", "--from", "Ana <ana@shop.test>", "--dkim-pass", "x.test",
                  "--dkim-pass", "shop.test", "--zone", zone, "--json")[0]  # fmt: skip
    assert (dmarc["result"], dmarc["aligned"]["dkim"]) == ("pass", "shop.test")
    two = asked(app, "--dmarc", "--from", "shop.test", "--from", "a@shop.test", "--zone", zone,
                "--json")[0]  # fmt: skip
    assert two["result"] == two["dmarc"]["result"] == "no_evaluation"


def test_a_batch_answers_each_line_in_its_place(app, zone, tmp_path):
    file = tmp_path / "a.eml"
    file.write_bytes(MESSAGE)
    cases = [
        {"ip": "192.0.2.1", "mail_from": "a@shop.test", "helo": "h.test", "zone": ZONE},
        {"ip": "192.0.2.1", "mail_from": "", "helo": "slow.test", "zone": ZONE},
        {"from": ["a@shop.test"], "spf_pass": [], "dkim_pass": ["shop.test"], "zone": ZONE},
        {"from": "shop.test", "spf_pass": "shop.test"},
        {"file": str(file), "ip": None, "mail_from": None, "helo": None, "zone": {},
         "at": "2026-01-01T00:00:00Z"},
    ]  # fmt: skip
    lines = "\n".join(json.dumps(case) for case in cases)
    answers = asked(app, "--batch", "--zone", zone, stdin=lines)
    assert [each.get("result") for each in answers] == ["pass", "temperror", "pass", "pass", None]
    assert answers[4]["dmarc"]["result"] == "none"


def test_a_line_that_is_no_case_is_answered_and_the_others_too(app):
    good = {"ip": "192.0.2.1", "mail_from": "a@shop.test", "zone": {}}
    bad = ["no json", "[]", '{"ip": "nonsense", "zone": {}}', '{"zone": {}}', "[" * 9999,
           '{"from": "a", "zone": {"a": 1}}', '{"file": "/no/such/file", "zone": {}}',
           '{"file": "-", "at": "noon", "zone": {}}', '{"ip": "::1", "zone": 7}']  # fmt: skip
    lines = "\n".join([*bad, json.dumps(good)]).encode() + b"\n\xff\xfe\n"
    result = CliRunner().invoke(app, ["auth", "--batch"], input=lines)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [set(each) for each in answers[: len(bad)]] == [{"error"}] * len(bad)
    assert (answers[-2]["result"], set(answers[-1])) == ("none", {"error"})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Name a message"),
        (["/no/such/message"], "cannot be read"),
        (["-", "--zone", "/no/such/zone"], "cannot be read"),
        (["--spf", "--mail-from", "a@shop.test"], "--ip"),
        (["-", "--at", "noon"], "no time"),
        (["--spf", "--ip", "300.1.1.1"], "no IP address"),
    ],
)
def test_a_wrong_call_is_one_sentence(app, words, told, zone):
    zone_option = [] if "--zone" in words else ["--zone", zone]
    result = CliRunner().invoke(app, ["auth", *words, *zone_option])
    assert result.exit_code in (1, 2)
    said = str(result.exception) if isinstance(result.exception, PlainError) else result.stderr
    assert told in said
    assert said.count("\n") <= 1


def test_people_read_what_passed_and_why_not(app, zone):
    words = ["-", "--ip", "192.0.2.9", "--mail-from", "b@shop.test", "--zone", zone]
    said = CliRunner().invoke(app, ["auth", *words], input=MESSAGE).stdout
    assert "SPF fail (shop.test)" in said
    assert "not signed" in said
    assert "DMARC fail, policy quarantine of shop.test" in said


def test_it_loads_no_django():
    code = (
        "import sys; sys.argv = ['sendoff', 'auth', '/dev/null', '--zone', sys.argv[1]];"
        "from sendoff.cli.main import app; app(standalone_mode=False);"
        "assert 'django' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, "/dev/stdin"], input=b"{}", check=True)
