"""`sendoff domain add, list, check, records`: shapes, exit codes and clear sentences."""

import json
import os
import subprocess
import sys

import pytest

from sendoff.lib import vault
from sendoff.smtp.tests import nameserver


@pytest.fixture
def place(tmp_path):
    """An installation that sends from 203.0.113.7 and has no domain yet."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SENDOFF", "DATABASE"))}
    env |= {
        "SENDOFF_ENV_FILE": os.devnull,
        "SENDOFF_DATA": str(tmp_path),
        "SENDOFF_KEYS": vault.new_key(),
        "SENDOFF_MTA_STS_PORT": "0",
        "SENDOFF_RESOLVER": "127.0.0.1:1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    run(env, "setup", "--email", "ana@shop.test", "--password", "a long enough password")
    return env


def run(env, *words):
    return subprocess.run(
        [sys.executable, "-m", "sendoff", *words], env=env, capture_output=True, text=True
    )


async def test_a_domain_is_added_published_and_checked_from_the_command_line(place):
    made = json.loads(run(place, "domain", "add", "https://Shop.test/", "--json").stdout)
    assert made["domain"] == "shop.test"
    assert {"DKIM key", "DMARC policy"} <= {each["purpose"] for each in made["records"]}
    listed = json.loads(run(place, "domain", "list", "--json").stdout)
    assert listed == {"domain": "shop.test", "ready": None, "checked_at": None, "not_ok": []}
    zone = run(place, "domain", "records", "shop.test", "--zone-file").stdout
    assert "s1._domainkey.shop.test.\tIN\tTXT\t" in zone
    async with nameserver.serving({}) as names:
        found = await checked(place | {"SENDOFF_RESOLVER": names.address})
        shown = {record["kind"]: record for record in found["records"]}
        assert not found["ready"]
        assert shown["dkim"]["verdict"] == "missing"
        assert {"purpose", "host", "type", "expected", "found", "verdict", "sentence"} <= set(
            shown["dkim"]
        )


async def checked(env):
    import asyncio

    words = (sys.executable, "-m", "sendoff", "domain", "check", "SHOP.test.", "--json")
    process = await asyncio.create_subprocess_exec(*words, env=env, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 1
    return json.loads(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "other.test"), "sendoff domain add other.test"),
        (("add", "shop"), "no dot"),
        (("add", "two words.test"), "a blank"),
        (("records", "192.0.2.1"), "is an address"),
    ],
)
def test_what_makes_no_sense_ends_with_2_and_one_sentence(place, words, said):
    done = run(place, "domain", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
