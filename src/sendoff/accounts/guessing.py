"""Slow down who guesses passwords: after some failures an address must wait. It signs nobody in."""

from datetime import timedelta

from sendoff.accounts.models import SignInFailure
from sendoff.lib import clock

FAILURES = 10
WITHIN = timedelta(minutes=10)


def may_try(email: str) -> bool:
    """Whether this address may try a password now, known or not: the answer tells nobody which."""
    since = clock.now() - WITHIN
    return SignInFailure.objects.filter(email=_key(email), at__gt=since).count() < FAILURES


def failed(email: str) -> None:
    """A password was wrong. Failures that no longer count are dropped on the way."""
    SignInFailure.objects.filter(at__lt=clock.now() - WITHIN).delete()
    SignInFailure.objects.create(email=_key(email))


def succeeded(email: str) -> None:
    """The right person is in; their slips are forgotten."""
    SignInFailure.objects.filter(email=_key(email)).delete()


def _key(email: str) -> str:
    return email.strip().lower()[:254]
