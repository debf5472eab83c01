"""`sendoff domain keys` and `rotate`, and `sendoff reseal`: for people and for programs."""

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from house import furnish
from sendoff.cli.main import app
from sendoff.lib import vault
from sendoff.lib.config import config
from sendoff.smtp.tests import nameserver
from sendoff.smtp.tests.nameserver import NameServer
from sendoff.webhooks import public as webhooks

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(monkeypatch) -> Iterator[NameServer]:
    """The name server that commands ask."""
    with nameserver.serving_beside({}) as server:
        monkeypatch.setenv("SENDOFF_RESOLVER", server.address)
        config.cache_clear()
        yield server
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture
def shop(names):
    return furnish()


def sendoff(*words: str):
    return CliRunner().invoke(app, words)


def test_keys_are_listed_with_what_comes_next(shop):
    told = json.loads(sendoff("domain", "keys", "Shop.test", "--json").stdout)
    (key,) = told["keys"]
    assert (told["domain"], key["selector"], key["kind"]) == ("shop.test", "s1", "rsa")
    assert (key["state"], key["host"]) == ("signing", "s1._domainkey.shop.test")
    assert key["value"].startswith("v=DKIM1; k=rsa; p=")
    said = sendoff("domain", "keys", "shop.test").stderr
    assert "s1 (rsa) signs. A new key is planned on " in said


def test_a_rotation_names_the_record_to_publish_and_waits(shop):
    done = sendoff("domain", "rotate", "shop.test", "--kind", "both")
    assert done.exit_code == 0
    assert "s2 (rsa) waits for its record." in done.stderr
    assert "Until then s1 goes on signing." in done.stderr
    assert "  s3._domainkey.shop.test TXT v=DKIM1; k=ed25519; p=" in done.stderr


def test_a_rotation_in_haste_fails_while_dns_does_not_show_the_record(shop):
    done = sendoff("domain", "rotate", "shop.test", "--now", "--json")
    assert done.exit_code == 1
    states = {key["selector"]: key["state"] for key in json.loads(done.stdout)["keys"]}
    assert states == {"s1": "signing", "s2": "planned"}


def test_a_rotation_in_haste_is_done_once_dns_shows_the_record(shop, names):
    planned = json.loads(sendoff("domain", "rotate", "shop.test", "--json").stdout)["keys"]
    names.zone["s2._domainkey.shop.test"] = nameserver.text(planned[1]["value"])
    done = sendoff("domain", "rotate", "shop.test", "--now")
    assert done.exit_code == 0
    assert "s2 (rsa) signs." in done.stderr
    assert "s1 (rsa) signs no more. Leave its record until " in done.stderr


def test_a_rotation_can_be_given_up(shop):
    sendoff("domain", "rotate", "shop.test", "--selector", "spring")
    done = sendoff("domain", "rotate", "shop.test", "--forget", "--json")
    states = {key["selector"]: key["state"] for key in json.loads(done.stdout)["keys"]}
    assert states == {"s1": "signing", "spring": "retired"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("keys", "other.test"), "add it: sendoff domain add other.test. There are: shop.test."),
        (("rotate", "shop.test", "--kind", "dsa"), "--kind dsa: choose rsa, ed25519 or both."),
        (("rotate", "shop.test", "--kind", "both", "--selector", "x"), "a selector is of one key"),
        (("rotate", "shop.test", "--selector", "two words"), "letters, digits and hyphens"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(shop, words, sentence):
    done = sendoff("domain", *words)
    assert done.exit_code != 0
    assert sentence in done.stderr + str(done.exception)


def test_every_secret_is_sealed_anew_for_a_newer_key(shop, monkeypatch):
    made = webhooks.add(shop.workspace, "https://hook.test/in", ["campaign.done"], "ana@shop.test")
    assert json.loads(sendoff("reseal", "--json").stdout) == {"resealed": 0}
    monkeypatch.setenv("SENDOFF_KEYS", f"{vault.new_key()},{config().keys}")
    config.cache_clear()
    assert json.loads(sendoff("reseal", "--json").stdout) == {"resealed": 2}
    assert json.loads(sendoff("reseal", "--json").stdout) == {"resealed": 0}
    assert made.endpoint.id
