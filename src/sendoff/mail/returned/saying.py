"""What a report says of one recipient, before anybody judges it; and how addresses are read."""

import re
from dataclasses import dataclass

MAX_RECIPIENTS = 100  # of one report; a message of ours has one

#: The pattern of an address in running text: looser than RFC 5321, as reports are.
_WIDE = (
    "（）「」『』【】《》〈〉：，、。；！？“”‘’،؛«»"  # signs of other scripts that end an address
)
ADDRESS = (
    rf"(?:\"[^\"\s@]{{1,64}}+\"|[^\s<>()\[\]\\,;:@\"{_WIDE}]{{1,100}}+)@"
    rf"(?:\[[0-9a-fA-F.:]{{3,60}}\]|[^\s<>()\[\]\\,;:@\"'`|*=!?{_WIDE}]{{1,255}}+)"
)
_ADDRESS = re.compile(ADDRESS)
# Scripts without blanks run into an address: 收件人ana@home.test不存在.
_BEFORE = re.compile(r"^.*[\u3040-\u9fff\uac00-\ud7af](?=[!-~]+$)")
_BEHIND = re.compile(r"[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24}(?=[\u3040-\u9fff\uac00-\ud7af])")
_EDGES = ".'`*|»«“”‘’&="
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")  # RFC 6533 3: utf-8-addr-xtext and -unitext
_TYPED = re.compile(r"\s*([A-Za-z0-9-]{1,20})\s*;\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words about one recipient as they stand in a report; "" where it has none.

    `more` is what else may say why, best first: it is read only where `diagnostic` says nothing.
    """

    recipient: str
    original_recipient: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""
    remote_mta: str = ""
    more: tuple[str, ...] = ()


def address(text: str) -> str:
    """The first address in a text, without brackets and quotes around it; "" where none is."""
    found = _ADDRESS.search(text)
    return tidy(found[0]) if found else ""


def tidy(found: str) -> str:
    """An address without the signs that running text puts at its edges; "" if it is none."""
    local, _, domain = found.strip(_EDGES).rpartition("@")
    local = _BEFORE.sub("", local)
    whole = _BEHIND.match(domain)
    domain = whole[0] if whole else domain
    return f"{local}@{domain}" if local and domain and domain[0] not in "-." else ""


def addresses(text: str) -> list[str]:
    """Every address in a text, in order, each once."""
    found = (tidy(each) for each in _ADDRESS.findall(text))
    return list(dict.fromkeys(filter(None, found)))[:MAX_RECIPIENTS]


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
