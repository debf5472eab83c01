"""The formats in which mail servers tell people that a mail came back. The formats are data.

A rule says by which words a format begins and, where the common shapes do not do, how a recipient
stands in it. It never says what a failure means: the words themselves are read for that.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

from sendoff.lib import rules
from sendoff.mail.returned.saying import ADDRESS, MAX_RECIPIENTS, tidy

_SPACE = re.compile(r" +")


@dataclass(frozen=True, kw_only=True)
class Format(rules.Rule):
    """One format. In patterns a blank stands for any white space and {a} for an address.

    `begins` is what it says before it names the recipients; `recipient` holds patterns of which the
    first that finds any is used, each with the address as its first group; without one the common
    shapes are. `weight` is how sure it makes that a machine speaks. `means` is a reply in words of
    SMTP that says what the format says by itself. `bare` names stand without their domain.
    """

    begins: re.Pattern[str]
    recipient: tuple[re.Pattern[str], ...] = ()
    ends: re.Pattern[str] | None = None
    weight: int = 3
    delayed: bool = False
    bare: bool = False
    means: str = ""

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Self:
        read = dict(table)
        begins = read["begins"]
        read["begins"] = pattern(begins if isinstance(begins, str) else "|".join(begins))
        shapes = read.get("recipient", ())
        read["recipient"] = [pattern(x) for x in ([shapes] if isinstance(shapes, str) else shapes)]
        if "ends" in read:
            read["ends"] = pattern(read["ends"])
        return super().from_table(read)

    def matches_sample(self, text: str) -> bool:
        found = self.begins.search(text)
        if not found:
            return False
        anybody = any(named(self, area, lambda _: True) for area in self.areas(text, found))
        return anybody or not self.recipient

    def areas(self, text: str, found: re.Match[str]) -> tuple[str, str]:
        """Where recipients are named: behind the beginning, up to the end if told; or anywhere."""
        behind = text[found.start() if self.recipient else found.end() :]
        end = self.ends.search(behind) if self.ends else None
        return (behind[: end.start()] if end else behind), text


@dataclass(frozen=True, slots=True)
class Named:
    """A recipient where it stands in a text, and what is said there about it."""

    address: str
    said: str


def pattern(text: str) -> re.Pattern[str]:
    """A pattern of a rule file: case does not matter, ^ and $ are of lines."""
    if "[ " in text or " ]" in text:
        raise ValueError(f"write \\x20 for a blank within brackets: {text}")
    return _compiled(_SPACE.sub(r"\\s+", text.replace(" ?", r"\s*")))


def _compiled(text: str) -> re.Pattern[str]:
    address = rf"(?<![\w.+%-])({ADDRESS})"
    return re.compile(text.replace("{a}", address), re.IGNORECASE | re.MULTILINE)


@functools.cache
def known(file: str) -> tuple[Format, ...]:
    """The formats of one file of `rules/`, in the order in which they are tried."""
    return rules.load(Path(__file__).with_name("rules") / file, Format)


def matching(text: str, among: Iterable[Format]) -> Iterator[tuple[Format, re.Match[str]]]:
    """The formats that a text may be of, in their order."""
    for each in among:
        if found := each.begins.search(text):
            yield each, found


def named(
    each: Format, area: str, accepts: Callable[[str], bool], *, sure: bool = False
) -> list[Named]:
    """The recipients in a text: by the first shape that finds any who are accepted.

    With `sure` only by shapes that leave no doubt: those of the format, or a line to itself.
    """
    shapes = each.recipient or (_shapes()[:2] if sure else _shapes())
    for shape in shapes:
        hits = islice(shape.finditer(area), MAX_RECIPIENTS)
        found = [hit for hit in hits if hit[1] and accepts(_name(hit, each))]
        if found:
            ends = [hit.start() for hit in found[1:]] + [len(area)]
            return [
                Named(_name(hit, each), area[hit.end(1) : end].strip(" \t\n<>:;,\"'"))
                for hit, end in zip(found, ends, strict=True)
            ]
    return []


def _name(hit: re.Match[str], each: Format) -> str:
    return tidy(hit[1]) or (hit[1] if each.bare else "")


@functools.cache
def _shapes() -> tuple[re.Pattern[str], ...]:
    """How a recipient stands in most formats, the surest first."""
    return tuple(_compiled(text) for text in _SHAPES)


_SHAPES = (
    r"^[ \t]*(?:(?:failed|final|intended|original|undeliverable)[ \t-])?"
    r"(?:recipient|address(?:ed to)?)"
    r"(?:[ \t]address)?(?:\(s\)|s)?[ \t]*:[ \t]*[<\[\"']*(?:smtp:|rfc822;)?[ \t]*{a}",
    r"^[ \t]*(?:[*>•·-]{1,3}[ \t]*)?[<\[(\"'“]{0,2}(?:smtp[:;=]|mailto:|rfc822;)?{a}"
    r"(?=[>\])\"'”]{0,2}(?:<mailto:[^>]*>)?"
    r"(?:[ \t]*$|[ \t]*[:;,(\[{*.]|[ \t]+(?!wrote|said|schrieb)\S))",
    r"\bsmtp[=:]{a}",
    r"^.{0,20}rcpt to:[ \t]*<{a}>",
    r"^.{0,30}\b[45]\d\d[ -].{0,80}?<{a}>",
    r"(?:to|for|an|à|a|para|per|aan|till|til|до|для)[ \t]*:?[ \t]*[<\"']{0,2}{a}",
    r"[<\"'(\[]?{a}",
)
