"""The two body parts as octets: constant runs are encoded once, slots per message. No headers."""

import html
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from sendoff.campaigns import links, liquid, merging, segments
from sendoff.lib import tokens
from sendoff.mail import quoted

TOKEN_LENGTH = 24  # of lib.tokens' URL form

# What is added to a page by the kind of its mark: what it is for, and what stands around the token.
_UNSEEN = {
    "o": (
        "opens",
        '<img src="{}/t/o/',
        '.gif" width="1" height="1" alt="" style="display:block;border:0">',
    ),
    "x": (
        "trap",
        '<a href="{}/t/x/',
        '" rel="nofollow" tabindex="-1" aria-hidden="true" style="display:none"></a>',
    ),
}

Fill = Callable[["Message"], bytes]


class Message(NamedTuple):
    """What the slots of one message are filled from."""

    campaign: int
    seq: int
    fields: Mapping[str, object]
    hit: str
    unsubscribe: str


class Tracking:
    """The addresses of one campaign's tracked things; `used` are the kinds that are in use:
    clicks, opens, and a trap, which is a link that people do not see and scanners follow."""

    def __init__(self, base_url: str, hits: tokens.Tokens, used: Set[str]) -> None:
        self.base, self.used = base_url.rstrip("/"), used
        self._hits = hits

    def merged_link(self, written: str, message: Message) -> str:
        """The href, as it stands in HTML, for a rendered merged address."""
        target = links.rendered_target(written)
        if not target:
            return links.NOWHERE
        if "clicks" not in self.used:
            return html.escape(target)
        signature = self._hits.of(message.campaign, message.seq, target.encode())
        return f"{self.base}/t/d/{message.hit}/{signature}?u={quote(target, safe='')}"

    def filled(self, template: str, message: Message, targets: tuple[str, ...]) -> str:
        """A rendered template with every mark replaced, in plain slow code."""

        def one(found: re.Match[str]) -> str:
            if found["dynamic"] is not None:
                return self.merged_link(found["dynamic"], message)
            mark = segments.Mark(found["kind"], int(found["n"] or 0))
            around = self.around(mark, targets)
            return around[0] + (around[1](message).decode() + around[2] if around[1] else "")

        return links.MARK.sub(one, template)

    def around(self, mark: segments.Mark, targets: tuple[str, ...]) -> tuple[str, Fill | None, str]:
        """Text before the token, the token (None for no token) and text after it."""
        if mark.kind == "u":
            return f"{self.base}/t/u/", _unsubscribe, ""
        if mark.kind in _UNSEEN:
            name, before, after = _UNSEEN[mark.kind]
            used = name in self.used
            return (before.format(self.base), _hit, after) if used else ("", None, "")
        if "clicks" not in self.used:
            return html.escape(targets[mark.n]), None, ""
        return f"{self.base}/t/c/", _hit, f"/{mark.n}"


class Layout:
    """Octets in their order: constant runs, and places for what each message brings."""

    def __init__(self, tracking: Tracking, targets: tuple[str, ...]) -> None:
        self._tracking, self._targets = tracking, targets
        self._runs: list[bytes] = [b""]  # between each two of them is a place
        self._places: list[object] = []  # keys: what is filled in, made once where equal
        self._slots: dict[object, merging.Column] = {}
        self._fills: dict[object, Fill] = {}
        self._column = 0

    def raw(self, octets: bytes) -> None:
        """Octets that are in wire form already and begin and end at a line's start."""
        self._add(octets)
        self._column = 0

    def part(self, template: str, merges: bool, is_html: bool) -> None:
        """One body part: in segments where it is plain, else rendered by Liquid each time."""
        pieces = segments.split(template, merges)
        if pieces is None:
            self._filled(("part", is_html), self._by_liquid(template, is_html))
        else:
            for piece in pieces:
                self._piece(piece, is_html)

    def body(self) -> "Body":
        """What was laid out, to be filled in for each message."""
        number = {key: n for n, key in enumerate([*self._slots, *self._fills])}
        merged = merging.Merging(self._slots.values())
        order = [number[key] for key in self._places]
        return Body(tuple(self._runs), tuple(order), merged, tuple(self._fills.values()))

    def _piece(self, piece: str | segments.Slot | segments.Mark, is_html: bool) -> None:
        if isinstance(piece, str):
            self._constant(piece)
        elif isinstance(piece, segments.Slot):
            self._begin_line()
            self._slots.setdefault((piece, is_html), merging.Column(piece, is_html))
            self._place((piece, is_html))
        elif piece.kind == "d":
            self._begin_line()
            self._filled(piece, self._of_merged_link(piece.pieces))
        else:
            before, token, after = self._tracking.around(piece, self._targets)
            self._constant(before)
            if token:
                self._token(token)
            self._constant(after)

    def _constant(self, text: str) -> None:
        encoded = quoted.encode(text, self._column)
        self._column = quoted.column_after(encoded, self._column)
        self._add(encoded)

    def _token(self, fill: Fill) -> None:
        if self._column + TOKEN_LENGTH > quoted.LINE:
            self._begin_line()
        self._filled(fill, fill)
        self._column += TOKEN_LENGTH

    def _begin_line(self) -> None:
        """As a value of any length does; what follows it begins one too."""
        if self._column:
            self._add(quoted.SOFT)
            self._column = 0

    def _add(self, octets: bytes) -> None:
        """Constant octets, joined to the run before."""
        self._runs[-1] += octets

    def _filled(self, key: object, fill: Fill) -> None:
        self._fills.setdefault(key, fill)
        self._place(key)

    def _place(self, key: object) -> None:
        self._places.append(key)
        self._runs.append(b"")

    def _of_merged_link(self, pieces: tuple[str | segments.Slot | segments.Mark, ...]) -> Fill:
        def fill(message: Message) -> bytes:
            written = "".join(
                piece.html(message.fields) if isinstance(piece, segments.Slot) else str(piece)
                for piece in pieces
            )
            return quoted.encode_value(self._tracking.merged_link(written, message))

        return fill

    def _by_liquid(self, source: str, is_html: bool) -> Fill:
        template = liquid.Template(source, html=is_html)

        def fill(message: Message) -> bytes:
            ours = {"unsubscribe_url": f"{self._tracking.base}/t/u/{message.unsubscribe}"}
            fields = {name: links.clean(value) for name, value in message.fields.items()}
            text = self._tracking.filled(template.render(fields | ours), message, self._targets)
            return quoted.encode(text if is_html else _without_gaps(text))

        return fill


@dataclass(frozen=True, slots=True)
class Body:
    """Constant runs and, between each two, what each message brings: a value by its number, those
    of the merge fields first."""

    runs: tuple[bytes, ...]
    order: tuple[int, ...]
    merged: merging.Merging
    fills: tuple[Fill, ...]

    def values(self, message: Message) -> list[bytes]:
        """What one message brings."""
        values = self.merged.fill(message.fields)
        values += [fill(message) for fill in self.fills]
        return values

    def filled(self, values: list[bytes]) -> bytes:
        """The octets of the message that brought these values."""
        octets = [b""] * (2 * len(self.order) + 1)
        octets[::2] = self.runs
        octets[1::2] = [values[n] for n in self.order]
        return b"".join(octets)


def _without_gaps(text: str) -> str:
    """Text in which blocks that printed nothing leave no run of empty lines."""
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+\n", "\n\n", text)


def _hit(message: Message) -> bytes:
    return message.hit.encode()


def _unsubscribe(message: Message) -> bytes:
    return message.unsubscribe.encode()
