"""A sealed secret opens with the ring it was sealed with, at its own place, and nowhere else."""

import pytest

from sendoff.lib.vault import Vault, VaultError

OLD, NEW = b"o" * 32, b"n" * 32


def test_a_secret_is_not_in_what_is_stored_and_opens_again():
    sealed = Vault([OLD]).seal(b"the private key", "domain:1")
    assert b"private" not in sealed
    assert Vault([OLD]).open(sealed, "domain:1") == b"the private key"


def test_a_new_key_in_front_leaves_old_secrets_open():
    sealed = Vault([OLD]).seal(b"secret", "domain:1")
    assert Vault([NEW, OLD]).open(sealed, "domain:1") == b"secret"


def test_a_secret_moved_to_another_place_does_not_open():
    sealed = Vault([OLD]).seal(b"secret", "domain:1")
    with pytest.raises(VaultError, match="domain:2"):
        Vault([OLD]).open(sealed, "domain:2")


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-1], lambda s: s[:5], lambda s: b"", lambda s: s + b"x"]
)
def test_a_spoilt_secret_is_refused_with_its_place(spoil):
    sealed = Vault([OLD]).seal(b"secret", "domain:1")
    with pytest.raises(VaultError, match="domain:1"):
        Vault([OLD]).open(spoil(sealed), "domain:1")


def test_a_ring_without_a_proper_key_is_refused():
    for ring in ([], [b"short"]):
        with pytest.raises(VaultError, match="SENDOFF_KEYS"):
            Vault(ring)


def test_a_secret_is_sealed_anew_only_where_an_older_key_sealed_it():
    sealed = Vault([OLD]).seal(b"secret", "domain:1")
    anew = Vault([NEW, OLD]).renew(sealed, "domain:1")
    assert anew is not None
    assert Vault([NEW]).open(anew, "domain:1") == b"secret"
    assert Vault([NEW, OLD]).renew(anew, "domain:1") is None
