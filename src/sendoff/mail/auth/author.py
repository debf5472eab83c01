"""Find the author's domain in From (RFC 5322 3.4, RFC 9989 5.3.1). Never picks one of several."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sendoff.mail.auth import names
from sendoff.mail.auth.message import Message, unfolded

MAX_FROM = 64 * 1024  # octets of a From that are read; a longer one names no author
_PIECE = re.compile(
    r'"(?:[^"\\]|\\.)*"'  # a quoted string
    r"|\[(?:[^\[\]\\]|\\.)*\]"  # a domain literal
    r"|[ \t]+"
    r'|[^ \t"\[\]()<>@,;:.\\\x00-\x1f\x7f]+'  # an atom
    r"|[<>@,;:.()\[\]\"\\]|[\x00-\x1f\x7f]",
    re.DOTALL,
)
_SPECIALS = frozenset('<>@,;:.()[]"\\')


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The domain of From, or why there is not just one. `several`: more than one was named."""

    domain: str = ""
    several: bool = False
    why: str = ""


class Malformed(ValueError):
    """A From cannot be read; the message is a phrase."""


def of(message: Message) -> Author:
    """The author of a message."""
    fields = message.named(b"from")
    if len(fields) > 1:
        return Author(several=True, why=f"The message has {len(fields)} From fields.")
    if not fields:
        return Author(why="The message has no From.")
    value = unfolded(fields[0].value)
    if len(value) > MAX_FROM:
        return Author(why="From is longer than any reader takes.")
    try:
        return one_of(addresses(value.decode("utf-8", "replace")))
    except Malformed as problem:
        return Author(why=f"From cannot be read: {problem}.")


def one_of(domains: Sequence[str]) -> Author:
    """The one domain among those named in a From."""
    named = {names.normal(domain) for domain in domains}
    if len(named) > 1:
        return Author(several=True, why="From names addresses in several domains.")
    if not named:
        return Author(why="From names no address.")
    domain = named.pop()
    if not domain or domain.startswith("["):
        return Author(why="From names an address without a domain name.")
    return Author(domain=domain)


def addresses(value: str) -> list[str]:
    """The domains of the addresses in a From, in their order. Malformed where none can be told."""
    found: list[str] = []
    mailbox: list[str] = []
    depth = 0  # of angle brackets: a comma within is a route's
    in_group = False
    for piece in _pieces(value):
        depth += {"<": 1, ">": -1}.get(piece, 0)
        if depth == 0 and piece == ":" and not in_group:
            in_group, mailbox = True, []
        elif depth == 0 and (piece == "," or (piece == ";" and in_group)):
            in_group = in_group and piece != ";"
            found += _domains(mailbox)
            mailbox = []
        else:
            mailbox.append(piece)
    return found + _domains(mailbox)


def _pieces(value: str) -> Iterator[str]:
    """The pieces without comments; blanks are one blank."""
    depth, at = 0, 0
    while at < len(value):
        match = _PIECE.match(value, at)
        piece = match[0] if match else value[at]
        if depth and piece[0] in '"[':
            piece = piece[0]  # quotes mean nothing within a comment
        if depth and piece == "\\":
            at += 1
        at += len(piece)
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth == 0 and piece != ")":
            yield " " if piece.isspace() and piece[0] in " \t" else _sound(piece)
        elif piece == ")" and depth == 0:
            yield " "
        if depth < 0:
            raise Malformed("a bracket closes that never opened")
    if depth:
        raise Malformed("a comment does not end")


def _sound(piece: str) -> str:
    if piece in ('"', "[", "]", "\\", "("):
        raise Malformed("a quote or bracket does not end")
    if ord(piece[0]) < 32 or piece == "\x7f":
        raise Malformed("it holds a control character")
    return piece


def _domains(mailbox: Sequence[str]) -> list[str]:
    """The domain of one mailbox; of two where its name is itself an address that readers see."""
    if "<" not in mailbox:
        return [_domain(mailbox)] if "@" in mailbox else _no_address(mailbox)
    start = mailbox.index("<")
    phrase, rest = mailbox[:start], mailbox[start + 1 :]
    if ">" not in rest or any(piece != " " for piece in rest[rest.index(">") + 1 :]):
        raise Malformed("something stands after the address, or its bracket does not close")
    inside = _without_route(rest[: rest.index(">")])
    shown = [_domain(phrase)] if "@" in phrase else []
    return [*shown, _domain(inside)]


def _no_address(mailbox: Sequence[str]) -> list[str]:
    """A name without an address, as in "Doe, John <j@shop.test>", names nobody."""
    if any(piece in _SPECIALS and piece != "." for piece in mailbox):
        raise Malformed("it has signs outside an address")
    return []


def _without_route(pieces: Sequence[str]) -> Sequence[str]:
    """An obsolete source route (RFC 5322 4.4) goes: `@relay.test,@b.test:ana@shop.test`."""
    first = next((piece for piece in pieces if piece != " "), "")
    return pieces[pieces.index(":") + 1 :] if first == "@" and ":" in pieces else pieces


def _domain(pieces: Sequence[str]) -> str:
    """The domain of an addr-spec: one @, atoms with dots between, blanks only beside dots."""
    if pieces.count("@") != 1:
        raise Malformed("it does not have just one @ in an address")
    at = pieces.index("@")
    _check_atoms(pieces[:at])
    return _check_atoms(pieces[at + 1 :])


def _check_atoms(pieces: Sequence[str]) -> str:
    """The words joined. Two words need a dot between them, and there must be a word."""
    text, word = "", False
    for piece in pieces:
        if piece == " ":
            continue
        if piece in _SPECIALS and piece != ".":
            raise Malformed("it has signs where an address must be")
        if piece != "." and word:
            raise Malformed("it has two words where an address must be")
        word = piece != "."
        text += piece
    if not text.strip("."):
        raise Malformed("an address lacks a part")
    return text
