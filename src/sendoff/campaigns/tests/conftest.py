"""A sender, a recipient and a verifier for the tests of content. Keys made here are thrown away."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import dkim as dkimpy
import pytest

from sendoff.campaigns.composer import Composer
from sendoff.campaigns.content import Content, compile_content
from sendoff.campaigns.identity import Identity, Recipient
from sendoff.drivers.contract import Letter
from sendoff.mail import dkim

Write = Callable[..., Letter]


@pytest.fixture(scope="session")
def identity() -> Identity:
    return Identity(
        from_name="Ana's Shop",
        from_email="ana@shop.test",
        reply_to="hello@shop.test",
        sending_domain="shop.test",
        keys=(("s1", dkim.load_key(dkim.generate_rsa_key()[0])),),
        return_path_domain="bounce.shop.test",
        base_url="https://t.shop.test",
        list_id="customers.shop.test",
        list_name="Customers",
        unsubscribe_domain="shop.test",
        feedback_id=("7", "shop", "news", "sendoff"),
        token_key=b"k" * 32,
    )


@pytest.fixture(scope="session")
def compose(identity: Identity) -> Callable[..., Letter]:
    """Write one message of a content (or an HTML source) with the fields of Ben."""

    def write(content: Content | str, sender: Identity = identity, **fields: object) -> Letter:
        if isinstance(content, str):
            content = compile_content("html", content, subject="News", fields=fields)
        recipient = Recipient(
            campaign=7, seq=3, email="ben@mail.test", fields=fields, dated_ms=1_700_000_000_123
        )
        return Composer(content, sender).compose(recipient)

    return write


@pytest.fixture(scope="session")
def parse() -> Callable[[Letter], EmailMessage]:
    """The message as the standard library reads it."""

    def read(letter: Letter) -> EmailMessage:
        message = message_from_bytes(bytes(letter.data), policy=policy.default)
        assert isinstance(message, EmailMessage)
        assert message.defects == []
        return message

    return read


@pytest.fixture(scope="session")
def verifies(identity: Identity) -> Callable[[bytes], bool]:
    """Whether dkimpy, which shares no code with the signer, takes a message for genuine."""
    ((selector, key),) = identity.keys
    name, value = dkim.txt_record(selector, identity.sending_domain, key.public_key())
    records = {f"{name}.".encode(): value.encode()}

    def verify(data: bytes) -> bool:
        return bool(dkimpy.verify(data, dnsfunc=lambda name, timeout=5: records.get(name)))

    return verify
