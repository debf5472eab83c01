"""What is signed is taken by the reference library, and nothing else is."""

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from sendoff.lib import clock
from sendoff.webhooks import signing

BODY = b'{"type":"webhook.test"}'


def signed(secrets, at_s=None, body=BODY):
    return signing.fields("evt_1", at_s or clock.now_ms() // 1000, body, secrets)


def test_the_example_of_the_specification_is_signed_as_it_says():
    fields = signing.fields(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert fields["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_reference_library_takes_it_and_notices_every_change():
    secret = signing.new_secret()
    assert Webhook(secret).verify(BODY, signed([secret])) == {"type": "webhook.test"}
    for forged in (
        {**signed([secret]), "webhook-id": "evt_2"},
        {**signed([secret]), "webhook-timestamp": str(clock.now_ms() // 1000 - 5)},
        signed([signing.new_secret()]),
        signed([secret], at_s=clock.now_ms() // 1000 - 600),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY, forged)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(b'{"type":"forged"}', signed([secret]))


def test_while_a_secret_is_changed_both_are_good():
    new, old = signing.new_secret(), signing.new_secret()
    for secret in (new, old):
        assert Webhook(secret).verify(BODY, signed([new, old]))
