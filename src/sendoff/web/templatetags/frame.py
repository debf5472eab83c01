"""What every page has around it: rooms that exist, workspace, health; it never fails a page."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from sendoff.accounts import public as accounts
from sendoff.insight import public as insight

register = template.Library()

THEMES = ("light", "dark")
# Title of the group, then (text, url name) of each page; a room that has no page yet is left out.
_ROOMS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("", (("Campaigns", "campaigns"),)),
    (
        "Audience",
        (
            ("Contacts", "contacts"),
            ("Lists", "lists"),
            ("Import", "imports"),
            ("Suppression", "suppressions"),
        ),
    ),
    (
        "Delivery",
        (
            ("Queue and lanes", "delivery"),
            ("Encryption", "encryption"),
            ("Provider limits", "limits"),
            ("Servers", "servers"),
            ("Domains", "domains"),
            ("Blocklists", "blocklists"),
            ("What comes back", "coming-back"),
            ("Unknown replies", "unknown-replies"),
        ),
    ),
    (
        "Logs",
        (
            ("Attempts", "log-attempts"),
            ("Bounces", "log-bounces"),
            ("Feedback", "log-feedback"),
            ("Opens and clicks", "log-hits"),
            ("Webhooks", "webhooks"),
        ),
    ),
    (
        "Reports",
        (
            ("Who sends as us", "reports-dmarc"),
            ("Encryption to us", "reports-tls"),
            ("Outside eyes", "reports-outside"),
            ("Reports received", "reports"),
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One page in the navigation."""

    text: str
    url: str
    here: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """The pages of one room."""

    title: str
    links: list[Link]


@register.simple_tag(takes_context=True)
def frame(context: dict[str, Any]) -> dict[str, Any]:
    """Everything base.html shows around the content, as plain values."""
    request = context.get("request")
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "") if request else ""
    values: dict[str, Any] = {
        "theme": theme if theme in THEMES else "",
        "signed_in": bool(user and user.is_authenticated),
    }
    if values["signed_in"]:
        values |= _inside(request)
    return values


def _inside(request: Any) -> dict[str, Any]:
    workspace = accounts.workspace_of(request.user)
    return {
        "workspace": workspace,
        "groups": _groups(request.path),
        "health": insight.health(),
        "health_url": _url("delivery"),
        "search_url": _url("search"),
        "search_text": request.GET.get("q", "") if request.path == _url("search") else "",
    }


def _groups(path: str) -> list[Group]:
    groups = []
    for title, pages in _ROOMS:
        links = [_link(text, url, path) for text, name in pages if (url := _url(name))]
        if links:
            groups.append(Group(title=title, links=links))
    return groups


def _link(text: str, url: str, path: str) -> Link:
    return Link(text=text, url=url, here=url == _nearest(path))


def _nearest(path: str) -> str:
    """The page in the navigation that a path lies under: the longest that fits."""
    urls = (_url(name) for _, pages in _ROOMS for _, name in pages)
    return max((url for url in urls if url and path.startswith(url)), key=len, default="")


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
