"""Errors for people: one clear sentence that names the place and the mend. Bugs are not these."""


class PlainError(Exception):
    """What was asked cannot be done; the message is the sentence a person reads."""
