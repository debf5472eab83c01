"""147 real newsletters arrive as their authors wrote them: nothing lost, moved or re-spelled."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import css_inline
import liquid
import pytest

from sendoff.campaigns import mjml
from sendoff.campaigns.content import Content, compile_content
from sendoff.campaigns.problems import ContentError

CORPUS = Path(__file__).parents[5] / "shared/corpora/newsletters"
NOT_LIQUID = json.loads((Path(__file__).parent / "not_liquid.json").read_text())
VALUES: dict[str, object] = {
    "name": "Ben & Co <b>",
    "product_name": "Tea",
    "action_url": "https://a.test/?b=1&c=2",
}
TRACKED = re.compile(r"https://t\.shop\.test/t/c/[\w-]{24}/(\d+)")
MERGED = re.compile(r"https://t\.shop\.test/t/d/[\w-]{24}/[0-9a-f]{20}\?u=(.+)")
UNSEEN = {"html", "head", "title", "meta", "link", "style", "script", "base"}


def newsletters() -> list[Any]:
    index = CORPUS / "templates.jsonl"
    if not index.exists():
        reason = "The newsletters are not beside this repository (../shared/corpora/newsletters)."
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]
    rows = [json.loads(line) for line in index.read_text().splitlines()]
    return [pytest.param(row, id=row["path"].removeprefix("files/")) for row in rows]


@pytest.mark.parametrize("row", newsletters())
def test_a_newsletter_arrives_as_it_was_written(
    row: dict[str, Any], compose: Any, parse: Any, verifies: Any
) -> None:
    source = _source(row)
    merging = row["path"].removeprefix("files/") not in NOT_LIQUID
    content = _compiled(row, source, merging)
    letter = compose(content, **(VALUES if merging else {}))
    assert verifies(bytes(letter.data))
    assert max(map(len, bytes(letter.data).split(b"\r\n"))) <= 998
    message = parse(letter)
    text, html = (part.get_content().replace("\r\n", "\n") for part in message.iter_parts())
    wanted = _wanted(row, source, merging)
    before, after = _read(wanted), _read(html)
    assert after.pieces == before.pieces
    assert html.count("@media") == wanted.count("@media")
    assert [_target(href, content) for href in after.hrefs] == [_sent(h) for h in before.hrefs]
    assert text.strip()
    missing = [h for h in before.hrefs if h.startswith("http") and h not in text]
    assert missing == []


@pytest.mark.parametrize("row", newsletters())
def test_styles_are_those_that_css_inline_gives(row: dict[str, Any], compose: Any) -> None:
    source = _source(row)
    page = mjml.to_html(source, merging=False) if row["kind"] == "mjml" else source
    page = re.sub(r"{{.*?}}|{%.*?%}", "", page)  # css-inline alone would break them
    content = compile_content("html", page, subject="x", merging=False)
    inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    assert _read(content.html).styles == _read(inliner.inline(page)).styles


def test_the_templates_that_are_not_liquid_are_refused_with_line_and_tag() -> None:
    if not CORPUS.exists():
        pytest.skip("The newsletters are not beside this repository.")
    refused = {}
    for row in (parameter.values[0] for parameter in newsletters()):
        try:
            compile_content(row["kind"], _source(row), subject="x")
        except ContentError as error:
            refused[row["path"].removeprefix("files/")] = [error.line, error.tag]
    assert refused == NOT_LIQUID
    assert len(refused) == 22


def _source(row: dict[str, Any]) -> str:
    source = (CORPUS / row["path"]).read_text()
    # The files that the MJML newsletters include are not part of the corpus.
    return re.sub(r"<mj-include[^>]*>", "", source) if row["kind"] == "mjml" else source


def _compiled(row: dict[str, Any], source: str, merging: bool) -> Content:
    content = compile_content(
        row["kind"], source, subject="News", preheader="Look inside", merging=merging
    )
    assert Content.from_json(content.to_json()) == content
    return content


def _wanted(row: dict[str, Any], source: str, merging: bool) -> str:
    """What the source alone says: compiled where it is MJML, its tags filled by python-liquid."""
    page = mjml.to_html(source, merging) if row["kind"] == "mjml" else source
    page = page.replace("\r\n", "\n")
    return liquid.Environment(autoescape=True).from_string(page).render(VALUES) if merging else page


@dataclass
class Page:
    """What a reader of HTML meets, in order, without what we are allowed to change."""

    pieces: list[tuple[str, ...]] = field(default_factory=list)
    hrefs: list[str] = field(default_factory=list)
    styles: Counter[tuple[str, ...]] = field(default_factory=Counter)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self._ours = Page(), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}
        if self._ours or given.get("class", "").startswith("sendoff-"):
            self._ours += tag == "div"
            return
        if "/t/o/" in given.get("src", "") or "stylesheet" in given.get("rel", ""):
            return
        if tag in ("a", "area") and "href" in given:
            self.page.hrefs.append(given["href"])
        if tag not in UNSEEN and "style" in given:
            self.page.styles[tag, re.sub(r"\s", "", given["style"]).rstrip(";")] += 1
        kept = [(n, v or "") for n, v in attrs if n != "style" and (n != "href" or tag == "link")]
        self.page.pieces.append(("start", tag, *(f"{n}={v}" for n, v in kept)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._ours:
            self._ours -= tag == "div"
        else:
            self.page.pieces.append(("end", tag))

    def handle_data(self, data: str) -> None:
        if self._ours:
            return
        if self.page.pieces and self.page.pieces[-1][0] == "text":
            data = self.page.pieces.pop()[1] + data
        self.page.pieces.append(("text", data))

    def handle_comment(self, data: str) -> None:
        self.page.pieces.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.page.pieces.append(("declaration", decl))

    unknown_decl = handle_decl


def _read(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


def _target(href: str, content: Content) -> str:
    """Where a link in the message leads in the end."""
    numbered, merged = TRACKED.fullmatch(href), MERGED.fullmatch(href)
    if numbered:
        return content.links[int(numbered[1])]
    return _unquoted(merged[1]) if merged else href


def _sent(href: str) -> str:
    """What a link of the source must lead to: a merged address that is none leads nowhere."""
    return href or "#"


def _unquoted(text: str) -> str:
    return re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)
