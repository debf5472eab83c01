"""Understand the header of an address list: which column is the address, and how others are named.

Pure. Never guesses between two columns, and never drops one that has a name.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_NAME = 100
_EMAIL_NAMES = frozenset(
    ("email", "mail", "emailaddress", "mailaddress", "emailid", "subscriberemail")  # English
    + ("emailadresse", "mailadresse", "emailadres", "epost", "epostadress")  # German, Dutch, Nordic
    + ("adresseemail", "adressemail", "courriel")  # French
    + ("correo", "correoelectronico", "indirizzoemail", "enderecodeemail")  # Spanish, Italian, ...
)
_SEPARATORS = re.compile(r"[\W_]+")


class SheetError(Exception):
    """The file can not be imported; the message is one sentence with the place and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a sheet in their order; `names[email]` is the address itself."""

    email: int
    names: tuple[str, ...]
    titles: tuple[str, ...]

    @property
    def fields(self) -> list[str]:
        """The custom fields, without the address."""
        return [name for n, name in enumerate(self.names) if n != self.email]


def field_name(title: str) -> str:
    """The name of a custom field in merge tags: "First name" becomes first_name.

    Accents go, other alphabets stay. Empty where the title has neither letter nor digit.
    """
    plain = unicodedata.normalize("NFKD", title.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    name = _SEPARATORS.sub("_", unicodedata.normalize("NFC", plain)).strip("_")[:MAX_NAME]
    # A merge tag that starts with a digit would be read as a number.
    return f"field_{name}"[:MAX_NAME] if name[:1].isdigit() else name


def is_email(title: str) -> bool:
    """Whether a column of this title holds the address."""
    return field_name(title).replace("_", "") in _EMAIL_NAMES


def read_header(cells: list[str], line: int) -> Columns:
    """The columns that a header line names. SheetError where two collide or no address is named."""
    titles = _without_empty_end(cells)
    emails = [n for n, title in enumerate(titles) if is_email(title)]
    if not emails:
        raise SheetError(_no_email(titles, line))
    if len(emails) > 1:
        first, second = emails[:2]
        raise SheetError(
            f"Line {line}: columns {first + 1} and {second + 1} (“{_shown(titles[first])}” and"
            f" “{_shown(titles[second])}”) both name the email address; rename or remove one."
        )
    return Columns(email=emails[0], names=_names(titles, emails[0], line), titles=tuple(titles))


def _names(titles: list[str], email: int, line: int) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for n, title in enumerate(titles):
        name = "email" if n == email else field_name(title)
        if not name:
            raise SheetError(f"Line {line}: column {n + 1} has no name; give it one or remove it.")
        if name in seen:
            raise SheetError(
                f"Line {line}: columns {seen[name] + 1} and {n + 1} have the same name"
                f" (“{_shown(titles[seen[name]])}” and “{_shown(title)}”); rename one of them."
            )
        seen[name] = n
    return tuple(seen)


def _without_empty_end(cells: list[str]) -> list[str]:
    """Spreadsheets leave separators behind the last column; they name nothing."""
    titles = [cell.strip() for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    return titles


def _no_email(titles: list[str], line: int) -> str:
    if any("@" in title for title in titles):
        return (
            f"Line {line} looks like a person, not like column names; put a line with the names of"
            " the columns above it, one of them “email”."
        )
    named = ", ".join(f"“{_shown(title)}”" for title in titles[:6]) or "nothing"
    return f"Line {line} names no column for the email address, only {named}; name one “email”."


def _shown(text: str) -> str:
    safe = "".join(c if c.isprintable() else "?" for c in text)
    return safe if len(safe) <= 40 else safe[:39] + "…"
