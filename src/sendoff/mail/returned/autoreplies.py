"""Recognise what answers by itself: absence notes, challenges, receipts (RFC 3834, RFC 8098).

Such a mail says nothing about whether the address works well; it never suppresses anybody.
"""

from sendoff.mail.returned import evidence, signs
from sendoff.mail.returned.mime import Part
from sendoff.mail.returned.sheets import Sheet

RECEIPT = "message/disposition-notification"

_READ = 2000  # characters of a text that are looked at


def recognised(mail: Part, sheet: Sheet) -> str:
    """The id of the rule that says a mail is an automatic answer, "" where none does."""
    if mail.type == "multipart/report" and any(part.type == RECEIPT for part in mail.parts):
        return "receipt"
    text = sheet.text[:_READ]
    bounces = evidence.is_daemon(mail) or evidence.speaks_of_failure(mail)
    holding = (sign for sign in signs.known("automatic.toml") if sign.holds(mail.headers, text))
    return next((sign.id for sign in holding if not (bounces and sign.of_bounces_too)), "")
