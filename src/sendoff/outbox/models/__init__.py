"""The tables of the queue and its books. The ORM makes the schema; queries.sql writes.

Times are milliseconds since 1970 (UTC) in columns that end in `_ms`, so that SQL can compare and
add them alike on every database.
"""

from sendoff.outbox.models.counts import AttemptCount, SourceDay, TlsReport, UnmatchedReply
from sendoff.outbox.models.messages import Attempt, Message, Session, Tally, UnknownDecision
from sendoff.outbox.models.news import Listener, News
from sendoff.outbox.models.work import Action, Lane, Parcel, Permit, Plan, Route, Signal, Worker

__all__ = [
    "Action",
    "Attempt",
    "AttemptCount",
    "Lane",
    "Listener",
    "Message",
    "News",
    "Parcel",
    "Permit",
    "Plan",
    "Route",
    "Session",
    "Signal",
    "SourceDay",
    "Tally",
    "TlsReport",
    "UnknownDecision",
    "UnmatchedReply",
    "Worker",
]
