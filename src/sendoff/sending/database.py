"""The one thread of a process that talks to the database, and a fresh connection after a lost one.

It repeats nothing: whoever asked is told of the failure and knows what bears repeating.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")


_lost = 0


def losses() -> int:
    """How often this process lost its connection."""
    return _lost


async def run(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Run in the database thread; one at a time, in order."""
    return await asyncio.get_running_loop().run_in_executor(thread, _reconnecting, work)


def _reconnecting(work: Callable[[], T]) -> T:
    try:
        return work()
    except (OperationalError, InterfaceError):
        global _lost
        if not connection.in_atomic_block and connection.connection and not connection.is_usable():
            _lost += 1
            connection.close()  # the next use opens another
        raise
