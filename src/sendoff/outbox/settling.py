"""Put outcomes into the books: rows, attempts, counters in one transaction, each once."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import msgspec

from sendoff.lib import clock, drill
from sendoff.mail.stages import Evidence, Outcome
from sendoff.outbox import hearing, queue, sql
from sendoff.outbox.terms import Decision

_encoded = msgspec.json.Encoder().encode


class Settlement(msgspec.Struct, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """The end of one attempt as the books keep it. Field by field a column of `settling`."""

    campaign_id: int
    seq: int
    n: int
    started_ms: int
    ended_ms: int
    outcome: str
    stage: str
    state: str
    fault: str = ""
    category: str = ""
    code: int | None = None
    enhanced: str = ""
    reply: str = ""
    steps: str = "[]"
    session_id: str = ""
    may_be_duplicate: bool = False
    hold: str = ""
    due_ms: int = 0
    dated_ms: int | None = None
    tls: str = ""

    def to_line(self) -> bytes:
        """One line of JSON, for the journal."""
        return _encoded(self)

    @classmethod
    def from_line(cls, line: str) -> "Settlement":
        """What `to_line` wrote; ValueError where the line was cut."""
        try:
            return msgspec.json.decode(line, type=cls)
        except msgspec.MsgspecError as error:
            raise ValueError(f"This line of a journal is no outcome: {error}") from None


class Attempted(msgspec.Struct, frozen=True, kw_only=True):
    """Which attempt: the n-th of a message, from 1. `dated_ms` is what its Date header says."""

    campaign_id: int
    seq: int
    n: int
    started_ms: int
    dated_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One connection's evidence, saved with the first message settled on it."""

    id: str
    server_id: int
    at_ms: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """A parcel given back: dropped if all of it is settled, else free again at `available_ms`."""

    parcel: int
    worker: str
    available_ms: int = 0


def settle(
    settlements: Sequence[Settlement],
    sessions: Iterable[SessionRow] = (),
    parcels: Iterable[HandBack] = (),
) -> int:
    """Settle a batch and say how many were news. Repeated, whole or in part, it changes nothing."""
    rows, backs = [_session(each) for each in sessions], list(parcels)

    def write() -> int:
        news = _settle_messages(settlements) if settlements else 0
        sql.run_many("save_session", rows)
        hearing.note(settlements)
        for each in backs:
            _hand_back(each)
        drill.point("before-commit")
        return news

    return sql.whole(write)


def settlement(outcome: Outcome, decision: Decision, attempt: Attempted) -> Settlement:
    """An outcome and what was decided on it, as the row that settles it. It ends now."""
    return Settlement(
        campaign_id=attempt.campaign_id,
        seq=attempt.seq,
        n=attempt.n,
        started_ms=attempt.started_ms,
        ended_ms=clock.now_ms(),
        outcome=outcome.kind.value,
        stage=outcome.stage,
        state=decision.state.value,
        fault=outcome.fault.value,
        category=decision.category,
        code=outcome.code,
        enhanced=outcome.enhanced,
        reply=_storable(outcome.reply),
        steps=steps_json(outcome.steps),
        hold=decision.hold,
        due_ms=decision.due_ms,
        dated_ms=attempt.dated_ms,
    )


def _storable(text: str) -> str:
    """Without NUL, which no text column of PostgreSQL takes, and without half a character, which is
    no UTF-8: a sentence of ours may quote somebody's field."""
    whole = text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
    return whole.replace("\0", "\\0")


def steps_json(steps: Sequence[Evidence]) -> str:
    """Evidence in the compact form that attempts and sessions keep."""
    return _encoded(steps).decode()  # tuples of what is kept, in its order


def _settle_messages(settlements: Sequence[Settlement]) -> int:
    sql.run("make_settling")
    sql.run("clear_settling")
    _add(settlements)
    sql.lock("lock_settling")
    sql.run("forget_settled")
    sql.run("settle_tally")
    sql.run("settle_attempts")
    sql.run("tell_settled")
    sql.run("count_by_source")
    if any(each.fault for each in settlements):
        sql.run("note_failures")
    changed = sql.run("settle_messages")
    return changed


def _add(settlements: Sequence[Settlement]) -> None:
    if sql.many_writers():
        sql.run("add_settling_lines", lines=_encoded(settlements).decode())
    else:
        sql.run_many("add_settling", [msgspec.structs.astuple(each) for each in settlements])


def _hand_back(back: HandBack) -> None:
    if not sql.run("drop_parcel", parcel=back.parcel):
        queue.hand_back(back.parcel, back.worker, back.available_ms)


def _session(row: SessionRow) -> dict[str, object]:
    values = asdict(row)
    values["server"] = values.pop("server_id")
    return values
