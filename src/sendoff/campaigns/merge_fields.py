"""Which merge fields a template prints, and which without a fallback. It renders nothing."""

import re
from dataclasses import dataclass, field

from sendoff.campaigns import liquid, shield

OURS = frozenset({"unsubscribe_url"})  # filled in for everyone; no field of a contact

_NAME = re.compile(r"(?<![\w.'-])([^\W\d][\w-]*)")
_STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'")
_DEFAULT = re.compile(r"\|\s*default\s*:")
_GUARDS = {"if", "unless", "case"}
_OPENS = {*_GUARDS, "for", "tablerow"}


@dataclass(slots=True)
class MergeFields:
    """Names of fields: all that are read, and those that print nothing where they are missing."""

    used: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)

    def add(self, source: str) -> None:
        """Count the fields of one more checked template in."""
        used = liquid.used_names(source) - OURS
        self.used |= used
        self.bare |= used & _printed_bare(source)


def prints_unsubscribe_link(source: str) -> bool:
    """Whether everyone gets the link: it stands outside every condition and comment."""
    depth = 0
    for tag in shield.scan(source):
        depth += (tag.name in {*_OPENS, "capture", "raw"}) - tag.name.startswith("end")
        if depth == 0 and not tag.name and "unsubscribe_url" in _names(tag.expression):
            return True
    return False


def _printed_bare(source: str) -> set[str]:
    """Names printed without a default and outside a condition on them."""
    bare: set[str] = set()
    guards: list[set[str]] = []
    for tag in shield.scan(source):
        if tag.name in _OPENS:
            guards.append(_names(tag.expression))
        elif tag.name in ("elsif", "when") and guards:
            guards[-1] |= _names(tag.expression)
        elif tag.name.removeprefix("end") in _OPENS and guards:
            guards.pop()
        elif not tag.name and not _DEFAULT.search(_STRINGS.sub("", tag.expression)):
            bare |= _printed(tag.expression).difference(*guards)
    return bare


def _printed(expression: str) -> set[str]:
    """The field at the head of an output, before its filters."""
    found = _NAME.match(_STRINGS.sub("", expression))
    return {found[1]} if found else set()


def _names(expression: str) -> set[str]:
    return set(_NAME.findall(_STRINGS.sub("", expression)))
