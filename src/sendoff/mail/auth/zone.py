"""A DNS written down: `{name: [{type, value}]}`, for tests and for records not yet published.

`type` may be `*`, any type that is not listed; `value` is a text, a list of texts (one TXT in
pieces), `[preference, host]`, or TIMEOUT, SERVFAIL, NXDOMAIN, NODATA. An absent name is NXDOMAIN,
an absent type NODATA. One character is one byte. It asks nobody.
"""

from collections.abc import Mapping
from typing import Any

from sendoff.lib.errors import PlainError
from sendoff.mail.auth.names import Answer, Status

MAX_ALIASES = 8  # CNAMEs followed in a row, as resolvers do
_WORDS = {
    "TIMEOUT": Status.FAILED,
    "SERVFAIL": Status.FAILED,
    "NXDOMAIN": Status.NXDOMAIN,
    "NODATA": Status.NODATA,
}


class ZoneError(PlainError, ValueError):
    """A zone is not written as it must be; the message says where."""


class Zone:
    """Answers from what is written, and from nothing else."""

    def __init__(self, written: object) -> None:
        if not isinstance(written, Mapping):
            raise ZoneError('A zone is an object: {"name": [{"type": "TXT", "value": "…"}]}.')
        self._names = {_name(name): _records(name, told) for name, told in written.items()}

    async def ask(self, name: str, kind: str) -> Answer:
        """The answer, aliases followed; an alias that leads in a circle fails."""
        for _ in range(MAX_ALIASES):
            records = self._names.get(_name(name))
            if records is None:
                return Answer(status=Status.NXDOMAIN, said="NXDOMAIN")
            found = [value for type_, value in records if type_ == kind]
            alias = [value for type_, value in records if type_ == "CNAME"]
            if found or not alias:
                return _answer(found or [value for type_, value in records if type_ == "*"], kind)
            name = str(alias[0])
        return Answer(status=Status.FAILED, said="the aliases of this name go in a circle")


def _name(name: object) -> str:
    return str(name).lower().rstrip(".")


def _records(name: object, told: object) -> list[tuple[str, Any]]:
    if not isinstance(told, list):
        raise ZoneError(f'The zone must hold a list of records for "{name}".')
    records = []
    for record in told:
        if not isinstance(record, Mapping) or "type" not in record or "value" not in record:
            raise ZoneError(f'A record of "{name}" needs a type and a value.')
        records.append((str(record["type"]).upper(), record["value"]))
    return records


def _answer(values: list[Any], kind: str) -> Answer:
    for value in values:
        if isinstance(value, str) and value in _WORDS:
            return Answer(status=_WORDS[value], said=value)
    if not values:
        return Answer(status=Status.NODATA, said="NODATA")
    if kind == "MX":
        values = sorted(values, key=_preference)
    texts = tuple(_text(value, kind) for value in values)
    return Answer(status=Status.FOUND, values=texts, said=", ".join(texts))


def _preference(value: Any) -> int:
    number = value[0] if isinstance(value, list) and value else 0
    return number if isinstance(number, int) else 0


def _text(value: Any, kind: str) -> str:
    if not isinstance(value, list):
        return str(value)
    return str(value[-1]) if kind == "MX" and value else "".join(str(piece) for piece in value)
