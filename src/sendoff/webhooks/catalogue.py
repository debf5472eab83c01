"""The catalogue of events: what Sendoff tells other programs, and is told. It sends nothing.

`events.toml` is the one place; the reference, the forms and the tests are made from it.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EMITTED, CONSUMED = "emitted", "consumed"
TEST = "webhook.test"
NULL = "null"  # which TOML has not
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "integer": (int,),
    "text": (str,),
    "truth": (bool,),
    "time": (str,),
    "books": (dict,),
}


class CatalogueError(Exception):
    """events.toml can not be used; the message names the event and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a payload. `type`: integer, text, truth, time or books, perhaps "or null"."""

    name: str
    type: str
    means: str
    sample: Any

    def takes(self, value: Any) -> bool:
        """Whether a value is of the field's type."""
        kind, _, null = self.type.partition(" or ")
        if value is None:
            return null == "null"
        if isinstance(value, bool) != (kind == "truth") or not isinstance(value, _TYPES[kind]):
            return False
        return kind != "time" or _TIME.fullmatch(str(value)) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One kind of event. `becomes` names what we tell when we are told this."""

    id: str
    direction: str
    version: int
    when: str
    fields: tuple[Field, ...]
    sample: Mapping[str, Any]
    becomes: tuple[str, ...] = ()

    def faults(self, data: Mapping[str, Any]) -> list[str]:
        """Where a payload is not what the catalogue says; empty where it is."""
        known = {field.name: field for field in self.fields}
        odd = [f"{self.id}: {name} is not in the catalogue" for name in data if name not in known]
        lacks = [f"{self.id}: {name} is missing" for name in known if name not in data]
        wrong = [
            f"{self.id}: {name} is {data[name]!r} and not {field.type}"
            for name, field in known.items()
            if name in data and not field.takes(data[name])
        ]
        return [*odd, *lacks, *wrong]


@functools.cache
def every() -> Mapping[str, Event]:
    """All events by id, in the order of the file."""
    document = tomllib.loads(Path(__file__).with_name("events.toml").read_text("utf-8"))
    fields = {name: Field(name=name, **table) for name, table in document["field"].items()}
    events = [_event(table, fields) for table in document["event"]]
    if len({event.id for event in events}) < len(events):
        raise CatalogueError("events.toml: two events have one id; rename one")
    return {event.id: event for event in events}


def emitted() -> tuple[Event, ...]:
    """What an endpoint may choose."""
    return tuple(each for each in every().values() if each.direction == EMITTED and each.id != TEST)


def _event(table: dict[str, Any], known: Mapping[str, Field]) -> Event:
    names = table.pop("fields")
    if missing := [name for name in names if name not in known]:
        raise CatalogueError(f"events.toml: {table['id']}: no [field.{missing[0]}]; add it")
    fields = tuple(known[name] for name in names)
    said = {field.name: field.sample for field in fields} | table.pop("sample", {})
    sample = {name: None if value == NULL else value for name, value in said.items()}
    if table["direction"] not in (EMITTED, CONSUMED):
        raise CatalogueError(f"events.toml: {table['id']}: direction is emitted or consumed")
    becomes = tuple(table.pop("becomes", ()))
    event = Event(fields=fields, sample=sample, becomes=becomes, **table)
    if faults := event.faults(sample):
        raise CatalogueError(f"events.toml: its sample: {faults[0]}")
    return event
