"""`sendoff explain --unmatched`: the replies that no rule knows, by day, each with a draft rule.

It changes nothing: a draft becomes a rule only by hand.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sendoff.cli import office
from sendoff.lib import clock
from sendoff.mail import drafting

if TYPE_CHECKING:
    from sendoff.outbox import public as outbox


def show(days: int, *, as_json: bool) -> None:
    """One line of JSON for each shape and day, or the same for people."""
    office.ready()
    from sendoff.outbox import public as outbox

    rows = outbox.unmatched(clock.now().date() - timedelta(days=days - 1))
    for row in rows:
        document = _document(row)
        office.answer(document) if as_json else _say(document)
    if not rows:
        office.tell(f"Every reply of the last {days} days was known to a rule.")


def _document(row: "outbox.UnmatchedRow") -> dict[str, Any]:
    times = "once" if row.count == 1 else f"{row.count} times"
    return {
        "day": row.day.isoformat(),
        "shape": row.shape,
        "provider": row.provider,
        "stage": row.stage,
        "count": row.count,
        "sample": row.sample,
        "draft": drafting.draft(
            row.sample,
            stage=row.stage,
            provider=row.provider,
            seen=f"seen {times} on {row.day.isoformat()}",
            today=clock.now().date(),
        ),
    }


def _say(document: dict[str, Any]) -> None:
    print(  # noqa: T201 - the command line's own voice
        f"# {document['day']}: {document['count']} times at {document['stage']}"
        f" by {document['provider'] or 'somebody'}\n{document['draft']}"
    )
