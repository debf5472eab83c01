"""Which URLs of people may be asked: https, no names or passwords in them, port 443, the internet.

Every address of a host is judged once, and the connection goes to one that was: who answers
differently the next time changes nothing.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from sendoff.lib.errors import PlainError
from sendoff.smtp.hosts import is_public
from sendoff.smtp.route import Resolver

MAX_URL = 500
_PORTS = {"https": 443, "http": 80}
_ASCII_PATH = "/%:@!$&'()*+,;=-._~"


class TargetError(PlainError):
    """A URL may not be asked, or what was wanted of it cannot be; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart. `path` has its query; `literal`: the host is an address itself."""

    host: str
    port: int
    path: str
    encrypted: bool
    literal: bool


def read(url: str, *, private: bool) -> Target:
    """The target that a URL names. `private`: http and any port are fine. TargetError else."""
    if not url or len(url) > MAX_URL or any(c.isspace() or not c.isprintable() for c in url):
        raise TargetError(f"Write a URL of at most {MAX_URL} characters without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii").rstrip(".")
    except ValueError:  # UnicodeError is one
        raise TargetError("This is no URL. Write one such as https://example.com/hook.") from None
    _check_form(parts.scheme, host, "@" in parts.netloc, private=private)
    default = _PORTS[parts.scheme]
    if port not in (None, default) and not private:
        raise TargetError(f"Only port 443 is posted to, not {port}.")
    query = f"?{quote(parts.query, safe=_ASCII_PATH + '?')}" if parts.query else ""
    return Target(
        host=host,
        port=port or default,
        path=quote(parts.path or "/", safe=_ASCII_PATH) + query,
        encrypted=parts.scheme == "https",
        literal=_is_address(host),
    )


async def reach(target: Target, resolver: Resolver, *, private: bool) -> Sequence[str]:
    """The addresses of a target. TargetError where it has none, or one not on the internet."""
    if target.literal:
        found: Sequence[str] = (str(ipaddress.ip_address(target.host)),)
    else:
        found, _ = await resolver.addresses_of(target.host)
    if not found:
        raise TargetError(f"{target.host} has no address.")
    if not private and not all(is_public(each) for each in found):
        raise TargetError(
            f"{target.host} has an address that is not on the internet; nothing was sent."
        )
    return found


def _check_form(scheme: str, host: str, names: bool, *, private: bool) -> None:
    if scheme not in _PORTS or (scheme == "http" and not private):
        raise TargetError("The URL must begin with https://, so that nobody on the way reads it.")
    if names:
        raise TargetError("Leave name and password out of the URL; each request is signed.")
    if not host:
        raise TargetError("The URL names no host. Write one such as https://example.com/hook.")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
