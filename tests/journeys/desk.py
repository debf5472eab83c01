"""Answer questions about a running installation: one JSON call a line, through the rooms' doors.

A process of its own, because its settings are those of the installation and not of the tests.
"""

import importlib
import json
import sys
from dataclasses import asdict, is_dataclass
from typing import Any

from django.db import close_old_connections

from sendoff.cli import office


def main() -> None:
    """Answer until the caller goes away."""
    office.ready()
    for line in sys.stdin:
        try:
            answer = _answer(**json.loads(line))
        except Exception as error:  # noqa: BLE001 - the caller gets it, and asks on
            answer = {"raised": f"{type(error).__name__}: {error}"}
            close_old_connections()
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


def _answer(room: str, call: str, args: list[Any], named: dict[str, Any]) -> Any:
    door = importlib.import_module(f"sendoff.{room}.public")
    return _plain(getattr(door, call)(*(_built(door, each) for each in args), **named))


def _built(door: Any, value: Any) -> Any:
    """A value of one of the door's classes is told as {"its name": {its fields}}."""
    if isinstance(value, dict) and len(value) == 1:
        (name, fields), *_ = value.items()
        return getattr(door, name)(**fields)
    return value


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [_plain(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
