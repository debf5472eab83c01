"""Keep account of every copy a provider took, by Message-ID. Lines are only ever added.

A line is written to the file before the 250 goes out, so that whatever happens to the sender no
copy is missing here.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One accepted copy. `at` is in epoch milliseconds; `replied`: a 250 was to follow."""

    at: int
    message_id: str
    provider: str
    recipient: str
    bytes: int
    spf: str
    dkim: str
    dmarc: str
    filed: bool
    replied: bool = True


class Ledger:
    """The append-only file and the counts over it; an existing file is counted on."""

    def __init__(self, file: Path) -> None:
        self._path = file
        self._copies: Counter[tuple[str, str]] = Counter()
        self._lines = 0
        for row in self.since(0):
            self._copies[row["message_id"], row["recipient"]] += 1
            self._lines = row["n"]
        self._out = file.open("ab", buffering=0)

    def record(self, copy: Copy) -> None:
        """Write one line; it is with the operating system when this returns."""
        self._lines += 1
        line = json.dumps({"n": self._lines, **asdict(copy)}, separators=(",", ":"))
        self._out.write(line.encode() + b"\n")
        self._copies[copy.message_id, copy.recipient] += 1

    def since(self, number: int) -> Iterator[dict[str, Any]]:
        """The lines after line `number`, oldest first."""
        if not self._path.exists():
            return
        with self._path.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):  # a torn last line was never answered with a 250
                    row: dict[str, Any] = json.loads(line)
                    if row["n"] > number:
                        yield row

    def summary(self) -> dict[str, Any]:
        """How many copies, how many different messages, and every message that came twice."""
        twice = [(key, count) for key, count in self._copies.items() if count > 1]
        return {
            "accepted": self._copies.total(),
            "distinct": len(self._copies),
            "duplicates": [
                {"message_id": message_id, "recipient": recipient, "copies": count}
                for (message_id, recipient), count in sorted(twice)
            ],
        }

    def close(self) -> None:
        """Close the file."""
        self._out.close()
