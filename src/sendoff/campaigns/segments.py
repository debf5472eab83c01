"""Plain merge fields, printed as python-liquid would but without it. It reads nothing richer.

A template is plain where its tags are only `{{ field }}` with the filters of FILTERS and a quoted
default; a property test compares it with python-liquid.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from sendoff.campaigns import links, shield

_FILTER = (
    r"\|\s*(?:escape|upcase|downcase|capitalize|strip|default\s*:\s*(?:\"[^\"]*\"|'[^']*'))\s*"
)
_PLAIN = re.compile(rf"\{{\{{\s*([A-Za-z_]\w*)\s*((?:{_FILTER})*)\}}\}}", re.ASCII)
_ONE = re.compile(r"(\w+)\s*(?::\s*(?:\"([^\"]*)\"|'([^']*)'))?")
_WORDS = {"nil", "null", "none", "true", "false", "empty", "blank", "forloop", "if", "and", "or"}


def _text(value: object) -> str:
    """How Liquid prints a value inside a filter."""
    return value if isinstance(value, str) else "" if value is None else str(value)


# By method name, because upper() of Markup is Markup and str.upper() of it is not.
FILTERS = {"upcase": "upper", "downcase": "lower", "capitalize": "capitalize", "strip": "strip"}


@dataclass(frozen=True, slots=True)
class Slot:
    """One merge field: its name, its filters with the default's text ("" for the others)."""

    name: str
    filters: tuple[tuple[str, str], ...] = ()

    def text(self, fields: Mapping[str, object]) -> str:
        """The value as plain text, for subjects and text parts."""
        value = fields.get(self.name)
        if type(value) is str and value and not self.filters:
            return value
        return _printed(self._filtered(value, html=False))

    def html(self, fields: Mapping[str, object]) -> str:
        """The value escaped for HTML; a default is the author's HTML and stays as it is."""
        value = self._filtered(fields.get(self.name), html=True)
        return str(escape(_printed(value)))

    def _filtered(self, value: object, html: bool) -> object:
        for name, default in self.filters:
            if name == "default":
                if _is_missing(value):
                    value = Markup(default) if html else default  # noqa: S704 - the author's own
            elif name == "escape":
                value = escape(str(_text(value))) if html else value
            else:
                value = _apply(name, _text(value))
        return value


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that the composer fills: kind c, o, u or x; or d, a merged address in pieces."""

    kind: str
    n: int = 0
    pieces: tuple["str | Slot | Mark", ...] = ()


def split(template: str, merging: bool) -> list["str | Slot | Mark"] | None:
    """The pieces of a template; None where it needs python-liquid."""
    tags = shield.scan(template) if merging else []
    if any(tag.name or not _slot_of(tag.text) for tag in tags):
        return None
    pieces: list[str | Slot | Mark] = []
    at = 0
    for found in links.MARK.finditer(template):
        pieces += _slots(template[at : found.start()], merging)
        at = found.end()
        if found["kind"]:
            pieces.append(Mark(found["kind"], int(found["n"] or 0)))
        else:
            pieces.append(Mark("d", 0, tuple(_slots(found["dynamic"], merging))))
    return [piece for piece in pieces + _slots(template[at:], merging) if piece != ""]


def _slots(text: str, merging: bool) -> list[str | Slot | Mark]:
    pieces: list[str | Slot | Mark] = []
    at = 0
    for tag in shield.scan(text) if merging else []:
        slot = _slot_of(tag.text)
        if slot is None:
            continue
        pieces += [text[at : tag.start], Mark("u") if slot.name == "unsubscribe_url" else slot]
        at = tag.end
    return [*pieces, text[at:]]


def _slot_of(tag: str) -> Slot | None:
    found = _PLAIN.fullmatch(tag)
    if not found or found[1] in _WORDS:
        return None
    filters = tuple((name, double or single) for name, double, single in _ONE.findall(found[2]))
    if found[1] == "unsubscribe_url" and filters:
        return None
    return Slot(found[1], filters)


def _is_missing(value: object) -> bool:
    """What Liquid's default filter replaces: nil, false and what is empty; not 0."""
    return value is None or value is False or value == "" or value == [] or value == {}


def _apply(name: str, value: str) -> str:
    changed: str = getattr(value, FILTERS[name])()
    return changed


def _printed(value: object) -> str:
    """How Liquid prints a value at last."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "".join(_text(item) for item in value)
    return _text(value)
