"""Compile MJML to HTML with its Liquid tags kept in place. It fetches nothing."""

import re

import mjml

from sendoff.campaigns import liquid, markup, shield
from sendoff.campaigns.problems import ContentError

# Between these a Liquid tag is no text: it must travel inside mj-raw to keep its place.
_STRUCTURE = {
    "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero", "mjml", "mj-head",
    "mj-navbar", "mj-social", "mj-accordion", "mj-carousel", "mj-accordion-element",
}  # fmt: skip
_ODD = re.compile(r"[^\x20-\x7e\r\n\t]+|\\")
_WHERE = re.compile(r"(\d+)\.\.(\d+)")


def to_html(source: str, merging: bool) -> str:
    """The HTML of an MJML source. ContentError names the line where it can not be compiled."""
    source = source.replace("\r\n", "\n")
    _refuse_includes(source)
    shielded = shield.Shield(source, merging)
    words = _Words(source)
    prepared = _placed(shielded.text, words)
    try:
        compiled: str = mjml.mjml2html(prepared, fonts={})
    except (ValueError, TypeError) as error:
        raise ContentError(*_place(prepared, str(error))) from None
    return shielded.restore(words.restore(compiled))


class _Words:
    """Plain ASCII words that stand for what the compiler would not carry through unchanged."""

    def __init__(self, source: str) -> None:
        self._stem = "sdf"
        while self._stem in source:
            self._stem += "x"
        self._kept: list[str] = []

    def keep(self, text: str) -> str:
        self._kept.append(text)
        return f"{self._stem}{len(self._kept) - 1}q"

    def restore(self, text: str) -> str:
        return re.sub(rf"{self._stem}(\d+)q", lambda found: self._kept[int(found[1])], text)


def _refuse_includes(source: str) -> None:
    for token in markup.tokens(source):
        if token.kind == "start" and token.name == "mj-include":
            line = liquid.line_of(source, token.start)
            sentence = "Other files can not be included; put their content here or leave it out."
            raise ContentError(line, "<mj-include>", sentence)


def _placed(text: str, words: _Words) -> str:
    """The source with placeholders as words, inside mj-raw where only elements may stand."""
    pieces: list[str] = []
    at, parents = 0, [""]
    for token in markup.tokens(text):
        pieces.append(_between(text[at : token.start], parents[-1], words))
        pieces.append(_inside(text[token.start : token.end], token.kind, words))
        at = token.end
        if token.kind == "start" and not text[: token.end].endswith("/>"):
            parents.append(token.name)
        elif token.kind == "end" and token.name in parents:
            while parents.pop() != token.name:
                pass
    return "".join([*pieces, _between(text[at:], parents[-1], words)])


def _between(text: str, parent: str, words: _Words) -> str:
    form = "<mj-raw>{}</mj-raw>" if parent in _STRUCTURE else "{}"
    return shield.PLACEHOLDER.sub(lambda found: form.format(words.keep(found[0])), text)


def _inside(text: str, kind: str, words: _Words) -> str:
    """A tag in which odd characters became words: the compiler spells them as escapes."""
    if kind != "start":
        return shield.PLACEHOLDER.sub(lambda found: words.keep(found[0]), text)
    return _ODD.sub(lambda found: words.keep(found[0]), text)


def _place(source: str, message: str) -> tuple[int, str, str]:
    """Line, tag and sentence of what the compiler complains about."""
    found = _WHERE.search(message)
    line = liquid.line_of(source, int(found[1])) if found else 0
    tag = source[int(found[1]) : int(found[2])][:60] if found else ""
    words = " ".join(_WHERE.sub("", message).split()).rstrip(". ")
    return line, " ".join(tag.split()), f"This is not MJML that can be compiled ({words})."
