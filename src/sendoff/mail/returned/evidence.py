"""Weigh whether a machine sent a mail to say that another one came back. Pure.

People forward bounces, answer them and write about them; no single sign tells those apart.
"""

import re
from dataclasses import dataclass

from sendoff.mail.returned import signs
from sendoff.mail.returned.mime import Headers, Part
from sendoff.mail.returned.sheets import Sheet

NEEDED = 5

_ANSWERED = re.compile(
    r"^\s*(?:re|aw|sv|antw|fwd?|wg|tr|rv|enc|vs|転送)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE
)
_PEOPLES = ("user-agent", "x-gm-message-state", "x-mailer", "x-originating-ip", "thread-index")
_LISTS = ("list-id", "list-unsubscribe")


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was seen, and what it weighs."""

    name: str
    weight: int


def weigh(mail: Part, sheet: Sheet) -> tuple[Seen, ...]:
    """What is seen in a mail; that it is a machine's report becomes likelier with the sum."""
    headers = mail.headers
    daemon = is_daemon(mail)
    answered = is_answer(mail)
    looked = {
        Seen("daemon", 3): daemon,
        Seen("null sender", 3): headers.get("return-path").replace(" ", "") == "<>",
        Seen("multipart/report", 2): mail.type == "multipart/report",
        Seen("X-Failed-Recipients", 3): "x-failed-recipients" in headers,
        Seen("subject", 2): speaks_of_failure(mail) and not answered,
        Seen("gives a mail back", 1): sheet.gives_back and not answered,
        Seen("answer or forward", -2): answered and not daemon,
        Seen("quotes", -2): sheet.quoted > 2 and not daemon,
        Seen("of a list", -1): not daemon and _any(headers, _LISTS),
        Seen("written with a mail program", -2): not daemon and _any(headers, _PEOPLES),
    }
    return tuple(seen for seen, holds in looked.items() if holds)


def total(seen: tuple[Seen, ...]) -> int:
    """What all of it weighs together."""
    return sum(each.weight for each in seen)


def is_answer(mail: Part) -> bool:
    """Whether the subject is that of an answer or of a mail passed on."""
    return bool(_ANSWERED.match(mail.headers.get("subject")))


def speaks_of_failure(mail: Part) -> bool:
    """Whether the subject is one under which mail comes back, in any of many languages."""
    return any(sign.holds(mail.headers) for sign in signs.known("subjects.toml"))


def speaks_of_delay(mail: Part) -> bool:
    """Whether the subject says that the mail is late."""
    return any(sign.holds(mail.headers) for sign in signs.known("delays.toml"))


def is_daemon(mail: Part) -> bool:
    """Whether the sender's name or address is one that machines use; a missing From counts."""
    sender = mail.headers.get("from")
    local, at, _ = sender.rpartition("@")
    who = Headers([("from", local + at if at else sender)])
    return any(sign.holds(who) for sign in signs.known("senders.toml"))


def _any(headers: Headers, names: tuple[str, ...]) -> bool:
    return any(name in headers for name in names)
