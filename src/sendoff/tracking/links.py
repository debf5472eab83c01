"""Where a link may lead: to the web address its campaign or signature names, and nowhere else."""

import re
import string
import threading
from collections.abc import Callable, Sequence
from urllib.parse import quote

Headers = list[tuple[str, str]]

TARGET_CHARS = 8192  # no browser is asked to follow more
CAMPAIGNS_KEPT = 128

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PRINTABLE = string.ascii_letters + string.digits + string.punctuation


def location(target: str) -> str | None:
    """The target as a Location header (RFC 9110 10.2.2); None if it is not a plain web address.

    Only http and https with a host, without control characters: so no `javascript:`, no `//host`,
    no second header. Letters beyond ASCII are percent-encoded as UTF-8, which browsers read back.
    """
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        return None
    if not rest or rest[0] in "/\\?#" or len(target) > TARGET_CHARS or _CONTROL.search(target):
        return None
    if target.isascii() and " " not in target:
        return target
    return quote(target, safe=_PRINTABLE)


def redirect(target: str) -> Headers | None:
    """The headers of an answer that leads there; None if `location` refuses the target."""
    place = location(target)
    if place is None:
        return None
    return [("Location", place), ("Cache-Control", "no-store"), ("Content-Length", "0")]


class Links:
    """The redirects of campaigns, kept ready: the links of a frozen version never change."""

    def __init__(self, targets_of: Callable[[int], Sequence[str]]) -> None:
        self._targets_of = targets_of
        self._ready: dict[int, list[Headers | None]] = {}
        self._lock = threading.Lock()

    def find(self, campaign: int, link: int) -> Headers | None:
        """The redirect of one numbered link, from 0; None where there is none."""
        redirects = self._ready.get(campaign)
        if redirects is None:
            redirects = self._prepare(campaign)
        return redirects[link] if link < len(redirects) else None

    def _prepare(self, campaign: int) -> list[Headers | None]:
        # HTML strips white space around an address, so it is not part of the link.
        redirects = [redirect(target.strip()) for target in self._targets_of(campaign)]
        if redirects:  # a campaign without a frozen version yet may have one later
            with self._lock:
                if len(self._ready) >= CAMPAIGNS_KEPT:
                    del self._ready[next(iter(self._ready))]
                self._ready[campaign] = redirects
        return redirects
