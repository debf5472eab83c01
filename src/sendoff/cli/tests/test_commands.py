"""The command line from nothing to a sent campaign, and what it says where it cannot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PEOPLE = "email,first_name\nana@one.test,Ana\nben@one.test,\nnot an address,Cy\n"
MAIL = (
    "<html><body><p>Hi {{ first_name }} of {{ email }}, "
    '<a href="https://shop.test/">come in</a></p></body></html>'
)


class Shell:
    """Runs sendoff in a folder of its own, as an operator would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SENDOFF_")}
        self.env = {**clean, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.env["SENDOFF_LAUNCH_PROOF_S"] = "0"  # no DNS knows these domains

    def __call__(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "sendoff", *words],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stderr
        return done

    def json(self, *words: str, code: int = 0) -> dict:
        return json.loads(self(*words, "--json", code=code).stdout)


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    shell = Shell(tmp_path_factory.mktemp("operator"))
    (shell.folder / "people.csv").write_text(PEOPLE)
    (shell.folder / "mail.html").write_text(MAIL)
    shell.made = shell.json(
        "setup", "--email", "ana@shop.test", "--domain", "shop.test", "--source-ip", "192.0.2.10"
    )
    return shell


@pytest.fixture(scope="module")
def draft(shell):
    shell("import", "people.csv", "--list", "Customers")
    words = ("--name", "Sale", "--list", "Customers", "--from", "ana@shop.test")
    made = shell.json("campaign", "create", *words, "--subject", "Hello", "--content", "mail.html")
    return str(made["id"])


def test_setup_makes_secrets_that_only_the_owner_reads(shell):
    env_file = shell.folder / ".env"
    assert env_file.read_text().startswith("SENDOFF_KEYS=")
    assert env_file.stat().st_mode & 0o077 == 0


def test_setup_prints_the_records_to_publish_and_a_link(shell):
    values = {record["purpose"]: record["value"] for record in shell.made["records"]}
    assert values["SPF of the return path"] == "v=spf1 ip4:192.0.2.10 -all"
    assert values["DKIM key"].startswith("v=DKIM1; k=rsa; p=")
    assert "/sign-in/link/" in shell.made["link"]


def test_setup_again_changes_no_key_and_gives_a_new_link(shell):
    before = (shell.folder / ".env").read_text()
    again = shell.json("setup", "--email", "ana@shop.test", "--domain", "shop.test")
    assert (shell.folder / ".env").read_text() == before
    assert again["records"] == shell.made["records"]
    assert again["link"] != shell.made["link"]


def test_a_relay_prints_no_spf_record_that_would_forbid_its_mail(tmp_path):
    made = Shell(tmp_path).json(
        "setup",
        "--email",
        "b@b.test",
        "--domain",
        "b.test",
        "--driver",
        "smtp",
        "--host",
        "r.test:587",
    )
    assert not [record for record in made["records"] if "spf1" in record["value"]]


def test_an_import_says_what_it_did(shell, draft):
    report = shell.json("import", "people.csv", "--list", "Customers")
    assert (report["rows"], report["unchanged"], report["rejected"]) == (3, 2, 1)


def test_a_dry_run_names_the_missing_fields_and_sends_nothing(shell, draft):
    answer = shell.json("campaign", "send", draft, "--dry-run")
    assert answer == {
        "id": int(draft), "launched": False, "audience": 2,
        "missing_fields": {"email": 0, "first_name": 1},
    }  # fmt: skip
    said = shell("campaign", "send", draft, "--dry-run").stderr
    assert "Of 1 no first_name is known" in said
    assert "no email" not in said
    assert shell.json("campaign", "show", draft)["badge"] == "draft"


def test_send_acts_once(shell, draft):
    assert shell.json("campaign", "send", draft)["launched"] is True
    assert shell.json("campaign", "send", draft)["launched"] is False
    shown = shell.json("campaign", "show", draft)
    assert (shown["badge"], shown["audience"], shown["waiting"]) == ("queuing", 2, 2)
    assert shown["balanced"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("campaign", "show", "99"), "There is no campaign 99."),
        (("campaign", "send", "99"), "There is no campaign 99."),
        (("import", "absent.csv", "--list", "X"), "absent.csv"),
        (("setup", "--email", "a@b.test", "--driver", "pigeon"), "choose one of direct, smtp"),
        (("setup", "--email", "a@b.test", "--driver", "smtp"), "say which relay"),
        (("trace",), "Say whom to follow"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(shell, words, said):
    done = shell(*words, code=2)
    assert said in done.stderr


def test_from_a_domain_without_a_key_is_refused_with_the_mend(shell, draft):
    words = ("--name", "Other", "--list", "Customers", "--from", "ana@elsewhere.test")
    made = shell.json("campaign", "create", *words, "--subject", "Hi", "--content", "mail.html")
    done = shell("campaign", "send", str(made["id"]), code=1)
    assert "elsewhere.test has no key to sign with" in done.stderr


def test_without_setup_a_command_says_what_to_do_first(tmp_path):
    done = Shell(tmp_path)("campaign", "show", "1", code=2)
    assert "sendoff setup" in done.stderr
