"""Cut a long table into pages by key, so that page 9,999 costs what page 1 does. Never counts."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

PAGE = 50
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[_Row]):
    """Rows, newest first, and the key to ask the next page with; None at the end."""

    rows: list[_Row]
    before: int | None


def newest(found: QuerySet[_Row], before: str) -> Page[_Row]:
    """The page of rows older than the key `before`; from the newest where it is no key."""
    if before.isdecimal() and len(before) < 19:  # a key has 63 bits
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: PAGE + 1])
    more = len(rows) > PAGE
    return Page(rows=rows[:PAGE], before=rows[PAGE - 1].pk if more else None)
