"""Read a CSV file of any size in constant memory, or say in one sentence why it can not be read.

`inspect` passes over the whole file before anything is imported, so that a file is read or refused
as a whole. Knows no contact and no database, and never guesses an encoding.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sendoff.audience import encodings
from sendoff.audience.columns import Columns, SheetError, is_email, read_header

MAX_RECORD = 100_000  # characters; a person of an address list is under 1,000
_DELIMITERS = ",;\t"
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the file: the line it starts in, its cells, or why it is not a row."""

    line: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file that was read through once without a problem."""

    path: Path
    encoding: str
    delimiter: str
    columns: Columns
    rows: int


def inspect(path: Path) -> Sheet:
    """Read the whole file once: encoding, lengths, quotes, header. SheetError names the place."""
    encoding = encodings.detect(path)
    delimiter = _delimiter(path, encoding)
    records = _records(path, encoding, delimiter)
    header = next(records, None)
    if header is None:
        raise SheetError(
            "The file is empty; it needs a line of column names and a line for each person."
        )
    if header.problem:
        raise SheetError(f"Line {header.line}, the header: {header.problem}")
    columns = read_header(header.cells, header.line)
    rows = sum(1 for _ in records)
    if not rows:
        raise SheetError(f"The file ends after its header in line {header.line}; nobody is in it.")
    return Sheet(path=path, encoding=encoding, delimiter=delimiter, columns=columns, rows=rows)


def records(sheet: Sheet) -> Iterator[Record]:
    """The rows below the header, in the order of the file; empty lines are passed over."""
    rows = _records(sheet.path, sheet.encoding, sheet.delimiter)
    next(rows, None)
    return rows


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(file)
        reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
        while True:
            first = lines.number + 1
            lines.size = 0
            try:
                cells = next(reader)
            except StopIteration:
                return
            except UnicodeDecodeError:
                raise SheetError(encodings.where_undecodable(path, encoding)) from None
            except csv.Error as error:
                yield _broken(lines, first, str(error))
                continue
            if any(cells):
                yield Record(first, cells)


class _Lines:
    """Lines of a file, counted and held under a limit for each record."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.number = 0
        self.size = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        readline = self._file.readline
        if self._file.read(1) != _MARK:
            self._file.seek(0)
        while line := readline(MAX_RECORD + 1):
            self.number += 1
            self.size += len(line)
            if self.size > MAX_RECORD:
                raise SheetError(_too_long(self.number, len(line) > MAX_RECORD))
            if "\0" in line:
                raise SheetError(_nul(self.number, line))
            yield line
        self.ended = True


def _broken(lines: _Lines, first: int, error: str) -> Record:
    if lines.ended:
        raise SheetError(
            f'Line {first} opens a quote (") that is never closed; close or remove it.'
        )
    upto = f" (up to line {lines.number})" if lines.number > first else ""
    return Record(first, [], f'A quote (") in it stands where no quote may stand{upto}: {error}.')


def _nul(number: int, line: str) -> str:
    place = f"Line {number} has a NUL byte at character {line.index(chr(0)) + 1}"
    return f"{place}, so this is not a text file in UTF-8; {encodings.SAVE_AS}"


def _too_long(line: int, one_line: bool) -> str:
    if one_line:
        return (
            f"Line {line} is longer than {MAX_RECORD:,} characters, so this is not a list with one"
            " person a line; nothing was imported."
        )
    return (
        f'The row that ends in line {line} is longer than {MAX_RECORD:,} characters: a quote (")'
        " that was opened above is probably never closed; nothing was imported."
    )


def _delimiter(path: Path, encoding: str) -> str:
    """The separator that finds the address in the header, then the one that cuts most cells."""
    head = _first_line(path, encoding)
    cells = {d: next(csv.reader([head], delimiter=d), []) for d in _DELIMITERS}
    return max(_DELIMITERS, key=lambda d: (any(map(is_email, cells[d])), len(cells[d])))


def _first_line(path: Path, encoding: str) -> str:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while line := file.readline(MAX_RECORD):
                if text := line.removeprefix(_MARK).strip("\r\n"):
                    return text
    except UnicodeDecodeError:
        raise SheetError(encodings.where_undecodable(path, encoding)) from None
    return ""
