"""The door of sending: the two processes that move mail, and the check of a server."""

from collections.abc import Sequence

from sendoff.lib.config import Config
from sendoff.outbox import public as outbox
from sendoff.sending import checking, chores, clerk, single, worker

Chore = chores.Chore
check_server = checking.check_server
send_letter = single.send_letter


def run_worker(config: Config) -> int:
    """Be a sending process until SIGTERM; returns the exit code."""
    outbox.use_broker(config.queue_url)
    return worker.run(config)


def run_clerk(config: Config, more: Sequence[Chore] = ()) -> int:
    """Be this host's planning process and reaper until SIGTERM; waits while another one is.

    `more` are chores of rooms downstream, which the clerk does in their time beside its own.
    """
    outbox.use_broker(config.queue_url)
    return clerk.run(config, more)
