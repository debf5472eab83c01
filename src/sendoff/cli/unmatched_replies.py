"""`sendoff explain --unmatched`: the replies that no rule knows, by day, each with a draft rule.

It changes nothing: a draft becomes a rule only by hand.
"""

from typing import TYPE_CHECKING, Any

from sendoff.cli import office

if TYPE_CHECKING:
    from sendoff.insight import public as insight


def show(days: int, *, as_json: bool) -> None:
    """One line of JSON for each shape and day, or the same for people."""
    office.ready()
    from sendoff.insight import public as insight

    rows = insight.unmatched(None, days)
    for row in rows:
        document = _document(row)
        office.answer(document) if as_json else _say(document)
    if not rows:
        office.tell(f"Every reply of the last {days} days was known to a rule.")


def _document(each: "insight.Unknown") -> dict[str, Any]:
    row = each.row
    return {
        "day": row.day.isoformat(),
        "shape": row.shape,
        "provider": row.provider,
        "stage": row.stage,
        "count": row.count,
        "sample": row.sample,
        "draft": each.draft,
    }


def _say(document: dict[str, Any]) -> None:
    print(  # noqa: T201 - the command line's own voice
        f"# {document['day']}: {document['count']} times at {document['stage']}"
        f" by {document['provider'] or 'somebody'}\n{document['draft']}"
    )
