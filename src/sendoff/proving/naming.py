"""Read the domain that somebody typed or pasted. It asks nobody whether the domain exists."""

import ipaddress
import re
from urllib.parse import urlsplit

from sendoff.lib.errors import PlainError
from sendoff.mail.auth import names, suffixes

_DASHES = re.compile("[\u2010-\u2015\u2212]")  # what word processors make of a hyphen
_HIDDEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


class NameProblem(PlainError):
    """No sending domain can be read; the message is one sentence that says why."""


def read(text: str) -> str:
    """The domain in a text, in lower case and A-labels; NameProblem else.

    Blanks, capitals, a dot at the end, a whole URL and an e-mail address are understood.
    """
    shown = " ".join(text.split())[:100]
    typed = _HIDDEN.sub("", _DASHES.sub("-", text)).strip().strip("\"'<>,;")
    if not typed:
        raise NameProblem("Type the domain you write from, such as shop.example.")
    host = _host(typed)
    if re.search(r"\s", host):
        raise NameProblem(f"“{shown}” has a blank in it; a domain has none. Type one domain.")
    name = names.normal(host.replace("\u3002", "."))
    _check(name, shown)
    return name


def _host(typed: str) -> str:
    """The host of a URL, the domain of an address, or the text itself."""
    if "://" in typed or "/" in typed:
        try:
            host = urlsplit(typed if "://" in typed else f"//{typed}").hostname or ""
        except ValueError:
            return typed
        return host.removeprefix("www.")
    return typed.rpartition("@")[2].rstrip(".")


def _check(name: str, shown: str) -> None:
    if not name or ".." in name or not re.fullmatch(r"[a-z0-9.-]+", name):
        raise NameProblem(f"“{shown}” is no domain: it has a character that domains cannot have.")
    if _is_address(name):
        raise NameProblem(f"{shown} is an address; type the name, such as shop.example.")
    if "." not in name:
        raise NameProblem(f"“{shown}” has no dot; type the whole domain, such as shop.example.")
    if not names.can_exist(f"default._bimi.bounces.{name}"):
        raise NameProblem(f"“{shown}” is too long for a domain, or a part of it begins oddly.")
    if suffixes.registrable(name) is None:
        raise NameProblem(f"{name} belongs to everybody; type your own domain below it.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.replace(".", "").isdigit()
    return True
