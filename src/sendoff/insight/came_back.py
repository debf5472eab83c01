"""Opens and clicks by whom, in words, each number with the address of its rows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from sendoff.tracking import public as tracking

_OTHERS = {
    "machine": "by machines",
    "privacy_proxy": "by a privacy proxy",
    "unknown": "by we don't know whom",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """So many messages, each once; `did` opens their rows, "" where there is nothing to open."""

    words: str
    count: int
    did: str


@dataclass(frozen=True, kw_only=True)
class Back:
    """What came back of one kind: by people, and the rest apart."""

    by_people: Part
    others: tuple[Part, ...]


def came_back(seen: tracking.Engagement) -> tuple[Back, ...]:
    """Clicks, then opens. Those of the last seconds are named, as nobody has looked at them yet."""
    return (
        _back("clicked", seen.clicked_by, seen.clicked_lately),
        _back("opened", seen.opened_by, seen.opened_lately),
    )


def _back(did: str, by: Mapping[str, int], lately: int) -> Back:
    others = [
        Part(words=words, count=by[label], did=f"{did}_{label}")
        for label, words in _OTHERS.items()
        if by.get(label)
    ]
    if lately:
        others.append(Part(words="being looked at", count=lately, did=""))
    people = Part(words=did, count=by.get("human", 0), did=f"{did}_human")
    return Back(by_people=people, others=tuple(others))
