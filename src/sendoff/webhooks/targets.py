"""Which addresses may be told events: https, no names or passwords in it, port 443. Asks no DNS."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from sendoff.lib.errors import PlainError

MAX_URL = 500
_PORTS = {"https": 443, "http": 80}
_ASCII_PATH = "/%:@!$&'()*+,;=-._~"


class WebhookError(PlainError):
    """What was asked of webhooks cannot be done; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart. `path` has its query; `literal`: the host is an address itself."""

    host: str
    port: int
    path: str
    encrypted: bool
    literal: bool


def read(url: str, *, private: bool) -> Target:
    """The target that a URL names. `private`: http and any port are fine. WebhookError else."""
    if not url or len(url) > MAX_URL or any(c.isspace() or not c.isprintable() for c in url):
        raise WebhookError(f"Write a URL of at most {MAX_URL} characters without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii").rstrip(".")
    except ValueError:  # UnicodeError is one
        raise WebhookError("This is no URL. Write one such as https://example.com/hook.") from None
    _check_form(parts.scheme, host, "@" in parts.netloc, private=private)
    default = _PORTS[parts.scheme]
    if port not in (None, default) and not private:
        raise WebhookError(f"Only port 443 is posted to, not {port}.")
    query = f"?{quote(parts.query, safe=_ASCII_PATH + '?')}" if parts.query else ""
    return Target(
        host=host,
        port=port or default,
        path=quote(parts.path or "/", safe=_ASCII_PATH) + query,
        encrypted=parts.scheme == "https",
        literal=_is_address(host),
    )


def _check_form(scheme: str, host: str, names: bool, *, private: bool) -> None:
    if scheme not in _PORTS or (scheme == "http" and not private):
        raise WebhookError("The URL must begin with https://, so that nobody on the way reads it.")
    if names:
        raise WebhookError("Leave name and password out of the URL; each request is signed.")
    if not host:
        raise WebhookError("The URL names no host. Write one such as https://example.com/hook.")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
