"""Decide which status a contact has after something happened. Pure: no database.

Opting out is consent, bouncing is technical: what a person said outlives what a mailbox does.
"""

from collections.abc import Iterable
from typing import Final

from sendoff.audience.models import Reason, Status

_STRENGTH: Final = {Status.BOUNCED: 1, Status.UNSUBSCRIBED: 2, Status.COMPLAINED: 3}
_REASON_STRENGTH: Final = {
    Reason.MANUAL: 0,
    Reason.BOUNCE: 1,
    Reason.UNSUBSCRIBE: 2,
    Reason.COMPLAINT: 3,
}
STATUS_OF_REASON: Final = {
    Reason.BOUNCE: Status.BOUNCED,
    Reason.UNSUBSCRIBE: Status.UNSUBSCRIBED,
    Reason.COMPLAINT: Status.COMPLAINED,
}


def after(present: Status, wanted: Status) -> Status:
    """The status that holds: a bounce never hides an opt-out, and an opt-out never a complaint.

    Becoming subscribed or unconfirmed again is always somebody's decision, and is followed.
    """
    if wanted not in _STRENGTH or present not in _STRENGTH:
        return wanted
    return wanted if _STRENGTH[wanted] >= _STRENGTH[present] else present


def strongest(reasons: Iterable[Reason]) -> Reason:
    """Of several reasons in force the one that is named."""
    return max(reasons, key=_REASON_STRENGTH.__getitem__)
