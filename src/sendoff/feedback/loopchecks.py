"""Whether what we send comes back to us: checks that are under way. It sends nothing itself."""


def answered(check: int) -> None:
    """A bounce of the check came in."""
