"""Put style sheets into style attributes. It changes nothing else.

css-inline computes the styles on a copy in which every element carries a number; only the results
are spliced into the author's text, so comments, Liquid tags and spelling stay as they were.
"""

import re

import css_inline

from sendoff.campaigns import markup, shield
from sendoff.campaigns.problems import ContentError

_NUMBER = "data-n"
_INLINER = css_inline.CSSInliner(
    keep_style_tags=True, keep_link_tags=False, load_remote_stylesheets=False
)
_UNSEEN = {"html", "head", "title", "meta", "link", "style", "script", "base", "template"}
_ANY = re.compile(f"[{shield.OPEN}{shield.CLOSE}]")


def edits(source: str) -> list[markup.Edit]:
    """Edits that inline the styles of a shielded source. ContentError where the CSS is broken."""
    tags = [token for token in markup.tokens(source) if token.kind == "start"]
    styles = _computed(source, tags)
    changes = (_change(tag, styles.get(n, "")) for n, tag in enumerate(tags))
    return [change for change in changes if change]


def parsing_copy(source: str, always: frozenset[int] = frozenset()) -> str:
    """A shielded source whose placeholders between tags are comments, so that no parser moves
    them out of a table. Those in `always` are told apart by a "!" before them."""

    def comment(found: re.Match[str]) -> str:
        return f"<!--{'!' if int(found[1]) in always else ''}{found[0]}-->"

    pieces, at = [], 0
    for token in markup.tokens(source):
        between = source[at : token.start]
        pieces += [shield.PLACEHOLDER.sub(comment, between), source[token.start : token.end]]
        at = token.end
    return "".join([*pieces, shield.PLACEHOLDER.sub(comment, source[at:])])


def _computed(source: str, tags: list[markup.Token]) -> dict[int, str]:
    """The style attribute, as it stands in HTML, that css-inline gives each numbered element."""
    numbered = [
        markup.Edit(tag.name_end, tag.name_end, f' {_NUMBER}="{n}"') for n, tag in enumerate(tags)
    ]
    hidden = [
        markup.Edit(style.start, style.end, "")
        for tag in tags
        if (style := tag.attribute("style")) and _ANY.search(style.raw)
    ]
    copy = parsing_copy(markup.edited(source, numbered + hidden))
    try:
        inlined = _INLINER.inline(copy)
    except (css_inline.InlineError, ValueError) as error:
        sentence = f"The style sheet can not be used ({error})."
        raise ContentError(0, "<style>", sentence) from None
    styles: dict[int, str] = {}
    for token in markup.tokens(inlined):
        number, style = token.attribute(_NUMBER), token.attribute("style")
        if number and style and number.value.isdecimal():
            styles.setdefault(int(number.value), style.raw)
    return styles


def _change(tag: markup.Token, style: str) -> markup.Edit | None:
    own = tag.attribute("style")
    if tag.name in _UNSEEN or not style or (own and own.raw == style):
        return None
    if own is None:
        return markup.Edit(tag.name_end, tag.name_end, f' style="{style}"')
    if any(_ANY.search(attribute.name) for attribute in tag.attributes):
        return None  # the tag's own attributes depend on Liquid
    if _ANY.search(own.raw):
        merged = style.rstrip("; ") + "; " + own.raw.replace('"', "&quot;")
        return markup.Edit(own.start, own.end, f'style="{merged}"')
    return markup.Edit(own.start, own.end, f'style="{style}"')
