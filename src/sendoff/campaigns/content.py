"""Compile a campaign's content once: checked, inlined, its links marked, its text part written.

The result is templates with marks and no address in it, the same for every recipient. It sends
nothing, and of the author's HTML it changes only href and style.
"""

import html
import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass

from sendoff.campaigns import inlining, links, liquid, markup, merge_fields, mjml, shield
from sendoff.campaigns.problems import ContentError
from sendoff.mail import plaintext

MAX_SOURCE = 2_000_000  # characters; most mailbox providers cut a mail's HTML at about 100 kB

_PREHEADER = (
    '<div class="sendoff-preheader" style="display:none;max-height:0;max-width:0;opacity:0;'
    'overflow:hidden;mso-hide:all;font-size:1px;line-height:1px">{}</div>'
)
_FOOTER = (
    '<div class="sendoff-footer" style="padding:16px;text-align:center;font-family:sans-serif;'
    'font-size:12px;line-height:18px;color:#666666"><a href="{}" style="color:#666666">'
    "Unsubscribe</a></div>"
)
_BEFORE_BODY = {("start", "html"), ("end", "head"), ("start", "body")}
_AFTER_BODY = {("end", "body"), ("end", "html")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A compiled version. `links`: targets by number. `fields`: names printed without a fallback;
    `unknown`: names that are no known field. All templates are Liquid where `merging`."""

    subject: str
    to_name: str
    html: str
    text: str
    merging: bool
    links: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    footer_added: bool = False

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Content":
        values = json.loads(text)
        for name in ("links", "fields", "unknown"):
            values[name] = tuple(values[name])
        return cls(**values)


def compile_content(  # noqa: PLR0913 - what an author fills in, each named at the call
    kind: str,
    source: str,
    *,
    subject: str,
    preheader: str = "",
    merging: bool = True,
    fields: Collection[str] = (),
    to_name: str = "",
) -> Content:
    """Compile content of a kind ("html" or "mjml"). ContentError: line, tag and one sentence.

    `fields` are the names of all known merge fields. `to_name` is a template for the To header.
    """
    if len(source) > MAX_SOURCE:
        raise ContentError(0, "", f"The content is longer than {MAX_SOURCE:,} characters.")
    source = shield.clean(source.removeprefix("\ufeff").replace("\x00", "\ufffd"))
    subject, preheader, to_name = map(shield.clean, (subject, preheader, to_name))
    names = merge_fields.MergeFields()
    if merging:
        _check_all(names, Content=source, Subject=subject, Preheader=preheader, To=to_name)
    page = mjml.to_html(source, merging) if kind == "mjml" else source
    written, targets, footer = _html(page, preheader, merging)
    return Content(
        subject=subject,
        to_name=to_name,
        html=written,
        text=_text(page, merging, footer),
        merging=merging,
        links=tuple(targets),
        fields=tuple(sorted(names.bare)),
        unknown=tuple(sorted(names.used - set(fields))),
        footer_added=footer,
    )


def _check_all(names: merge_fields.MergeFields, **sources: str) -> None:
    for place, source in sources.items():
        liquid.check(source, place)
        names.add(source)


def _html(page: str, preheader: str, merging: bool) -> tuple[str, list[str], bool]:
    """The HTML template, the targets of its numbered links, and whether it needed a footer."""
    shielded = shield.Shield(page, merging)
    changes, targets = links.edits(shielded)
    changes += links.stylesheets(shielded.text)
    changes += inlining.edits(shielded.text)
    footer = not (merging and merge_fields.prints_unsubscribe_link(_visible(page)))
    head, end = _body_edges(shielded.text)
    if preheader.strip():
        changes.append(markup.Edit(head, head, _PREHEADER.format(_escaped(preheader, merging))))
    closing = (_FOOTER.format(links.UNSUBSCRIBE) if footer else "") + links.TRAP + links.PIXEL
    changes.append(markup.Edit(end, end, closing))
    return shielded.restore(markup.edited(shielded.text, changes)), targets, footer


def _text(page: str, merging: bool, footer: bool) -> str:
    """The text template: Liquid tags stand where they stood, links keep their own addresses."""
    shielded = shield.Shield(page, merging)
    blocks = frozenset(n for n, tag in enumerate(shielded.tags) if tag.name)
    text = plaintext.from_html(inlining.parsing_copy(shielded.text, blocks))
    if footer:
        text += f"\n--\nUnsubscribe: {links.UNSUBSCRIBE}\n"
    return shielded.restore(text)


def _escaped(preheader: str, merging: bool) -> str:
    if not merging:
        return html.escape(preheader)
    return shield.outside(preheader, html.escape)


def _visible(page: str) -> str:
    """The page without its HTML comments: a link only Outlook sees is no link for everyone."""
    return re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)


def _body_edges(source: str) -> tuple[int, int]:
    """Where the body's content begins and ends; in a fragment, all of it is body."""
    begin, end = 0, len(source)
    for token in markup.tokens(source):
        shape = (token.kind, token.name)
        if shape in _BEFORE_BODY or source[token.start : token.start + 9].lower() == "<!doctype":
            begin = token.end
        elif shape in _AFTER_BODY and end == len(source):
            end = token.start
    return begin, max(begin, end)
