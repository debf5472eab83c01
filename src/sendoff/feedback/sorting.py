"""Read stored mails and act on them; one that can not be read stops no other."""

import structlog

PORTION = 20
TRIES = 3  # a mail that ended the process so often is not tried again

log = structlog.get_logger()


def sort_some() -> int:
    """Read the next portion; how many mails it was."""
    return 0
