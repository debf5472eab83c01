"""Read what mail servers write for people when a mail came back. It never believes a quotation.

A format of `rules/` must be recognised and the signs of a machine must weigh enough.
"""

import re
from collections.abc import Iterator
from itertools import chain

from sendoff.mail.returned import evidence, formats, judging
from sendoff.mail.returned.formats import Format, Named
from sendoff.mail.returned.mime import Headers, Part
from sendoff.mail.returned.saying import Said, address, addresses
from sendoff.mail.returned.sheets import Sheet
from sendoff.mail.returned.values import Kind, Returned

_Fitting = tuple[Format, tuple[str, ...]]

_NOBODYS = re.compile(
    r"(?:postmaster|mailer-daemon|abuse|hostmaster|support|helpdesk|help|webmaster|administrator|"
    r"admin|info)@",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\s*(?:returned mail|delivery failure|correo devuelto|warning: \S+ -|mail failure)[ :-]+(.*)",
    re.IGNORECASE | re.DOTALL,
)
_KNOWN = 3  # what a format weighs that no person's mail has
_MAX_SAID = 4000  # characters about one recipient


def in_format(mail: Part, sheet: Sheet, weight: int) -> Returned | None:
    """A bounce or notice of delay that names somebody, in a format that we know; else None."""
    return _naming(mail, sheet, _fitting(sheet, formats.known("formats.toml"), weight))


def in_words(mail: Part, sheet: Sheet, weight: int) -> Returned | None:
    """One that merely says so in words, by a machine of any make."""
    return _naming(mail, sheet, _fitting(sheet, formats.known("general.toml"), weight))


def nameless(mail: Part, sheet: Sheet, weight: int) -> Returned | None:
    """One that names nobody: the headers may tell whom it was to."""
    people = [Named(name, "") for name in _of_headers(mail, sheet)]
    fitting = _fitting(sheet, formats.known("formats.toml"), weight)
    # Mere words of which nobody can say whose they are need better signs.
    in_words = _fitting(sheet, formats.known("general.toml"), weight if people else weight - 1)
    each, areas = next(chain(fitting, in_words), (None, ()))
    return _returned(each, areas, people, mail, sheet) if each else None


def named(mail: Part, sheet: Sheet) -> list[str]:
    """The recipients that the text of a report names, by whatever format it has."""
    among = (*formats.known("formats.toml"), *formats.known("general.toml"))
    for each, found in formats.matching(sheet.text, among):
        if people := _named(each, each.areas(sheet.text, found), mail, sheet):
            return [_whole(one.address, mail) for one in people]
    return _of_headers(mail, sheet)


def _naming(mail: Part, sheet: Sheet, fitting: Iterator[_Fitting]) -> Returned | None:
    for each, areas in fitting:
        if people := _named(each, areas, mail, sheet):
            return _returned(each, areas, people, mail, sheet)
    return None


def _fitting(sheet: Sheet, among: tuple[Format, ...], weight: int) -> Iterator[_Fitting]:
    """The formats that a mail is of, if its signs weigh enough, and where each names people."""
    enough = [each for each in among if weight + each.weight >= evidence.NEEDED]
    for each, found in formats.matching(sheet.text, enough):
        yield each, each.areas(sheet.text, found)


def _returned(
    each: Format, areas: tuple[str, ...], people: list[Named], mail: Part, sheet: Sheet
) -> Returned:
    delayed = each.delayed or (each.weight < _KNOWN and evidence.speaks_of_delay(mail))
    more = [text[:_MAX_SAID] for text in (*areas, _cause_in(mail), each.means)]
    said: dict[str, Said] = {}
    for one in people:
        recipient = _whole(one.address, mail)
        said.setdefault(
            recipient.lower(),
            Said(
                recipient=recipient,
                action="delayed" if delayed else "failed",
                diagnostic=one.said[:_MAX_SAID],
                more=(_lines_with(one.address, sheet.text), *more),
            ),
        )
    said.pop("", None)
    return Returned(
        kind=Kind.DELAYED if delayed else Kind.BOUNCE,
        recipients=tuple(judging.judge(one) for one in said.values()),
        format=each.id,
    )


def _cause_in(mail: Part) -> str:
    """What a subject tells behind the words that a mail came back; never our own subject."""
    found = _CAUSE.match(mail.headers.get("subject"))
    return found[1] if found else ""


def _named(each: Format, areas: tuple[str, ...], mail: Part, sheet: Sheet) -> list[Named]:
    """Those whom the text names: of the ones we wrote to if it can be, else of any but us."""
    told = _lower(addresses(_texts(mail.headers, "x-failed-recipients")))
    wrote = told or _lower(addresses(_texts(sheet.inner, "to", "cc")))
    us = _lower(addresses(_texts(mail.headers, "to", "delivered-to", "from")))
    us |= _lower(addresses(_texts(sheet.inner, "from", "return-path", "sender")))

    def somebody(name: str) -> bool:
        return bool(name) and name.lower() not in us and not _NOBODYS.match(name)

    for area in areas:
        found = formats.named(each, area, lambda name: name.lower() in wrote)
        found = found or formats.named(each, area, somebody, sure=bool(told))
        if found and (each.weight >= _KNOWN or not told):
            return found
    if told or each.weight < _KNOWN:
        return []
    return formats.named(each, areas[0], bool, sure=True)


def _of_headers(mail: Part, sheet: Sheet) -> list[str]:
    """The recipients that headers tell of: X-Failed-Recipients, else to whom the mail was."""
    told = addresses(_texts(mail.headers, "x-failed-recipients"))
    to = addresses(_texts(sheet.inner, "to"))
    return told or (to if len(to) == 1 else [])


def _lower(names: list[str]) -> set[str]:
    return {name.lower() for name in names}


def _texts(headers: Headers, *names: str) -> str:
    return " , ".join(value for name in names for value in headers.all(name))


def _lines_with(name: str, text: str) -> str:
    lines = (line for line in text.splitlines() if name.lower() in line.lower())
    return "\n".join(lines)[:_MAX_SAID]


def _whole(name: str, mail: Part) -> str:
    """An address; of a bare name with the domain of the server that speaks."""
    domain = address(mail.headers.get("from")).rpartition("@")[2]
    if "@" in name or not domain:
        return name if "@" in name else ""
    return f"{name}@{domain}"
