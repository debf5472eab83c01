"""Turn an HTML mail into readable plain text in which no link is lost. It never fetches anything.

A comment that begins with KEPT stands for text (the placeholder of a merge tag); one that begins
with "!" and KEPT does so even where readers see nothing, because what follows depends on it.
"""

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

KEPT = "\ufdd0"  # a noncharacter: no text of an author contains it
WIDTH = 72  # where lines are broken; RFC 3676 4.2 wishes at most 78

_SILENT = {"head", "style", "script", "title", "template", "noscript", "object"}
_BLOCKS = {
    "p", "div", "table", "ul", "ol", "dl", "blockquote", "section", "article", "header", "footer",
    "main", "nav", "aside", "figure", "form", "center", "address", "fieldset", "pre",
}  # fmt: skip
_LINES = {"tr", "li", "dt", "dd", "caption", "figcaption", "option", "tbody", "thead", "tfoot"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f\u00a0\u200b\u034f\u00ad\ufeff\u2007]+")
_WORTHLESS = ("", "#")


def from_html(html: str) -> str:
    """The text of a document: links as "text (url)", one line per table row, never empty."""
    page = _Page()
    root = LexborHTMLParser(html).root
    document = root.parent if root is not None else None
    if document is not None:
        _walk(document, page)
    text = page.text()
    return text if text.strip() else "This message has pictures only; please open it as HTML.\n"


@dataclass(slots=True)
class _Page:
    """Text so far: finished lines, the open line and how many line ends are owed before more."""

    lines: list[str] = field(default_factory=list)
    line: str = ""
    indent: str = ""
    bullet: str = ""
    gap: bool = False
    after_link: bool = False

    def say(self, words: str) -> None:
        """Add words to the open line; blanks in a row count as one."""
        words = _BLANKS.sub(" ", words)
        if not self.line:
            words = words.lstrip()
        if self.line.endswith(" ") and words.startswith(" "):
            words = words[1:]
        if self.after_link and words[:1].isalnum():
            words = " " + words
        self.after_link = self.after_link and not words
        self.line += words

    def end_line(self) -> None:
        line, self.line, self.after_link = self.line.strip(), "", False
        if not line:
            return
        if self.gap and self.lines:
            self.lines.append("")
        self.gap = False
        self.lines.extend(_broken(line, self.bullet or self.indent, self.indent))
        self.bullet = ""

    def end_block(self) -> None:
        self.end_line()
        self.gap = True

    def text(self) -> str:
        self.end_line()
        return "\n".join(self.lines) + "\n"


def _walk(node: LexborNode, page: _Page) -> None:
    child = node.child
    while child is not None:
        _node(child, page)
        child = child.next


def _node(node: LexborNode, page: _Page) -> None:
    if node.is_text_node:
        page.say(node.text_content or "")
    elif node.is_comment_node:
        _comment(node, page, silent=False)
    elif node.is_element_node:
        _element(node, page)


def _comment(node: LexborNode, page: _Page, silent: bool) -> None:
    content = (node.comment_content or "").strip()
    if content.startswith("!" + KEPT) or (content.startswith(KEPT) and not silent):
        page.say(content.removeprefix("!"))


def _element(node: LexborNode, page: _Page) -> None:
    tag = node.tag or ""
    if tag == "area":
        _link(node, page)
    if tag in _SILENT or _is_hidden(node):
        for inside in node.traverse(include_text=True):
            if inside.is_comment_node:
                _comment(inside, page, silent=True)
        return
    special = _SPECIAL.get(tag)
    if special:
        special(node, page)
    elif tag in _BLOCKS:
        page.end_block()
        _walk(node, page)
        page.end_block()
    elif tag in _LINES:
        page.end_line()
        _walk(node, page)
        page.end_line()
    else:
        _walk(node, page)


def _is_hidden(node: LexborNode) -> bool:
    """Whether readers do not see it. What holds a link is kept, so that no link is lost."""
    if not _HIDDEN.search(node.attributes.get("style") or ""):
        return False
    return not node.css("a[href], area[href]")


def _link(node: LexborNode, page: _Page) -> None:
    start = len(page.line)
    _walk(node, page)
    url = _BLANKS.sub("", node.attributes.get("href") or "")
    words = page.line[start:].strip()
    if url in _WORTHLESS or _says(words, url):
        return
    page.say(f" ({url})" if words or page.line.strip() else url)
    page.after_link = True


def _says(words: str, url: str) -> bool:
    """Whether the words of a link are its address already."""
    return words == url or f"mailto:{words}" == url or f"tel:{words}" == url


def _image(node: LexborNode, page: _Page) -> None:
    page.say(f" {node.attributes.get('alt') or ''} ")


def _heading(node: LexborNode, page: _Page) -> None:
    page.end_block()
    _walk(node, page)
    page.end_line()
    if node.tag in ("h1", "h2") and page.lines and not page.gap:
        width = min(len(page.lines[-1]), WIDTH)
        page.lines.append(("=" if node.tag == "h1" else "-") * width)
    page.end_block()


def _item(node: LexborNode, page: _Page) -> None:
    page.end_line()
    before, page.indent = page.indent, page.indent + "  "
    page.bullet = before + _sign_of(node)
    page.indent = before + " " * (len(page.bullet) - len(before))
    _walk(node, page)
    page.end_line()
    page.indent, page.bullet = before, ""


def _sign_of(node: LexborNode) -> str:
    """The bullet or number of a list item."""
    parent = node.parent
    if parent is None or parent.tag != "ol":
        return "* "
    number, before = 1, node.prev
    while before is not None:
        number += before.tag == "li"
        before = before.prev
    return f"{number}. "


def _cell(node: LexborNode, page: _Page) -> None:
    page.say(" ")
    _walk(node, page)
    page.say(" ")


def _break(node: LexborNode, page: _Page) -> None:
    page.end_line()


def _rule(node: LexborNode, page: _Page) -> None:
    page.end_block()
    page.say("-" * 20)
    page.end_block()


_SPECIAL = {
    "a": _link, "img": _image, "li": _item, "td": _cell, "th": _cell, "br": _break, "hr": _rule,
    **{heading: _heading for heading in _HEADINGS},
}  # fmt: skip


def _broken(line: str, first: str, indent: str) -> list[str]:
    """One line, broken at blanks near WIDTH; a long address stays whole."""
    lines = [first]
    empty = True
    for word in line.split(" "):
        if not empty and len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append(indent)
            empty = True
        lines[-1] += word if empty else f" {word}"
        empty = False
    return lines
