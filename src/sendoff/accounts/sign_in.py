"""Make and use one-time sign-in links. Never keeps a token, only its SHA-256."""

import hashlib
import secrets
from datetime import timedelta

from sendoff.accounts.models import SignInLink, User
from sendoff.lib import clock

_TOKEN_BYTES = 32


def make_link(user_id: int, minutes: int) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    until = clock.now() + timedelta(minutes=minutes)
    SignInLink.objects.create(user_id=user_id, token_sha256=_sha256(token), expires_at=until)
    return token


def use_link(token: str) -> User | None:
    # Compare-and-set: of two requests with one token only one finds the row unused. The look-up is
    # by hash, so its duration tells nothing about a token.
    now = clock.now()
    link = SignInLink.objects.filter(token_sha256=_sha256(token), user__is_active=True)
    if link.filter(used_at=None, expires_at__gt=now).update(used_at=now) != 1:
        return None
    return User.objects.get(signinlink__token_sha256=_sha256(token))


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
