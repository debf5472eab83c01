"""Tell the encoding of a file by its byte order mark, and where it breaks. Never guesses one."""

import codecs
from pathlib import Path

from sendoff.audience.columns import SheetError

SAVE_AS = "save the file as “CSV UTF-8” and import it again; nothing was imported."
_CHUNK = 1 << 16
# Longer marks first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def detect(path: Path) -> str:
    """The encoding its first bytes claim, else UTF-8. SheetError where it is a workbook.

    The mark itself is left in the text, as U+FEFF, so that places in the file stay true.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PK\x03\x04":
        raise SheetError(f"The file is a workbook or a ZIP archive, not a CSV file; {SAVE_AS}")
    return next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")


def where_undecodable(path: Path, encoding: str) -> str:
    """A sentence with the place of the first byte that is no text; reads the file again."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, column, offset = 1, 0, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(encoding)
                line, column = _advance(line, column, good)
                byte = offset - pending + error.start + 1
                place = f"Line {line}, character {column + 1} (byte {byte} of the file)"
                return f"{place}: {_the_byte(error, encoding)}; {SAVE_AS}"
            line, column = _advance(line, column, text)
            offset += len(chunk)
            if not chunk:
                return f"The file could be read now but not a moment ago; {SAVE_AS}"


def _advance(line: int, column: int, text: str) -> tuple[int, int]:
    breaks = text.count("\n")
    return line + breaks, len(text) - text.rfind("\n") - 1 if breaks else column + len(text)


def _the_byte(error: UnicodeDecodeError, encoding: str) -> str:
    byte = error.object[error.start]
    shown = bytes([byte]).decode("latin-1")
    name = encoding.upper()
    meant = f" (in Latin-1 it is “{shown}”)" if shown.isprintable() and name == "UTF-8" else ""
    return f"the byte 0x{byte:02X} is not {name}{meant}"
