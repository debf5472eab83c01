"""The feed of Microsoft SNDS (automated data access): lines about addresses, read. Pure.

Columns, without a head: address, activity from, until, RCPT commands, DATA commands, message
recipients, filter result, complaint rate, trap period from, until, trap hits, sample HELO, sample
MAIL FROM, comments. Source: sendersupport.olc.protection.outlook.com/snds/auto.aspx, read 2026-11.
"""

import csv
import ipaddress
from collections.abc import Sequence
from datetime import date, datetime

from sendoff.reputation.outside import Day, OutsideError

MAX_ROWS = 100_000
_COLUMNS = 11  # that we read; a feed with fewer is another feed
_FILTER = ("GREEN", "YELLOW", "RED")
_TIMES = ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p")
_NONSENSE = "Microsoft answered something that is no SNDS data; nothing of it was kept."


def figures(body: bytes) -> list[Day]:
    """The figures in a feed, an address and a day each. OutsideError where a line is none."""
    try:
        rows = [
            row for row in csv.reader(body.decode("utf-8-sig").splitlines(), strict=True) if row
        ]
    except (UnicodeDecodeError, csv.Error):
        raise OutsideError(_NONSENSE) from None
    if len(rows) > MAX_ROWS:
        raise OutsideError(_NONSENSE)
    try:
        return [_day(row) for row in rows]
    except ValueError:
        raise OutsideError(_NONSENSE) from None


def _day(row: Sequence[str]) -> Day:
    if len(row) < _COLUMNS or row[6].strip().upper() not in _FILTER:
        raise ValueError
    began = _moment(row[1].strip())
    return Day(
        subject=str(ipaddress.ip_address(row[0].strip())),
        day=(began.date() - date(1970, 1, 1)).days,
        figures={
            "rcpt": _count(row[3]),
            "data": _count(row[4]),
            "recipients": _count(row[5]),
            "filter": row[6].strip().lower(),
            "complaints": row[7].strip()[:20],
            "traps": _count(row[10]),
        },
    )


def _moment(text: str) -> datetime:
    for form in _TIMES:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError


def _count(text: str) -> int:
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError
    return int(text or 0)
