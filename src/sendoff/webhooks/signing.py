"""Sign what is told, as Standard Webhooks 1.0 says (standardwebhooks.com, 2026-11). Keeps nothing.

The signature covers id, time and body, so that none of them can be changed or sent again later.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """A fresh secret in the form that libraries take."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def fields(event_id: str, at_s: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three header fields; one signature for each secret, the newest first."""
    signed = f"{event_id}.{at_s}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
