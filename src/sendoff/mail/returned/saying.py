"""What a report says of one recipient, before anybody judges it; and how addresses are read."""

import re
from dataclasses import dataclass

MAX_RECIPIENTS = 1_000  # of one mail

_ADDRESS = re.compile(
    r"(?:\"[^\"\s@]{1,64}\"|[^\s<>()\[\]\\,;:@\"]{1,128})@"
    r"(?:\[[0-9a-fA-F.:]{3,60}\]|[^\s<>()\[\]\\,;:@\"'`|]{1,255})"
)
_EDGES = ".'`*|»«“”‘’&="
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")  # RFC 6533 3: utf-8-addr-xtext and -unitext
_TYPED = re.compile(r"\s*([A-Za-z0-9-]{1,20})\s*;\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words about one recipient as they stand in a report; "" where it has none.

    `about` is text near it that may say more, such as the sentence the list of recipients follows.
    """

    recipient: str
    final_recipient: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""
    remote_mta: str = ""
    about: str = ""


def address(text: str) -> str:
    """The first address in a text, without brackets and quotes around it; "" where none is."""
    found = _ADDRESS.search(text)
    return found[0].strip(_EDGES) if found else ""


def addresses(text: str) -> list[str]:
    """Every address in a text, in order, each once."""
    found = (each.strip(_EDGES) for each in _ADDRESS.findall(text))
    return list(dict.fromkeys(found))[:MAX_RECIPIENTS]


def typed_address(value: str) -> str:
    """The address of a Final-Recipient or the like: `rfc822; ana@shop.test` (RFC 3464 2.3.2)."""
    kind, text = typed(value)
    if kind == "utf-8":
        text = _HEX.sub(_character, text)
    return address(text) or text.strip(" <>\"'")


def typed(value: str) -> tuple[str, str]:
    """The type of a value in small letters and the rest; ("", value) where it has no type."""
    found = _TYPED.match(value)
    return (found[1].lower(), found[2].strip()) if found else ("", value.strip())


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
