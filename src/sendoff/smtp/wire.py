"""Bytes of one message on the wire: envelope commands, dot-stuffing. No state, no decisions."""

from dataclasses import dataclass

from sendoff.mail.quoted import Octets, SevenBit

_FORBIDDEN = frozenset(map(chr, (*range(33), 127, ord("<"), ord(">"))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the server offers, as far as we use it. `size` is its limit in bytes, 0 for none."""

    names: tuple[str, ...] = ()
    size: int = 0
    knows_size: bool = False
    pipelining: bool = False
    starttls: bool = False
    eight_bit: bool = False
    utf8: bool = False
    auth: tuple[str, ...] = ()


def capabilities(lines: list[bytes]) -> Capabilities:
    """What an EHLO reply offers (RFC 5321 4.1.1.1). Lines that make no sense offer nothing."""
    offered: dict[str, list[str]] = {}
    for line in lines[1:]:
        word, _, arguments = line[4:].decode("ascii", "replace").strip().partition(" ")
        old_form, _, first = word.partition("=")  # AUTH=LOGIN, as some servers still write
        words = ([first] if first else []) + arguments.split()
        if old_form:
            offered.setdefault(old_form.upper(), []).extend(words)
    size = (offered.get("SIZE") or ["0"])[0]
    return Capabilities(
        names=tuple(" ".join([name, *words]) for name, words in offered.items()),
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else 0,
        knows_size="SIZE" in offered,
        pipelining="PIPELINING" in offered,
        starttls="STARTTLS" in offered,
        eight_bit="8BITMIME" in offered,
        utf8="SMTPUTF8" in offered,
        auth=tuple(word.upper() for word in offered.get("AUTH", ())),
    )


def can_be_written(address: str) -> bool:
    """Whether an address can stand between < and > in a command without ending it early.

    Blanks and brackets in a quoted local part would be lawful; nobody has such an address.
    """
    return _FORBIDDEN.isdisjoint(address)


def mail_from(sender: str, data: Octets, offers: Capabilities, utf8: bool) -> str:
    """The MAIL command with the parameters that the server knows (RFC 1870, 6152, 6531)."""
    command = f"MAIL FROM:<{sender}>"
    if offers.knows_size:
        command += f" SIZE={len(data)}"
    if offers.eight_bit and not (isinstance(data, SevenBit) or data.isascii()):
        command += " BODY=8BITMIME"
    return command + " SMTPUTF8" if utf8 else command


def content(data: Octets) -> tuple[bytes, ...]:
    """The message as it follows a 354: dot-stuffed where needed, ended by the lone dot. In pieces,
    as the system puts them together as well as we could."""
    pieces = (data.head, data.body) if isinstance(data, SevenBit) else (_stuffed(data),)
    return *pieces, b".\r\n" if pieces[-1].endswith(b"\r\n") else b"\r\n.\r\n"


def _stuffed(data: bytes) -> bytes:
    """Every line that begins with a dot begins with two (RFC 5321 4.5.2)."""
    if data.startswith(b"."):
        data = b"." + data
    return data.replace(b"\r\n.", b"\r\n..")
