"""A token names one message for one purpose; anything else names nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.lib.tokens import MessageRef, Tokens

HITS = Tokens(b"k" * 32, "hit")
IDS = st.integers(min_value=0, max_value=2**32 - 1)


@given(campaign=IDS, seq=IDS)
def test_a_token_of_either_form_is_read_back(campaign, seq):
    ref = MessageRef(campaign, seq)
    assert HITS.read(HITS.url(campaign, seq)) == ref
    assert HITS.read(HITS.mail(campaign, seq).upper()) == ref


@given(st.text(max_size=60))
def test_any_other_text_names_nothing(text):
    assert HITS.read(text) is None


def test_a_changed_number_or_key_or_purpose_names_nothing():
    token = HITS.mail(7, 3)
    assert HITS.read(token.replace("7", "8", 1)) is None
    assert Tokens(b"x" * 32, "hit").read(token) is None
    assert Tokens(b"k" * 32, "bounce").read(token) is None


@pytest.mark.parametrize("what", [b"https://shop.test/a", b"", "größe".encode()])
def test_a_signature_proves_what_was_signed_for_whom(what):
    signature = HITS.of(7, 3, what)
    assert HITS.proves(signature, MessageRef(7, 3), what)
    assert not HITS.proves(signature, MessageRef(7, 4), what)
    assert not HITS.proves(signature, MessageRef(7, 3), what + b"x")
    assert not HITS.proves("é" + signature, MessageRef(7, 3), what)
