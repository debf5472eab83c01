"""Read delivery status notifications (RFC 3464, RFC 6533). It never judges what they say."""

import re

from sendoff.mail.returned import blocks
from sendoff.mail.returned.blocks import Block, first
from sendoff.mail.returned.mime import Part
from sendoff.mail.returned.saying import MAX_RECIPIENTS, Said, typed, typed_address

TYPES = ("message/delivery-status", "message/global-delivery-status")
_ABOUT_RECIPIENT = ("final-recipient", "original-recipient", "x-actual-recipient", "action")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_ACTIONS = {
    "failed": "failed",
    "failure": "failed",
    "fail": "failed",
    "error": "failed",
    "delayed": "delayed",
    "deferred": "delayed",
    "delay": "delayed",
    "delivered": "delivered",
    "deliverable": "delivered",
    "relayed": "relayed",
    "expanded": "expanded",
}


def read(part: Part) -> tuple[Block, list[Said]]:
    """The fields about the message and what is said of each recipient."""
    return of_text(part.text)


def of_text(text: str) -> tuple[Block, list[Said]]:
    """The same from the text of such a part."""
    about: Block = {}
    said = []
    for block in blocks.read(text, starts=("final-recipient", "original-recipient", "action")):
        if any(name in block for name in _ABOUT_RECIPIENT):
            said.append(_of(block))
        else:
            about = {**block, **about}
    return about, [each for each in said if each.recipient][:MAX_RECIPIENTS]


def _of(block: Block) -> Said:
    final = typed_address(first(block, "final-recipient"))
    original = typed_address(first(block, "original-recipient"))
    actual = typed_address(first(block, "x-actual-recipient"))
    recipient = next((each for each in (final, original, actual) if "@" in each), final or original)
    given = first(block, "action").partition("(")[0].strip(" .;").lower()
    status = _STATUS.search(first(block, "status"))
    diagnostics = (typed(value)[1] for value in block.get("diagnostic-code", ()))
    return Said(
        recipient=recipient,
        original_recipient=original if original.lower() != recipient.lower() else "",
        action=_ACTIONS.get(given, ""),
        status=status[1] if status else "",
        diagnostic=" ".join(filter(None, diagnostics)),
        remote_mta=typed(first(block, "remote-mta"))[1],
        more=(first(block, "status"),),
    )
