"""Named points where a drill may end the process, to prove that nothing is lost there.

Off unless SENDOFF_KILL_AT is set, as `after-intent:40`: SIGKILL to this process when the point
is passed for the 40th time. Used by `bin/drill kills` and its tests; costs one comparison.
"""

import os
import signal

#: Where the planning process passes: rows half written, routes asked for, parcels half packed,
#: a dead worker's journal in the books but not yet done with.
CLERK = ("plan", "dns", "pack", "reap")
#: Where a worker passes: once a connection, once a message, and around the final dot.
SESSION = ("connect", "greeting", "ehlo", "tls")
MESSAGE = ("mail", "rcpt", "data", "after-intent", "after-dot", "after-reply", "before-commit")

_wanted, _, _count = os.environ.get("SENDOFF_KILL_AT", "").partition(":")
_left = int(_count or 1)


def point(name: str) -> None:
    """Pass a named point."""
    global _left
    if name != _wanted:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
