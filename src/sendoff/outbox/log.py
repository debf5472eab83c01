"""The log of attempts, newest first, a page at a time. Changes nothing, keeps nothing in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from sendoff.outbox import sql

FAR_MS = 2**62  # later than anything
Place = tuple[int, int, int, int]  # ended_ms, campaign, seq, n: where a page ended
_ACCEPTED = ("accepted", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which attempts; "" and 0 mean any.

    `status` is the beginning of an enhanced code by its parts ("5", "5.7", "5.7.26"), or a basic
    code ("550"); "5" and "4" find replies without an enhanced code too.
    """

    campaign: int = 0
    list: int = 0
    provider: str = ""
    status: str = ""
    category: str = ""
    fault: str = ""
    outcome: str = ""
    since_ms: int = 0
    until_ms: int = FAR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One attempt: how it ended, when, and the reply verbatim. `address` is "" once erased."""

    at_ms: int
    campaign: int
    seq: int
    n: int
    address: str
    provider: str
    outcome: str
    stage: str
    fault: str
    category: str
    code: int | None
    enhanced: str
    reply: str

    @property
    def place(self) -> Place:
        """Where the next page goes on from, if this is the last of one."""
        return self.at_ms, self.campaign, self.seq, self.n


def attempts_logged(
    workspace_id: int, wanted: LogFilter, before: Place | None = None, limit: int = 100
) -> list[LogRow]:
    """The newest attempts, or the newest before a place; those that ended before `until_ms`."""
    at, campaign, seq, n = min(before or (wanted.until_ms, 0, 0, 0), (wanted.until_ms, 0, 0, 0))
    names = tuple(LogRow.__slots__)
    first, last = _codes(wanted.status)
    found = sql.rows(
        "log_troubles" if _troubles(wanted) else "log_attempts",
        **{name: getattr(wanted, name) for name in LogFilter.__slots__[:-2]},
        **{"workspace": workspace_id, "since": wanted.since_ms, "limit": limit},
        **{"at": at, "campaign_at": campaign, "seq_at": seq, "n_at": n},
        **{"dotted": f"{wanted.status}.", "length": len(wanted.status) + 1},
        **{"code_from": first, "code_to": last},
    )
    rows = (dict(zip(names, row, strict=True)) for row in found)
    return [LogRow(**row | {"address": row["address"] or ""}) for row in rows]


def place(numbers: Sequence[int]) -> Place | None:
    """A place from its numbers, as an address of a page has them; None where it is none."""
    at, campaign, seq, n = numbers if len(numbers) == 4 else (-1, 0, 0, 0)
    return (at, campaign, seq, n) if at >= 0 else None


def _troubles(wanted: LogFilter) -> bool:
    """Whether no accepted attempt can be meant."""
    return bool(
        wanted.outcome not in _ACCEPTED
        or wanted.category
        or wanted.fault
        or wanted.status[:1] in ("4", "5")
    )


def _codes(status: str) -> tuple[int, int]:
    """The basic codes that a status means: one, a class of them, or none."""
    if not (status.isascii() and status.isdecimal()) or len(status) not in (1, 3):
        return -1, -1
    first = int(status.ljust(3, "0"))
    return first, first + 99 if len(status) == 1 else first
