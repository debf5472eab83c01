"""Replies that no rule knows, by shape and day, each with a rule to complete. It only reads."""

from dataclasses import dataclass
from datetime import timedelta

from sendoff.lib import clock
from sendoff.mail import drafting
from sendoff.outbox import public as outbox

DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """One shape on one day, with a draft of the rule that would know it, in TOML."""

    row: outbox.UnmatchedRow
    draft: str


def unmatched(workspace_id: int | None, days: int = DAYS) -> list[Unknown]:
    """The shapes of the last days, newest day and most frequent first; None: all workspaces."""
    since = clock.now().date() - timedelta(days=days - 1)
    return [Unknown(row=row, draft=_draft(row)) for row in outbox.unmatched(since, workspace_id)]


def _draft(row: outbox.UnmatchedRow) -> str:
    times = "once" if row.count == 1 else f"{row.count} times"
    return drafting.draft(
        row.sample,
        stage=row.stage,
        provider=row.provider,
        seen=f"seen {times} on {row.day.isoformat()}",
        today=clock.now().date(),
    )
