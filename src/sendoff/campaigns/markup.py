"""Find the start tags of an HTML source with their places, so that edits change nothing else.

A tokenizer of the HTML standard's shape (comments, raw text, quoted attributes); it builds no tree.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<comment> <!--(?:-?>|.*?(?:--!?>|\Z)) )
    | (?P<bogus> <[!?][^>]*(?:>|\Z) | </[^a-zA-Z>][^>]*(?:>|\Z) )
    | </(?P<end>[a-zA-Z][^\s/>]*)[^>]*(?:>|\Z)
    | <(?P<start>[a-zA-Z][^\s/>]*)(?P<attributes>(?:[^>"'=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|[="'])*+)>
    """,
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s/>][^\s/>=]*)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s>\"'][^\s>]*|))?"
)
_RAW_TEXT = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute; `value` is decoded, the places are those of name to value in the source."""

    name: str
    value: str
    raw: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A tag, a comment or raw text: `kind` is start, end, comment or raw."""

    kind: str
    name: str
    start: int
    end: int
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """The first attribute of that name, which is the one that counts."""
        return next((a for a in self.attributes if a.name == name), None)

    @property
    def name_end(self) -> int:
        return self.start + 1 + len(self.name)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace source[start:end]."""

    start: int
    end: int
    text: str


def tokens(source: str) -> Iterator[Token]:
    """The tags and comments of a source in order; what lies between them is text."""
    at = 0
    while found := _TOKEN.search(source, at):
        at = found.end()
        kind = "start" if found["start"] else "end" if found["end"] else "comment"
        name = (found["start"] or found["end"] or "").lower()
        attributes = _attributes(found) if kind == "start" else ()
        yield Token(kind=kind, name=name, start=found.start(), end=at, attributes=tuple(attributes))
        if kind == "start" and name in _RAW_TEXT:
            closing = re.compile(rf"</{name}(?=[\s/>])|\Z", re.IGNORECASE).search(source, at)
            end = closing.start() if closing else len(source)
            yield Token(kind="raw", name=name, start=at, end=end)
            at = end


def edited(source: str, edits: list[Edit]) -> str:
    """The source with all edits made; those at one place in the order given."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [source[at : edit.start], edit.text]
        at = max(at, edit.end)
    return "".join([*pieces, source[at:]])


def _attributes(found: re.Match[str]) -> Iterator[Attribute]:
    base = found.start("attributes")
    for each in _ATTRIBUTE.finditer(found["attributes"]):
        raw = each["value"] or ""
        quoted = raw[:1] in ("'", '"') and len(raw) > 1
        inner = raw[1:-1] if quoted else raw
        yield Attribute(
            name=each["name"].lower(),
            value=html.unescape(inner),
            raw=inner,
            start=base + each.start(),
            end=base + each.end(),
        )
