"""Named SQL: `queries.sql` has statements under `-- name: x` lines; code asks by name."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load(path: Path) -> dict[str, str]:
    """Read a file of named statements; a name used twice is an error at start."""
    pieces = _NAME.split(path.read_text())
    names, bodies = pieces[1::2], pieces[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{path.name}: a query name is used twice.")
    return {name: body.strip() for name, body in zip(names, bodies, strict=True)}
