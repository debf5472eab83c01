"""Be a part of an installation on a machine whose clock is changed: `jumping FILE sendoff …`.

The file holds by how many seconds the clock is ahead. It moves the wall's clock alone, as whoever
sets a clock does.
"""

import runpy
import sys
import time
from pathlib import Path

_file = Path(sys.argv[1])
_true_ns = time.time_ns


def _ns() -> int:
    return _true_ns() + int(float(_file.read_text() or 0) * 1_000_000_000)


def main() -> None:
    """Change the clock of this process, then be what the further words say."""
    time.time_ns = _ns
    time.time = lambda: _ns() / 1_000_000_000  # noqa: TID251 - it is what is held here
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
