"""Read the blocks of fields that reports for programs are made of (RFC 3464 2.1, RFC 5965 3).

They are read forgivingly: servers forget the empty line between recipients, or put one too many.
"""

import re
from itertools import islice

MAX_LINES = 20_000
MAX_BLOCKS = 2_000
MAX_VALUE = 4096  # characters of one value

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_-]{1,60})[ \t]*:[ \t]*(.*)")

Block = dict[str, list[str]]


def read(text: str, *, starts: tuple[str, ...] = ()) -> list[Block]:
    """Blocks of fields, by name in small letters.

    A field of `starts` that its block already has begins a new block even without an empty line.
    """
    blocks: list[Block] = [{}]
    last: list[str] | None = None
    for line in islice(text.splitlines(), MAX_LINES):
        found = _FIELD.match(line)
        if not line.strip():
            last = None
            blocks.append({})
        elif found:
            name = found[1].lower()
            if name in starts and name in blocks[-1]:
                blocks.append({})
            last = blocks[-1].setdefault(name, [])
            last.append(found[2].strip()[:MAX_VALUE])
        elif last and len(last[-1]) < MAX_VALUE:  # folded, or a writer that did not fold it
            last[-1] = f"{last[-1]} {line.strip()}"
    return [block for block in blocks if block][:MAX_BLOCKS]


def first(block: Block, *names: str) -> str:
    """The first value of the first of the names that the block has, "" without."""
    return next((block[name][0] for name in names if block.get(name)), "")
