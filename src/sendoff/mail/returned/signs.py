"""Signs by which the headers or the words of a mail show what it is. The signs are data."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sendoff.lib import rules
from sendoff.mail.returned.mime import Headers

MAX_VALUES = 3  # of one header
MAX_VALUE = 2_000  # characters of one value or text


@dataclass(frozen=True, kw_only=True)
class Sign(rules.Rule):
    """One sign: a pattern that a header or the text of a mail matches.

    `field` is the name of a header or "text"; samples read `Name: value`, as in a mail. A sign that
    is `of_bounces_too` does not tell an automatic answer from a bounce.
    """

    field: str
    pattern: re.Pattern[str]
    of_bounces_too: bool = False

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Self:
        words = table["pattern"]
        joined = words if isinstance(words, str) else "|".join(words)
        return super().from_table(table | {"pattern": re.compile(joined, re.IGNORECASE)})

    def matches_sample(self, text: str) -> bool:
        name, _, value = text.partition(": ")
        return name.lower() == self.field and self.pattern.search(value) is not None

    def holds(self, headers: Headers, text: str = "") -> bool:
        """Whether a mail shows this sign."""
        values = [text] if self.field == "text" else headers.all(self.field)[:MAX_VALUES]
        return any(self.pattern.search(value[:MAX_VALUE]) for value in values)


@functools.cache
def known(file: str) -> tuple[Sign, ...]:
    """The signs of one file of `rules/`."""
    return rules.load(Path(__file__).with_name("rules") / file, Sign)
