"""Answer /t/…: plain WSGI in front of Django, which waits for no write but an opt-out's.

/t/o/TOKEN.gif               the pixel: an open
/t/c/TOKEN/LINK              a numbered link of the campaign's frozen version: a click
/t/d/TOKEN/SIGNATURE?u=…     a link of this one message, signed with its target: a click
/t/x/TOKEN                   a link that no person can see: who follows it is a machine
/t/u/TOKEN                   the unsubscribe page; POST unsubscribes (RFC 8058)
"""

import base64
import threading
from collections.abc import Callable, Sequence
from urllib.parse import unquote_to_bytes
from wsgiref.types import StartResponse, WSGIEnvironment

from sendoff.lib import clock
from sendoff.lib.tokens import MessageRef, Tokens
from sendoff.tracking import hits, links, optout, pages
from sendoff.tracking.recorder import StoreAway

Answer = tuple[str, list[tuple[str, str]], list[bytes]]

_GIF = [base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")]
_GIF_HEADERS = [
    ("Content-Type", "image/gif"),
    ("Content-Length", str(len(_GIF[0]))),
    ("Cache-Control", "no-store"),
]
_PIXEL: Answer = ("200 OK", _GIF_HEADERS, _GIF)
_EMPTY = [b""]
_SIGNATURE_CHARS = 20
_LINK_DIGITS = 5


class HotApp:
    """The WSGI callable. Everything it needs to know or do outside comes in as a function."""

    def __init__(
        self,
        *,
        key: bytes,
        targets_of: Callable[[int], Sequence[str]],
        record: Callable[[hits.Hit], None],
        unsubscribe: Callable[[hits.Hit], optout.OptOut],
    ) -> None:
        self._hit_tokens = Tokens(key, "hit")
        self._unsubscribe_tokens = Tokens(key, "unsubscribe")
        self._links = links.Links(targets_of)
        self._record = record
        self._unsubscribe = unsubscribe
        self._doors = {
            "o": self._open,
            "c": self._click,
            "d": self._dynamic,
            "u": self._opt_out,
            "x": self._trap,
        }
        self._forged = 0
        self._lock = threading.Lock()

    @property
    def forged(self) -> int:
        """Requests of this process whose token or signature was not ours."""
        return self._forged

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        parts = environ["PATH_INFO"].split("/")  # "", "t", kind, token, …
        door = self._doors.get(parts[2]) if len(parts) > 3 else None
        status, headers, body = door(environ, parts) if door else _answer(pages.NO_LINK)
        start_response(status, headers)
        return _EMPTY if environ["REQUEST_METHOD"] == "HEAD" else body

    def _open(self, environ: WSGIEnvironment, parts: list[str]) -> Answer:
        token, _, _ = parts[3].partition(".")
        ref = self._hit_tokens.read(token)
        if ref is None:
            self._count_forged()
        elif environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            self._record(_hit(environ, ref, hits.OPEN))
        return _PIXEL

    def _click(self, environ: WSGIEnvironment, parts: list[str]) -> Answer:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _answer(pages.ONLY_READING)
        ref = self._hit_tokens.read(parts[3])
        if ref is None:
            self._count_forged()
            return _answer(pages.NO_LINK)
        link = _number(parts[4]) if len(parts) == 5 else None
        if link is None:
            return _answer(pages.NO_LINK)
        try:
            headers = self._links.find(ref.campaign, link)
        except StoreAway:
            return _answer(pages.LINK_AWAY)
        if headers is None:
            return _answer(pages.NO_LINK)
        self._record(_hit(environ, ref, hits.CLICK, link))
        return "302 Found", headers, _EMPTY

    def _dynamic(self, environ: WSGIEnvironment, parts: list[str]) -> Answer:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _answer(pages.ONLY_READING)
        what = _target(environ.get("QUERY_STRING", ""))
        ref = self._signed_for(parts[3], parts[4], what) if len(parts) == 5 else None
        if ref is None:
            self._count_forged()
            return _answer(pages.NO_LINK)
        target = what.decode("utf-8", "replace")
        headers = links.redirect(target)
        if headers is None:
            return _answer(pages.NO_LINK)
        self._record(_hit(environ, ref, hits.CLICK, None, target[: hits.DETAIL_CHARS]))
        return "302 Found", headers, _EMPTY

    def _trap(self, environ: WSGIEnvironment, parts: list[str]) -> Answer:
        ref = self._hit_tokens.read(parts[3]) if len(parts) == 4 else None
        if ref is None:
            self._count_forged()
        elif environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            self._record(_hit(environ, ref, hits.TRAP))
        return _answer(pages.NO_LINK)

    def _opt_out(self, environ: WSGIEnvironment, parts: list[str]) -> Answer:
        ref = self._unsubscribe_tokens.read(parts[3]) if len(parts) == 4 else None
        if ref is None:
            self._count_forged()
            return _answer(pages.WHO)
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            return _answer(self._posted(environ, ref))
        return _answer(pages.ASK if method in ("GET", "HEAD") else pages.ONLY_READING_OR_BUTTON)

    def _posted(self, environ: WSGIEnvironment, ref: MessageRef) -> pages.Page:
        body = optout.body_of(environ)
        if body is None:
            return pages.TOO_LARGE
        wish = optout.wish_of(body, environ.get("CONTENT_TYPE") or "")
        if wish is None:
            return pages.NOT_UNDERSTOOD
        try:
            done = self._unsubscribe(_hit(environ, ref, hits.UNSUBSCRIBE, None, wish))
        except StoreAway:
            return pages.NOT_YET
        return pages.GONE if done is optout.OptOut.GONE else pages.UNSUBSCRIBED

    def _signed_for(self, token: str, signature: str, what: bytes) -> MessageRef | None:
        if len(signature) != _SIGNATURE_CHARS or not signature.isascii():
            return None
        ref = self._hit_tokens.read(token)
        return ref if ref and self._hit_tokens.proves(signature, ref, what) else None

    def _count_forged(self) -> None:
        with self._lock:
            self._forged += 1


def _answer(page: pages.Page) -> Answer:
    return page.status, page.headers, [page.body]


def _hit(
    environ: WSGIEnvironment,
    ref: MessageRef,
    kind: str,
    link: int | None = None,
    detail: str = "",
) -> hits.Hit:
    return hits.Hit(
        ref.campaign,
        ref.seq,
        kind,
        link,
        detail,
        clock.now_ms(),
        environ.get("HTTP_USER_AGENT", "")[: hits.USER_AGENT_CHARS],
        (environ.get("REMOTE_ADDR") or "")[: hits.IP_CHARS],
        environ["REQUEST_METHOD"],
    )


def _number(text: str) -> int | None:
    plain = len(text) <= _LINK_DIGITS and text.isascii() and text.isdecimal()
    return int(text) if plain else None


def _target(query: str) -> bytes:
    """The bytes that `u` stands for; others may have put parameters of their own beside it."""
    for field in query.split("&"):
        if field.startswith("u="):
            return unquote_to_bytes(field[2:])
    return b""
