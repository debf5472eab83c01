"""Recognise what answers by itself: absence notes, challenges, receipts (RFC 3834, RFC 8098).

Such a mail says nothing about whether the address works well; it never suppresses anybody.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sendoff.lib import rules
from sendoff.mail.returned import evidence
from sendoff.mail.returned.mime import Headers, Part
from sendoff.mail.returned.sheets import Sheet

RECEIPT = "message/disposition-notification"

_READ = 2000  # characters of a text that are looked at


@dataclass(frozen=True, kw_only=True)
class Automatic(rules.Rule):
    """One sign that a mail is an automatic answer: a pattern that a header or the text matches.

    `field` is the name of a header or "text". Samples read `Name: value`, as in a mail.
    """

    field: str
    pattern: re.Pattern[str]
    of_bounces_too: bool = False  # some servers send their bounces with this sign

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Self:
        words = table["pattern"]
        joined = words if isinstance(words, str) else "|".join(words)
        compiled = re.compile(joined, re.IGNORECASE)
        return super().from_table(table | {"pattern": compiled})

    def matches_sample(self, text: str) -> bool:
        name, _, value = text.partition(": ")
        return name.lower() == self.field and self.pattern.search(value) is not None

    def holds(self, headers: Headers, text: str) -> bool:
        """Whether a mail shows this sign."""
        values = [text] if self.field == "text" else headers.all(self.field)
        return any(self.pattern.search(value) for value in values)


def recognised(mail: Part, sheet: Sheet) -> str:
    """The id of the rule that says a mail is an automatic answer, "" where none does."""
    if mail.type == "multipart/report" and any(part.type == RECEIPT for part in mail.parts):
        return "receipt"
    text = sheet.text[:_READ]
    bounces = evidence.is_daemon(mail) or evidence.speaks_of_failure(mail)
    holding = (rule for rule in _rules() if rule.holds(mail.headers, text))
    return next((rule.id for rule in holding if not (bounces and rule.of_bounces_too)), "")


@functools.cache
def _rules() -> tuple[Automatic, ...]:
    return rules.load(Path(__file__).with_name("rules") / "automatic.toml", Automatic)
