"""What the bytes of a message say of themselves, as facts: its header and the ways out. Pure."""

import re

from sendoff.mail.auth import author
from sendoff.mail.auth.message import Field, Message, unfolded
from sendoff.proving.preflight_rules import Fact

# RFC 5322 3.6: at most one of each in a message.
_ONCE = (
    b"from", b"sender", b"reply-to", b"to", b"cc", b"message-id", b"date", b"subject",
)  # fmt: skip
# support.google.com/a/answer/14016360, read 2026-11-22: octets of the value after the colon.
ALL_FIELDS, ONE_FIELD, SUBJECT, MESSAGE_ID = 500_000, 32_000, 998, 500
_MANY = (b"to", b"cc", b"references")  # which count in the whole alone
_LINE = 998  # RFC 5322 2.1.1
_ID = re.compile(rb"<[^<>@\s]+@[^<>@\s]+>")
_POST = b"list-unsubscribe=one-click"
_OURS = "That is a fault of Sendoff: please report it."


def facts(message: Message, signed: frozenset[str], *, marketing: bool) -> dict[str, Fact]:
    """Facts of the header. `signed`: names of fields that a signature covers."""
    return {
        "from": _from(message),
        "format": _format(message),
        "header_size": _size(message),
        "one_click": _one_click(message, signed) if marketing else _not_asked(),
        "unsubscribe": _unsubscribe(message) if marketing else _not_asked(),
        "spam_rate": Fact(
            value="unknown",
            said="Nobody sees this before sending; Postmaster Tools shows it afterwards.",
        ),
    }


def _not_asked() -> Fact:
    return Fact(value="not_asked", said="Nobody asks it of transactional mail.")


def _from(message: Message) -> Fact:
    found = author.of(message)
    if found.domain:
        return Fact(value="pass", said=f"From names one address, in {found.domain}.")
    value = "several" if found.several else "missing"
    return Fact(value=value, said=found.why, mend="Write one plain address as From.")


def _format(message: Message) -> Fact:
    repeated = [name.decode() for name in _ONCE if len(message.named(name)) > 1]
    if repeated:
        return Fact(value="repeated", said=f"{repeated[0].title()} stands there twice.", mend=_OURS)
    if not message.named(b"date"):
        return Fact(value="no_date", said="The message has no Date.", mend=_OURS)
    ids = message.named(b"message-id")
    if not ids or not _ID.fullmatch(_value(ids[0])):
        return Fact(value="no_message_id", said="The Message-ID is missing or odd.", mend=_OURS)
    if any(len(line) > _LINE for field in message.fields for line in field.raw.split(b"\r\n")):
        return Fact(
            value="long_line", said="A line of the header is longer than 998 octets.", mend=_OURS
        )
    return Fact(value="pass", said="The header has each field once, with Date and Message-ID.")


def _size(message: Message) -> Fact:
    whole = sum(len(field.raw) for field in message.fields)
    limits = {b"subject": SUBJECT, b"message-id": MESSAGE_ID}
    for field in message.fields:
        limit = limits.get(field.name, ONE_FIELD)
        if field.name not in _MANY and len(_value(field)) > limit:
            said = f"{field.name.decode('latin-1').title()} is {len(_value(field)):,} octets long."
            return Fact(value="too_big", said=said, mend=f"Keep it below {limit:,}.")
    if whole > ALL_FIELDS:
        mend = "Shorten the subject and the name of the list."
        return Fact(value="too_big", said=f"The header has {whole:,} octets.", mend=mend)
    return Fact(value="pass", said=f"The header has {whole:,} octets.")


def _one_click(message: Message, signed: frozenset[str]) -> Fact:
    ways, post = message.named(b"list-unsubscribe"), message.named(b"list-unsubscribe-post")
    if not ways or not post or _value(post[0]).lower() != _POST or b"http" not in _value(ways[0]):
        said = "One click does not unsubscribe: a List-Unsubscribe header is missing."
        return Fact(value="missing", said=said, mend=_OURS)
    if not {"list-unsubscribe", "list-unsubscribe-post"} <= signed:
        said = "No signature covers List-Unsubscribe and List-Unsubscribe-Post."
        return Fact(value="unsigned", said=said, mend=_OURS)
    if b"<https://" not in _value(ways[0]):
        said = "The page behind List-Unsubscribe is not encrypted."
        mend = "Give SENDOFF_BASE_URL an https:// address (RFC 8058 3.1)."
        return Fact(value="no_https", said=said, mend=mend)
    return Fact(value="pass", said="One click unsubscribes, and DKIM signs for it.")


def _unsubscribe(message: Message) -> Fact:
    ways = message.named(b"list-unsubscribe")
    if not ways:
        return Fact(value="missing", said="There is no List-Unsubscribe.", mend=_OURS)
    if b"<mailto:" not in _value(ways[0]):
        return Fact(value="no_mailto", said="List-Unsubscribe has no mailto:.", mend=_OURS)
    return Fact(value="pass", said="List-Unsubscribe has a page and an address to write to.")


def _value(field: Field) -> bytes:
    return unfolded(field.value).strip()
