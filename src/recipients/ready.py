"""Tell the starter that a server is ready: one JSON line on standard output, and a file."""

import json
import sys
from pathlib import Path
from typing import Any


def announce(file: Path | None, facts: dict[str, Any]) -> None:
    """Print the facts, and write them to the file in one step (never half a file)."""
    line = json.dumps(facts)
    if file:
        half = file.with_name(f"{file.name}.part")
        half.write_text(line + "\n")
        half.replace(file)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
