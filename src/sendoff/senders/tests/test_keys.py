"""DKIM keys of a domain: planned, seen in real DNS, switched, retired; and never in clear."""

import base64
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from sendoff.drivers.contract import ServerConfig
from sendoff.lib import clock, vault
from sendoff.lib.config import config
from sendoff.mail import dkim
from sendoff.senders import key_changes
from sendoff.senders import public as senders
from sendoff.senders.models import SigningKey
from sendoff.smtp.tests import nameserver
from sendoff.smtp.tests.nameserver import NameServer

ANA = "ana@shop.test"


@pytest.fixture
def shop(ana) -> senders.Domain:
    return senders.add_domain(ana, "shop.test")


@pytest.fixture
def names() -> Iterator[NameServer]:
    """A name server; publish in it as you like."""
    with nameserver.serving_beside({}) as server:
        yield server


@pytest.fixture
def setting(monkeypatch) -> Iterator[Callable[..., None]]:
    """Change settings in the environment, as before a start."""

    def change(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        config.cache_clear()

    yield change
    monkeypatch.undo()
    config.cache_clear()


def publish(names: NameServer, key: senders.Key, value: str = "") -> None:
    names.zone[key.host] = nameserver.text(value or key.value)


def look(names: NameServer, domain: senders.Domain, hours: float = 0) -> dict[str, senders.Key]:
    """What stands after a look at DNS so many hours from now."""
    with time_machine.travel(clock.now() + timedelta(hours=hours)):
        return {key.selector: key for key in senders.look_for_keys(domain.id, names.address)}


def states(domain: senders.Domain) -> dict[str, str]:
    return {key.selector: key.state for key in senders.keys(domain.id)}


def test_a_new_domain_signs_with_an_rsa_key_at_once(shop):
    assert shop.selectors == ("s1",)
    ((selector, key),) = senders.signing_keys(shop.id)
    (known,) = senders.keys(shop.id)
    assert (selector, known.state, known.kind) == ("s1", "signing", "rsa")
    assert dkim.txt_value(key.public_key()) == known.value
    assert known.host == "s1._domainkey.shop.test"


def test_a_domain_may_have_both_kinds_from_the_beginning(ana):
    both = senders.add_domain(ana, "both.test", selector="mail", kinds=("rsa", "ed25519"))
    assert both.selectors == ("mail", "s1")
    kinds = [dkim.signing_key(key).algorithm for _, key in senders.signing_keys(both.id)]
    assert kinds == ["rsa-sha256", "ed25519-sha256"]


def test_a_rotation_publishes_waits_switches_and_retires(shop, names):
    new = senders.plan_key(shop.id, "rsa", ANA)
    assert (new.selector, new.state, new.planned_by) == ("s2", "planned", ANA)
    assert look(names, shop)["s2"].state == "planned"
    assert senders.domain(shop.id).selectors == ("s1",)

    publish(names, new)
    assert look(names, shop)["s2"].state == "seen"
    assert look(names, shop, 0.9)["s2"].state == "seen"
    found = look(names, shop, 1.1)
    assert (found["s2"].state, found["s1"].state) == ("signing", "retiring")
    assert senders.domain(shop.id).selectors == ("s2",)
    assert [selector for selector, _ in senders.signing_keys(shop.id)] == ["s2"]

    assert look(names, shop, 24 * 7 + 1)["s1"].state == "retiring"
    assert look(names, shop, 24 * 7 + 2)["s1"].state == "retired"
    assert bytes(SigningKey.objects.get(selector="s1").sealed_key) == b""
    assert look(names, shop, 24 * 30)["s2"].state == "signing"


def test_every_key_that_somebody_may_need_has_its_record(shop, names):
    def purposes() -> dict[str, str]:
        found = senders.records(shop.id, [])
        return {r.host.split(".")[0]: r.purpose for r in found if "_domainkey" in r.host}

    rsa = senders.plan_key(shop.id, "rsa", ANA)
    ed = senders.plan_key(shop.id, "ed25519", ANA)
    assert purposes() == {"s1": "DKIM key", "s2": "New DKIM key", "s3": "New DKIM key (Ed25519)"}
    publish(names, rsa)
    publish(names, ed)
    look(names, shop)
    look(names, shop, 2)
    assert purposes() == {"s1": "Old DKIM key", "s2": "DKIM key", "s3": "DKIM key (Ed25519)"}
    look(names, shop, 24 * 8)
    assert set(purposes()) == {"s2", "s3"}


def test_a_key_never_signs_while_dns_shows_something_else(shop, names):
    new = senders.plan_key(shop.id, "rsa", ANA)
    publish(names, new, new.value[:-60])
    for hours in (0, 2, 4):
        found = look(names, shop, hours)["s2"]
        assert found.state == "planned"
        assert "was cut off" in found.problem
    publish(names, new, senders.keys(shop.id)[0].value)
    assert "another key than the new one" in look(names, shop)["s2"].problem
    with pytest.raises(senders.SenderError, match="did not show the record of s2"):
        senders.switch_key(new.id, ANA)
    publish(names, new)
    look(names, shop)
    del names.zone[new.host]
    assert look(names, shop, 2)["s2"].state == "planned", "what vanished begins anew"


def test_dns_that_does_not_answer_changes_nothing(shop, names):
    new = senders.plan_key(shop.id, "rsa", ANA)
    publish(names, new)
    look(names, shop)
    names.zone[new.host] = {"RCODE": ["SERVFAIL"]}
    found = look(names, shop, 2)["s2"]
    assert found.state == "seen"
    assert "could not be asked for" in found.problem
    publish(names, new)
    assert look(names, shop, 3)["s2"].state == "signing"


def test_who_cannot_wait_switches_after_the_first_look(shop, names):
    new = senders.plan_key(shop.id, "rsa", ANA)
    publish(names, new)
    look(names, shop)
    switched = senders.switch_key(new.id, ANA)
    assert (switched.state, switched.switched_by) == ("signing", ANA)
    assert states(shop) == {"s2": "signing", "s1": "retiring"}


def test_planned_twice_it_is_the_same_key(shop):
    first = senders.plan_key(shop.id, "rsa", ANA)
    assert senders.plan_key(shop.id, "rsa", "ben@shop.test") == first
    assert senders.plan_key(shop.id, "ed25519", ANA).selector == "s3"


def test_a_planned_key_can_be_given_up_and_its_selector_is_gone(shop):
    new = senders.plan_key(shop.id, "rsa", ANA, selector="Spring")
    assert new.selector == "spring"
    assert senders.withdraw_key(new.id, ANA).state == "retired"
    with pytest.raises(senders.SenderError, match="has had a key with the selector spring"):
        senders.plan_key(shop.id, "rsa", ANA, selector="spring")
    with pytest.raises(senders.SenderError, match="letters, digits and hyphens"):
        senders.plan_key(shop.id, "rsa", ANA, selector="two words")
    signing = senders.keys(shop.id)[0]
    with pytest.raises(senders.SenderError, match="no key that is still to come"):
        senders.withdraw_key(signing.id, ANA)


def test_ed25519_can_be_given_up_beside_rsa_and_the_last_key_cannot(ana):
    both = senders.add_domain(ana, "both.test", kinds=("rsa", "ed25519"))
    rsa, ed = senders.keys(both.id)
    assert senders.retire_key(ed.id, ANA).state == "retiring"
    with pytest.raises(senders.SenderError, match="plan a new one"):
        senders.retire_key(rsa.id, ANA)


def test_a_new_key_is_planned_after_half_a_year_and_then_nothing_more(shop):
    with time_machine.travel(clock.now() + timedelta(days=179)):
        assert key_changes.advance({}) == []
    with time_machine.travel(clock.now() + timedelta(days=181)):
        (planned,) = key_changes.advance({})
        assert key_changes.advance({}) == []
    assert (planned.selector, planned.planned_by) == ("s2", "Sendoff")
    assert states(shop) == {"s1": "signing", "s2": "planned"}


def test_what_changed_between_question_and_answer_is_left_alone(shop, names):
    new = senders.plan_key(shop.id, "rsa", ANA)
    publish(names, new)
    (seen,) = [k for k in look(names, shop).values() if k.selector == "s2"]
    senders.switch_key(seen.id, ANA)
    late = key_changes.Look(at_ms=clock.now_ms(), right=True)
    assert key_changes.advance({seen.id: late}) == []
    assert states(shop) == {"s2": "signing", "s1": "retiring"}


def test_the_clerk_watches_without_waiting_for_dns(shop, names, setting):
    new = senders.plan_key(shop.id, "rsa", ANA)
    publish(names, new)
    setting(SENDOFF_RESOLVER=names.address, SENDOFF_DKIM_SEEN_FOR_S="0")
    watch = senders.KeyWatch(config())
    taken, deadline = 0, clock.steady_ms() + 10_000
    while states(shop)["s2"] != "signing" and clock.steady_ms() < deadline:
        taken += watch.tick()
        time.sleep(0.02)
    assert states(shop) == {"s2": "signing", "s1": "retiring"}
    assert taken == 2  # seen, and signing


def test_what_signed_at_a_moment_can_be_told_afterwards(shop, names):
    before = clock.now_ms()
    new = senders.plan_key(shop.id, "rsa", ANA)
    publish(names, new)
    look(names, shop)
    look(names, shop, 2)
    hour = 3_600_000
    assert [k.selector for k in senders.signing_at(shop.id, before + hour)] == ["s1"]
    assert [k.selector for k in senders.signing_at(shop.id, before + 3 * hour)] == ["s2"]


def test_no_private_half_is_stored_printed_or_logged_in_clear(shop, names, capsys, caplog):
    new = senders.plan_key(shop.id, "ed25519", ANA)
    publish(names, new)
    look(names, shop)
    look(names, shop, 2)
    (_, rsa), (_, ed) = senders.signing_keys(shop.id)
    secrets = [ed.private_bytes_raw(), rsa.private_numbers().p.to_bytes(128, "big")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM senders_signingkey")
        stored = b"".join(_bytes(value) for row in cursor.fetchall() for value in row)
    shown = repr((senders.keys(shop.id), senders.signing_keys(shop.id), senders.signer(shop.id)))
    said = (shown + caplog.text + "".join(capsys.readouterr())).encode()
    assert b"s2" in said
    for secret in secrets:
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)):
            assert form not in stored
            assert form not in said
    assert b"PRIVATE KEY" not in stored + said


def test_secrets_are_sealed_anew_when_the_ring_gets_a_newer_key(ana, shop, setting):
    settings = ServerConfig(
        driver="smtp", helo="mail.shop.test", host="relay.test", tls="required", password="open it"
    )
    relay = senders.add_server(ana, "relay", settings)
    assert senders.reseal() == 0
    old, new = config().keys, vault.new_key()
    before = senders.signing_keys(shop.id)[0][1].private_numbers()
    setting(SENDOFF_KEYS=f"{new},{old}")
    assert senders.reseal() == 2
    assert senders.reseal() == 0
    setting(SENDOFF_KEYS=new)
    assert senders.signing_keys(shop.id)[0][1].private_numbers() == before
    assert senders.server_config(relay.id).password == "open it"
    setting(SENDOFF_KEYS=old)
    with pytest.raises(vault.VaultError, match=r"senders\.key:\d+:shop\.test:s1"):
        senders.signing_keys(shop.id)


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
