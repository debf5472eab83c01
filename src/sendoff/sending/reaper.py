"""Bring the last words of dead workers into the books, then hand their parcels on. Sends nothing.

A worker of this host is dead when the lock on its journal can be taken, or hangs when it gave no
sign for twice its lease: then it may send no final dot any more, and its journal is read under it.
One of another host is given up after `HOST_LOST_MS`: what it had announced becomes unknown.
"""

import json
import socket
from pathlib import Path

import structlog

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.mail.stages import Outcome
from sendoff.outbox import public as outbox
from sendoff.sending import fate
from sendoff.sending.crew import LEASE_S
from sendoff.sending.jobs import terms_of
from sendoff.sending.journal import DeadJournal, Intent, JournalHeld

HOST_LOST_MS = 10 * 60 * 1000
HANGS_MS = int(2 * LEASE_S * 1000)

log = structlog.get_logger()

_CUT = fate.unknown("The worker was ended after the final dot; no reply was read.")
_LOST = fate.unknown("The host of the worker was lost with its journal.")


def reap(folder: Path) -> int:
    """Look at every worker that has not ended; says how many were found dead."""
    host, found = socket.gethostname(), 0
    for worker in outbox.unended():
        if worker.host == host:
            hangs = clock.now_ms() - worker.heartbeat_ms > HANGS_MS
            found += _reap_here(worker.id, folder / worker.id, hangs)
        elif clock.now_ms() - worker.heartbeat_ms > HOST_LOST_MS:
            found += _give_up(worker.id)
    return found


def _reap_here(worker: str, folder: Path, hangs: bool) -> int:
    if not folder.is_dir():
        return _give_up(worker)
    try:
        journal = DeadJournal(folder)
    except JournalHeld:
        if not hangs:
            return 0
        journal = DeadJournal(folder, hangs=True)
    replay = journal.read()
    outcomes = [_outcome(line) for line in replay.outcomes]
    _settle(worker, [*outcomes, *(_unknown(intent, _CUT) for intent in replay.in_flight)])
    journal.remove()
    log.warning(
        "a worker died; its journal is in the books",
        worker=worker,
        outcomes=len(outcomes),
        unknown=len(replay.in_flight),
    )
    return 1


def _outcome(line: str) -> outbox.Settlement:
    try:
        return outbox.Settlement.from_line(line)
    except (TypeError, ValueError):  # written by another version of Sendoff
        campaign, seq, n = json.loads(line)[:3]
        return _unknown(Intent(campaign, seq, n, 0), _CUT)


def _give_up(worker: str) -> int:
    lost = [
        _unknown(Intent(each.campaign, each.seq, each.attempts + 1, each.first_ms or 0), _LOST)
        for each in outbox.unsettled(worker)
    ]
    _settle(worker, lost)
    log.error("a worker was lost with its journal", worker=worker, unknown=len(lost))
    return 1


def _settle(worker: str, settlements: list[outbox.Settlement]) -> None:
    parcels = [outbox.HandBack(parcel=p, worker=worker) for p in outbox.parcels_of(worker)]
    outbox.settle(settlements, parcels=parcels)
    outbox.ended(worker, "died")


def _unknown(intent: Intent, outcome: Outcome) -> outbox.Settlement:
    now = clock.now_ms()
    terms = terms_of(campaigns.get(intent.campaign))
    decision = outbox.decide(
        outcome, terms, attempt=intent.n, first_ms=intent.dated_ms or now, now_ms=now
    )
    attempt = outbox.Attempted(
        campaign_id=intent.campaign,
        seq=intent.seq,
        n=intent.n,
        started_ms=intent.dated_ms or now,
        dated_ms=intent.dated_ms or None,
    )
    return outbox.settlement(outcome, decision, attempt)
