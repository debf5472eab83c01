"""The few pages strangers see under /t/: whole, made at import. No script, no cookie, no name.

They are plain HTML with one style block that the Content-Security-Policy knows by its hash.
"""

import base64
import hashlib
from dataclasses import dataclass
from html import escape

_STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf7;--ink:#22252a;--quiet:#5b6068;--accent:#0f5e63}
@media (prefers-color-scheme:dark){
:root{--paper:#17191c;--ink:#e8e6e1;--quiet:#a3a7ad;--accent:#6cc5c9}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.6 system-ui,sans-serif}
main{max-width:34rem;margin:12vh auto;padding:0 1.5rem}
h1{font-size:1.6rem;line-height:1.25;font-weight:600;margin:0 0 1rem}
p{margin:0 0 1rem}
p.quiet{color:var(--quiet)}
button{font:inherit;font-weight:600;padding:.6rem 1.2rem;border:0;border-radius:4px;
background:var(--accent);color:var(--paper);cursor:pointer}
button:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", _POLICY),
    ("Referrer-Policy", "no-referrer"),  # the address of the page holds the token
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
)
BUTTON = ("unsubscribe", "yes")  # what the page's button posts
_FORM = (
    f'<form method="post"><p><button name="{BUTTON[0]}" value="{BUTTON[1]}">'
    "Unsubscribe</button></p></form>"
)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer ready to be given: status line, headers, body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def _page(
    status: str, title: str, *says: str, button: bool = False, header: tuple[str, str] | None = None
) -> Page:
    first, *quiet = (escape(sentence) for sentence in says)
    parts = [
        f"<p>{first}</p>",
        _FORM if button else "",
        *(f'<p class="quiet">{q}</p>' for q in quiet),
    ]
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>"
    ).encode()
    extra = [header] if header else []
    return Page(status, [*_HEADERS, *extra, ("Content-Length", str(len(body)))], body)


ASK = _page(
    "200 OK",
    "Unsubscribe?",
    "Press the button, and the address this mail was sent to gets no more newsletters from us.",
    "Nothing changes until you press it.",
    button=True,
)
UNSUBSCRIBED = _page(
    "200 OK",
    "You are unsubscribed",
    "It is noted: the address this mail was sent to gets no more newsletters from us.",
    "A mail that is on its way at this very moment may still arrive.",
)
GONE = _page(
    "200 OK",
    "You get no mail from us",
    "The address this mail was sent to is no longer on our lists, so there was nothing to change.",
)
NOT_UNDERSTOOD = _page(
    "400 Bad Request",
    "Please press the button",
    "We could not read what was sent here, so nothing was changed. The button unsubscribes you.",
    button=True,
)
TOO_LARGE = _page(
    "413 Content Too Large",
    "Please press the button",
    "What was sent here is longer than we read. Nothing was changed; the button unsubscribes you.",
    button=True,
)
NOT_YET = _page(
    "503 Service Unavailable",
    "Please try once more in a minute",
    "We can not reach our records just now, so you are not unsubscribed yet.",
    "Nothing was lost: the same link keeps working.",
    button=True,
    header=("Retry-After", "60"),
)
WHO = _page(
    "404 Not Found",
    "We can not tell which mail this belongs to",
    "The address of this page is not complete, so nothing was changed. Please open the mail and "
    "press its unsubscribe link again; if that leads here too, answer the mail with the word "
    "unsubscribe.",
)
NO_LINK = _page(
    "404 Not Found",
    "This link leads nowhere",
    "It may have been cut on its way. Please open the mail and press the link there once more.",
)
LINK_AWAY = _page(
    "503 Service Unavailable",
    "Please try once more in a minute",
    "We can not look up where this link leads just now. The same link keeps working.",
    header=("Retry-After", "60"),
)
ONLY_READING = _page(
    "405 Method Not Allowed",
    "This address can only be read",
    "Please open it from the mail by pressing the link there.",
    header=("Allow", "GET, HEAD"),
)
ONLY_READING_OR_BUTTON = _page(
    "405 Method Not Allowed",
    "This address has one button",
    "Please open it from the mail and press the button. Nothing was changed.",
    header=("Allow", "GET, HEAD, POST"),
)
