"""The one loader of rule files: TOML entries that carry their own proof. It never decides.

A file names the class of its rules (`schema = "package.module:Class"`) and lists `[[rule]]` tables.
Each rule has a sample that must match and one that must not; a file in which one fails is refused.
"""

import dataclasses
import importlib
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Self, TypeVar


class RuleError(Exception):
    """A rule file can not be used; the message names the file, the rule and the mend."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """What every rule has. A schema adds what its rules decide and says when one matches a text."""

    id: str
    scope: str  # where it holds: "any", a provider, a stage
    decides: str  # in words, for the people who keep the file
    sample: tuple[str, ...]  # texts it must match
    not_sample: tuple[str, ...]  # near misses it must leave alone
    source: str
    checked: date

    def matches_sample(self, text: str) -> bool:
        """Whether the rule holds for a sample as written in the file."""
        raise NotImplementedError

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Self:
        """A rule from its TOML table: lists become tuples. TypeError where keys are wrong."""
        return cls(**{key: _frozen(value) for key, value in table.items()})


R = TypeVar("R", bound=Rule)
_LISTS = ("sample", "not_sample")


def load(path: Path, schema: type[R]) -> tuple[R, ...]:
    """All rules of a file, in order, each proved by its samples. RuleError names what is wrong."""
    document = _read(path)
    rules = tuple(_rule(path, table, schema) for table in document.get("rule", ()))
    if not rules:
        raise RuleError(f"{path.name}: no [[rule]] in it; add one or remove the file")
    _unique(path, rules)
    for rule in rules:
        _prove(path, rule)
    return rules


def schema_of(path: Path) -> type[Rule]:
    """The class that a rule file names for its rules."""
    named = str(_read(path).get("schema", ""))
    module, _, name = named.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        raise RuleError(f'{path.name}: schema = "{named}" names no class') from None
    if not (isinstance(found, type) and issubclass(found, Rule)):
        raise RuleError(f'{path.name}: schema = "{named}" is no class of rules')
    return found


def files(root: Path) -> Iterable[Path]:
    """Every rule file below a folder: TOML with a `schema` line."""
    return (path for path in sorted(root.rglob("*.toml")) if "schema" in _read(path))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"{path.name}: can not be read: {error}") from None


def _rule(path: Path, table: dict[str, Any], schema: type[R]) -> R:
    named = table.get("id") or "a rule without id"
    missing = [key for key in (*_LISTS, "id", "source", "checked") if not table.get(key)]
    if missing:
        raise RuleError(f"{path.name}: {named}: lacks {', '.join(missing)}")
    if not isinstance(table["checked"], date):
        raise RuleError(f"{path.name}: {named}: checked must be a date such as 2026-11-21")
    lists = {key: [table[key]] if isinstance(table[key], str) else table[key] for key in _LISTS}
    try:
        return schema.from_table(table | lists)
    except (TypeError, ValueError) as error:
        raise RuleError(f"{path.name}: {named}: {error}") from None


def _unique(path: Path, rules: tuple[R, ...]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"{path.name}: {rule.id}: two rules have this id; rename one")
        seen.add(rule.id)


def _prove(path: Path, rule: Rule) -> None:
    for text in rule.sample:
        if not rule.matches_sample(text):
            raise RuleError(f"{path.name}: {rule.id}: does not match its sample: {text}")
    for text in rule.not_sample:
        if rule.matches_sample(text):
            raise RuleError(f"{path.name}: {rule.id}: matches what it must not: {text}")


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
