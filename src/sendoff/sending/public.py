"""The door of sending: the two processes that move mail, and a test of one message."""

from sendoff.lib.config import Config
from sendoff.sending import clerk, worker


def run_worker(config: Config) -> int:
    """Be a sending process until SIGTERM; returns the exit code."""
    return worker.run(config)


def run_clerk(config: Config) -> int:
    """Be the planning process until SIGTERM; waits while another one is."""
    return clerk.run(config)
