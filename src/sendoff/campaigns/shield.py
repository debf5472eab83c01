"""Find Liquid tags in a source and put placeholders in their stead. It never changes the rest."""

import re
from collections.abc import Callable
from dataclasses import dataclass

OPEN, CLOSE = "\ufdd0", "\ufdd1"  # noncharacters: Unicode keeps them out of text
PLACEHOLDER = re.compile(f"{OPEN}([0-9]+){CLOSE}")

_TAG = re.compile(
    r"""
      (?P<hidden>{%-?\s*(?P<block>comment|doc)\b.*?{%-?\s*end(?P=block)\s*-?%})
    | (?P<raw>{%-?\s*raw\s*-?%})(?P<inside>.*?)(?P<endraw>{%-?\s*endraw\s*-?%})
    | {{-?(?P<output>.*?)-?}}
    | {%-?\s*(?P<name>\#|\w+)(?P<expression>.*?)-?%}
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One Liquid tag: `name` is "" for output; `expression` is what stands inside it."""

    text: str
    start: int
    name: str = ""
    expression: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def scan(source: str) -> list[Tag]:
    """The Liquid tags in order; between raw and endraw there are none, comments are one tag."""
    tags: list[Tag] = []
    for found in _TAG.finditer(source):
        if found["raw"]:
            tags.append(Tag(text=found["raw"], start=found.start(), name="raw"))
            tags.append(Tag(text=found["endraw"], start=found.start("endraw"), name="endraw"))
            continue
        name = "comment" if found["hidden"] else (found["name"] or "")
        inside = found["output"] or found["expression"] or ""
        tags.append(Tag(text=found[0], start=found.start(), name=name, expression=inside.strip()))
    return tags


def clean(source: str) -> str:
    """A source without the two characters that placeholders are made of."""
    return source.replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")


class Shield:
    """A source with its tags replaced, and the way back."""

    def __init__(self, source: str, merging: bool) -> None:
        self.tags = scan(source) if merging else []
        self.text = _replaced(source, self.tags)

    def restore(self, text: str) -> str:
        """Put the tags back where their placeholders stand."""
        return PLACEHOLDER.sub(lambda found: self.tags[int(found[1])].text, text)

    def tag(self, found: re.Match[str]) -> Tag:
        """The tag that one placeholder stands for."""
        return self.tags[int(found[1])]


def outside(source: str, change: Callable[[str], str]) -> str:
    """The source with everything but its Liquid tags changed."""
    shield = Shield(source, merging=True)
    pieces = re.split(f"({OPEN}[0-9]+{CLOSE})", shield.text)
    return "".join(
        shield.restore(piece) if n % 2 else change(piece) for n, piece in enumerate(pieces)
    )


def _replaced(source: str, tags: list[Tag]) -> str:
    pieces, at = [], 0
    for n, tag in enumerate(tags):
        pieces += [source[at : tag.start], f"{OPEN}{n}{CLOSE}"]
        at = tag.end
    return "".join([*pieces, source[at:]])
