"""What crosses the door of the audience room: frozen values, never rows of the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sendoff.lib.errors import PlainError


class AudienceError(PlainError):
    """The audience can not do it; the message is one sentence that says why and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One person. `email` is None after erasure."""

    id: int
    workspace_id: int
    email: str | None
    domain: str
    status: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingList:
    """A list and how many people it can be sent to: on it now, and subscribed."""

    id: int
    name: str
    subscribed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Why an address is never mailed."""

    email: str
    reason: str
    evidence: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One reason an address is or was not mailed. `ended_at` is None while it is in force;
    `expires_at` None: never by itself; `rule` is empty where a person entered it."""

    reason: str
    evidence: str
    rule: str
    at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    ended_why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """How an import stands. rows = added + updated + unchanged + rejected, at every instant.

    `total` is the number of rows of the file, None before it was read through; `problem` is the one
    sentence of an import that stopped; `rejected_file` is a path or empty.
    """

    id: int
    name: str
    list_id: int
    list_name: str
    state: str
    total: int | None
    rows: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    problem: str
    rejected_file: str
    created_at: datetime
    finished_at: datetime | None
