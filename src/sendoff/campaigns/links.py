"""Find links and mark where tracking, unsubscribing and the pixel go. It makes no addresses.

Marks are noncharacters around a word: OPEN c 3 CLOSE is tracked link 3, u the unsubscribe page, o
the open pixel, x the trap link; DYNAMIC_OPEN … DYNAMIC_CLOSE surrounds an address that Liquid
writes per person.
"""

import html
import re
from urllib.parse import quote

from sendoff.campaigns import markup, shield

DYNAMIC_OPEN, DYNAMIC_CLOSE = "\ufdd2", "\ufdd3"
UNSUBSCRIBE = f"{shield.OPEN}u{shield.CLOSE}"
PIXEL = f"{shield.OPEN}o{shield.CLOSE}"
TRAP = f"{shield.OPEN}x{shield.CLOSE}"
MARK = re.compile(
    f"{shield.OPEN}(?P<kind>[coux])(?P<n>[0-9]*){shield.CLOSE}"
    f"|{DYNAMIC_OPEN}(?P<dynamic>[^{DYNAMIC_CLOSE}]*){DYNAMIC_CLOSE}"
)
NOWHERE = "#"  # where a link leads whose address is no web address

_CARRIES = re.compile("[\ufdd0-\ufdd3]")
_WEB = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_LEGAL = "!#$%&'()*+,/:;=?@[]~-._"  # RFC 3986: what need not be percent-encoded


def mark(kind: str, n: int) -> str:
    """The mark of tracked link n ("c")."""
    return f"{shield.OPEN}{kind}{n}{shield.CLOSE}"


def edits(source: shield.Shield) -> tuple[list[markup.Edit], list[str]]:
    """Edits that mark the links of a shielded source, and the targets of the numbered ones."""
    changes: list[markup.Edit] = []
    targets: list[str] = []
    for token in markup.tokens(source.text):
        href = token.attribute("href") if token.name in ("a", "area") else None
        if href is None or token.kind != "start":
            continue
        marked = _marked(href, source, targets)
        if marked:
            changes.append(markup.Edit(href.start, href.end, f'href="{marked}"'))
    return changes, targets


def stylesheets(source: str) -> list[markup.Edit]:
    """Edits that drop links to style sheets: a mail must not load what its author can not see."""
    return [
        markup.Edit(token.start, token.end, "")
        for token in markup.tokens(source)
        if token.kind == "start" and token.name == "link" and _is_stylesheet(token)
    ]


def web_target(written: str) -> str:
    """The address that an href (as it stands in HTML) leads to; "" where it is no web address."""
    target = re.sub(r"[\t\r\n]", "", html.unescape(written)).strip()
    return target if _WEB.match(target) else ""


def rendered_target(written: str) -> str:
    """The same for a rendered merged href, in the octets that a URL may contain (RFC 3986)."""
    return quote(web_target(written), safe=_LEGAL)


def clean(value: object) -> object:
    """A merge value without our marks, lists and groups included."""
    if isinstance(value, str):
        return _CARRIES.sub("\ufffd", value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {name: clean(item) for name, item in value.items()}
    return value


def _is_stylesheet(token: markup.Token) -> bool:
    rel = token.attribute("rel")
    return rel is not None and "stylesheet" in rel.value.lower().split()


def _marked(href: markup.Attribute, source: shield.Shield, targets: list[str]) -> str:
    """What the href becomes; "" where it stays as it is."""
    first = shield.PLACEHOLDER.search(href.raw)
    if first is None:
        target = web_target(href.raw)
        if not target:
            return ""
        targets.append(target)
        return mark("c", len(targets) - 1)
    before = href.raw[: first.start()].strip()
    if before and not before.lower().startswith(("http://", "https://")):
        return ""
    if any("unsubscribe_url" in source.tag(each).text for each in _placeholders(href.raw)):
        return ""
    return f"{DYNAMIC_OPEN}{href.raw.strip()}{DYNAMIC_CLOSE}"


def _placeholders(raw: str) -> list[re.Match[str]]:
    return list(shield.PLACEHOLDER.finditer(raw))
