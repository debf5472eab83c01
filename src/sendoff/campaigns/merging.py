"""The plain merge fields of one message as octets, all values at once. Knows no place or part."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from markupsafe import escape

from sendoff.campaigns import segments
from sendoff.mail import quoted


@dataclass(frozen=True, slots=True)
class Column:
    """A merge field as one of the two parts prints it."""

    slot: segments.Slot
    is_html: bool

    @property
    def is_common(self) -> bool:
        """Whether it prints a text as it is, but for escaping."""
        return all(name == "default" for name, _ in self.slot.filters)

    def octets(self, fields: Mapping[str, object]) -> bytes:
        """Any value, missing ones, numbers and lists too."""
        text = self.slot.html(fields) if self.is_html else self.slot.text(fields)
        return quoted.encode_value(text)


class Merging:
    """Prints the merge fields of one content. Texts, which most values are, are encoded at once."""

    def __init__(self, columns: Collection[Column]) -> None:
        common = {column.slot.name: None for column in columns if column.is_common}
        self._names = tuple(common)
        # In two lists one after the other: texts for the text part, then the same for HTML.
        place = {name: n for n, name in enumerate(common)}
        half = len(common)
        self._columns = tuple(
            (place[c.slot.name] + half * c.is_html if c.is_common else 2 * half, c.octets)
            for c in columns
        )

    def fill(self, fields: Mapping[str, object]) -> list[bytes]:
        """The octets of every column in its order; each begins a line and ends it."""
        values = map(fields.get, self._names)
        octets = _in_both_forms([value if type(value) is str else "" for value in values])
        return [octets[at] or other(fields) for at, other in self._columns]


def _in_both_forms(texts: list[str]) -> list[bytes]:
    """Texts as text, then as HTML, then nothing once; nothing, too, for what is no text."""
    plain = quoted.encode_values(texts)
    joined = "\n".join(texts)
    escaped = str(escape(joined))
    if len(escaped) == len(joined):  # escaping makes longer
        return [*plain, *plain, b""]
    pieces = escaped.split("\n")
    if len(pieces) != len(texts):  # one has several lines
        pieces = [str(escape(text)) for text in texts]
    markup = [
        octets if len(piece) == len(text) else quoted.encode_value(piece)
        for octets, piece, text in zip(plain, pieces, texts, strict=True)
    ]
    return [*plain, *markup, b""]
