"""Read what a worker needs to write its parcel, and who must not get a message after all."""

import json
from typing import Any

import msgspec

from sendoff.outbox import sql
from sendoff.outbox.terms import term_start


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """One waiting message of a leased parcel. `skip` says why it must not be sent, else empty.

    `first_ms` is its Date and `term_ms` when its time-to-live began; None before the first try.
    """

    seq: int
    attempts: int
    contact_id: int
    domain: str
    address: str
    fields: dict[str, Any]
    first_ms: int | None
    term_ms: int | None
    skip: str
    tried_unknown: bool


def letters(parcel: int) -> list[Claimed]:
    """The waiting messages of a parcel; suppression and consent are those of this moment."""
    return [_claimed(row) for row in sql.rows("letters_in_parcel", parcel=parcel)]


def _claimed(row: tuple[Any, ...]) -> Claimed:
    (
        seq,
        attempts,
        contact,
        domain,
        queued,
        dated,
        email,
        fields,
        status,
        deleted,
        reason,
        unknown,
    ) = row
    return Claimed(
        seq=seq,
        attempts=attempts,
        contact_id=contact,
        domain=domain,
        address=email or "",
        fields=json.loads(fields) if isinstance(fields, str) else fields,
        first_ms=dated,
        term_ms=term_start(dated, queued),
        skip=_why_not(status, deleted, reason),
        tried_unknown=bool(unknown),
    )


def _why_not(status: str, deleted: Any, suppressed: str | None) -> str:
    if deleted:
        return "This contact was deleted after Send."
    if suppressed:
        return f"Put on the suppression list ({suppressed}) after Send."
    if status != "subscribed":
        return f"This contact became {status} after Send."
    return ""
