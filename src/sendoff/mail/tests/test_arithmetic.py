"""Which way of OpenSSL signs faster is measured where there is a choice; it never overrules one."""

import subprocess
import sys

import pytest

from sendoff.mail import arithmetic, dkim

ZEN3 = frozenset({"adx", "avx2", "bmi2", "sha_ni"})


CHOICES = ({}, {arithmetic.NAME: arithmetic.WITHOUT_ADX})


def test_a_choice_made_by_hand_stays(monkeypatch, tmp_path):
    monkeypatch.setenv(arithmetic.NAME, ":~0x80000")
    assert arithmetic.better(tmp_path / "signing") == {}


@pytest.mark.parametrize(
    ("flags", "worth"),
    [(ZEN3, True), (ZEN3 - {"adx"}, False), (ZEN3 | {"avx512ifma"}, False), (frozenset(), False)],
)
def test_it_is_measured_only_where_there_is_a_choice(flags, worth):
    assert arithmetic.worth_measuring(flags) is worth


def test_what_is_chosen_is_an_environment_openssl_understands_and_is_remembered(
    monkeypatch, tmp_path
):
    monkeypatch.delenv(arithmetic.NAME, raising=False)
    chosen = arithmetic.better(tmp_path / "signing")
    assert chosen in CHOICES
    assert arithmetic.better(tmp_path / "signing") == chosen


def test_a_file_that_holds_something_else_is_written_anew(monkeypatch, tmp_path):
    monkeypatch.delenv(arithmetic.NAME, raising=False)
    (tmp_path / "signing").write_bytes(b"\xff no way of ours")
    assert arithmetic.better(tmp_path / "signing") in CHOICES


def test_both_ways_sign_alike(monkeypatch):
    pem, _ = dkim.generate_rsa_key()
    key = dkim.RsaKey(dkim.load_rsa_key(pem))
    monkeypatch.setenv(arithmetic.NAME, arithmetic.WITHOUT_ADX)
    program = (
        "import sys; from sendoff.mail import dkim;"
        " key = dkim.RsaKey(dkim.load_rsa_key(sys.stdin.buffer.read()));"
        " sys.stdout.buffer.write(key.sign(b'hello'))"
    )
    done = subprocess.run([sys.executable, "-c", program], input=pem, capture_output=True)
    assert done.stdout == key.sign(b"hello")
