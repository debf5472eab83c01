"""One thing that happened, and the body that tells it. Pure; the catalogue says what it holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sendoff.lib import clock
from sendoff.webhooks import catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event before it is told. `key` is the same whenever the same is read again;
    `workspace_id` None: it concerns all of them."""

    kind: str
    key: str
    workspace_id: int | None
    at_ms: int
    data: Mapping[str, Any]

    @property
    def event_id(self) -> str:
        """The webhook-id: what happened once has one, however often it is read or sent."""
        return "evt_" + blake2b(f"{self.kind} {self.key}".encode(), digest_size=16).hexdigest()

    def body(self) -> str:
        """What is posted."""
        told = {
            "type": self.kind,
            "timestamp": clock.iso(self.at_ms),
            "version": catalogue.every()[self.kind].version,
            "data": dict(self.data),
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def test(key: str) -> Happened:
    """What the test button sends."""
    data = {"note": "Hello from Sendoff. If you can read this, the address is right."}
    return Happened(
        kind=catalogue.TEST, key=key, workspace_id=None, at_ms=clock.now_ms(), data=data
    )
