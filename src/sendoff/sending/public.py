"""The door of sending: the two processes that move mail, and the check of a server."""

from sendoff.lib.config import Config
from sendoff.outbox import public as outbox
from sendoff.sending import checking, clerk, worker

check_server = checking.check_server


def run_worker(config: Config) -> int:
    """Be a sending process until SIGTERM; returns the exit code."""
    outbox.use_broker(config.queue_url)
    return worker.run(config)


def run_clerk(config: Config) -> int:
    """Be this host's planning process and reaper until SIGTERM; waits while another one is."""
    outbox.use_broker(config.queue_url)
    return clerk.run(config)
