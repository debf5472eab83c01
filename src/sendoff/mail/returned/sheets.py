"""Find what a mail says itself, apart from the mail it gives back. Never judges either."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sendoff.mail.returned import charsets, mime
from sendoff.mail.returned.mime import Headers, Part

MAX_TEXT = 32 * 1024  # characters of what a mail says itself; machines are brief
MAX_LINES = 1_000
MAX_LINE = 1_000  # characters

# Lines behind which the mail is given back that the report is about.
_GIVEN_BACK = re.compile(
    r"^[ \t>|]*[-=*_|#. ]{0,80}(?:"
    r"(?:this|below|here|following|attached|included|enclosed|attachment)\b.{0,40}\bis an? copy of"
    r"|(?:the )?(?:body|headers?)\b.{0,20} (?:and|of|&)\b.{0,40}\b(?:message|mail)\b.{0,20}follow"
    r"|(?:the )?headers? of the (?:original|source) (?:message|mail)"
    r"|(?:the )?(?:original|returned|unsent|bounced|source|old|undelivered|non-?delivered|failed)"
    r" (?:e-?)?(?:message|mail|text)(?: (?:headers?|info|body|text|below|follows?|details))*"
    r"[ .:]*[-=*_|#. :]*$"
    r"|original message(?:$|\W*(?:[-=]|follows|header|attached))"
    r"|message (?:headers?|text|body|contents?) (?:follows?|suppressed)"
    r"|(?:message|mail) (?:follows|is attached)\b.{0,20}$"
    r"|returned mail follows|--- ?forwarded message|header of the (?:source )?mail attached"
    r"|(?:returned|undelivered) (?:message|mail)\W*$|bounced e-?mail:|bounced message"
    r"|-------\s*original mail info|mensaje original|message d'origine|urspr.ngliche nachricht"
    r"|оригинал(?:ьное)? сообщени|元のメール|原信|原始邮件|ниже этой линии"
    r").{0,120}$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_BLOCK = re.compile(
    r"^(?:Received|Return-Path|X-Received|DKIM-Signature|delivered-to): ?.*\n"
    r"(?:[ \t].*\n|[A-Za-z][A-Za-z0-9-]{1,40}:.*\n){2}",
    re.MULTILINE | re.IGNORECASE,
)
# Transcripts of sessions begin their lines with such signs too.
_QUOTED = re.compile(
    r"^[ \t]*(?:>(?!>> |>>\[|[ \t]*\S+@|[ \t]*RCPT|[ \t]*MAIL|[ \t]*DATA)|\|[ \t]).*$",
    re.MULTILINE | re.IGNORECASE,
)
_RUN = re.compile(r"([^\w\n])\1{79,}")
_FIELD_LINE = re.compile(r"^[ \t]{0,8}[A-Za-z][A-Za-z0-9-]{1,40}:", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a mail says itself, and the header fields of the mail within it, none if absent.

    `quoted` counts lines that quote others, as people do and machines do not.
    """

    text: str
    inner: Headers
    gives_back: bool
    quoted: int = 0


def of(mail: Part) -> Sheet:
    """The words of a mail: of its first texts, up to the mail it gives back."""
    told = list(texts(mail))
    whole = _tidied("\n".join(told)[: 2 * MAX_TEXT])
    found = _first(_GIVEN_BACK.search(whole), _HEADER_BLOCK.search(whole))
    said = whole[: found.start()] if found else whole
    behind = whole[found.start() :] if found else ""
    attached = _attached(mail)
    return Sheet(
        text=_QUOTED.sub("", said)[:MAX_TEXT],
        inner=attached if len(attached) else _inline(behind),
        gives_back=bool(len(attached)) or len(_FIELD_LINE.findall(behind[:4000])) > 2,
        quoted=len(_QUOTED.findall(said)),
    )


def _tidied(text: str) -> str:
    """Text in which nothing is repeated without end, so that no pattern takes long on it."""
    lines = [line.rstrip()[:MAX_LINE] for line in text.splitlines()]
    kept = (line for n, line in enumerate(lines) if line or (n and lines[n - 1]))
    return _RUN.sub(r"\1" * 79, "\n".join(islice(kept, MAX_LINES)) + "\n")


def plain(markup: str) -> str:
    """The words of HTML with its lines; not exact, but quick for any input."""
    for name in ("head", "style", "script"):
        markup = _without(markup, name)
    text = re.sub(r"\s+", " ", markup)
    text = re.sub(
        r"(?i)<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table|/?pre|hr)\b[^>]{0,2000}>", "\n", text
    )
    text = re.sub(r"<(?:[A-Za-z/!][^<>]{0,4000})>", "", text)
    lines = (line.strip() for line in html.unescape(text).replace("\xa0", " ").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _without(markup: str, name: str) -> str:
    """Markup without the elements of a name and what is in them."""
    lower, kept, at = markup.lower(), [], 0
    while (begin := lower.find(f"<{name}", at)) >= 0:
        end = lower.find(f"</{name}", begin)
        if end < 0:
            break
        kept.append(markup[at:begin])
        at = end + len(name) + 2
    return "".join([*kept, markup[at:]])


def texts(part: Part) -> Iterator[str]:
    """The texts of a mail up to the first mail attached to it; of alternatives the plainest."""
    if part.type == "multipart/alternative":
        told = [list(texts(each)) for each in part.parts]
        yield from next((said for said in told if "".join(said).strip()), [])
    elif part.type.startswith("multipart/") and not part.parts:
        yield charsets.decoded(part.body[: 2 * MAX_TEXT], "")
    elif part.type.startswith("multipart/"):
        for each in part.parts:
            if each.is_original:
                return
            yield from texts(each)
    elif part.type == "text/html":
        yield plain(part.text[: 4 * MAX_TEXT])
    elif part.type.startswith("text/") and not part.is_original:
        yield part.text[: 2 * MAX_TEXT]


def _attached(mail: Part) -> Headers:
    part = next((part for part in mail.walk() if part is not mail and part.is_original), None)
    if part is None:
        return Headers([])
    return part.parts[0].headers if part.parts else mime.headers_of(part.content)


def _inline(text: str) -> Headers:
    """Header fields that stand somewhere in a text: the first run of lines that are fields."""
    found = re.search(
        r"(?:^[ \t]{0,8}[A-Za-z][A-Za-z0-9-]{1,40}:.*\n(?:[ \t]+\S.*\n)*){2}", text, re.MULTILINE
    )
    if not found:
        return Headers([])
    lines = re.sub(
        r"^[ \t]{1,8}(?=[A-Za-z][A-Za-z0-9-]{1,40}:)", "", text[found.start() :], flags=re.M
    )
    return mime.headers_of(lines[:65536].encode("utf-8", "replace"))


def _first(*found: re.Match[str] | None) -> re.Match[str] | None:
    return min((each for each in found if each), key=lambda each: each.start(), default=None)
