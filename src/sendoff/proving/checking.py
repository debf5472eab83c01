"""Check sending domains and remember what was found, and what changed since. Publishes nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction

from sendoff.lib import clock
from sendoff.lib.config import config
from sendoff.mail.auth.records import Judgement
from sendoff.proving import gathering, judging, known, planning
from sendoff.proving.facts import Facts
from sendoff.proving.found import Record
from sendoff.proving.models import DomainCheck, RecordChange
from sendoff.proving.subject import Subject
from sendoff.senders import public as senders

SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The last check of a domain. `ready`: what receivers demand is there."""

    domain_id: int
    domain: str
    at_ms: int
    next_ms: int
    ready: bool
    records: tuple[Record, ...]
    ready_since_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A record was found otherwise than before."""

    at_ms: int
    purpose: str
    host: str
    before: str
    after: str
    sentence: str


def check(domain_id: int) -> Checked:
    """Ask about a domain now, within ten seconds, and keep what was found."""
    subject = subject_of(domain_id)
    facts = asyncio.run(gathering.gather(subject, gathering.network(config())))
    return keep(domain_id, judging.judge(subject, facts))


def subject_of(domain_id: int) -> Subject:
    """What is to be proved of a domain."""
    return known.subject(senders.domain(domain_id))


def keep(domain_id: int, records: Sequence[Record]) -> Checked:
    """Keep what a check found, with what is otherwise than the check before had found it."""
    now, domain = clock.now_ms(), senders.domain(domain_id)
    with transaction.atomic():
        row = DomainCheck.objects.select_for_update().filter(pk=domain_id).first()
        before = _records(row.records) if row else ()
        earlier = planning.Earlier(at_ms=row.at_ms, records=before) if row else None
        found = planning.waited_for(records, earlier, domain.added_ms, now)
        ready = judging.ready(found)
        since = (row.ready_since_ms if row and row.ready else now) if ready else None
        values = {
            "workspace_id": domain.workspace_id,
            "at_ms": now,
            "ready": ready,
            "records": [asdict(record) for record in found],
            "next_ms": planning.next_ms(
                found, domain.added_ms, now, config().domain_check_hours or 24
            ),
            "ready_since_ms": since,
        }
        fresh, _ = DomainCheck.objects.update_or_create(pk=domain_id, defaults=values)
        RecordChange.objects.bulk_create(
            _row(change, domain, now) for change in planning.changes(before, found)
        )
    return _checked(fresh, domain.name)


def last(domain_id: int) -> Checked | None:
    """The last check of a domain; None where there was none."""
    row = DomainCheck.objects.select_related("domain").filter(pk=domain_id).first()
    return _checked(row, row.domain.name) if row else None


def last_of(workspace_id: int) -> dict[int, Checked]:
    """The last checks of a workspace's domains, by domain."""
    rows = DomainCheck.objects.select_related("domain").filter(workspace_id=workspace_id)
    return {row.pk: _checked(row, row.domain.name) for row in rows}


def history(domain_id: int) -> list[Changed]:
    """What changed, newest first."""
    rows = RecordChange.objects.filter(domain_id=domain_id).order_by("-at_ms", "-id")[:SHOWN]
    return [_changed(row) for row in rows]


def broken(workspace_id: int, domain: str = "") -> list[tuple[Checked, Changed]]:
    """Records that were right and are not any more, with the change that broke each.

    Of one domain where it is named: then only those that receivers demand.
    """
    rows = DomainCheck.objects.select_related("domain").filter(workspace_id=workspace_id)
    if domain:
        rows = rows.filter(domain__name=domain, ready=False)
    found = []
    for checked in (_checked(row, row.domain.name) for row in rows):
        for record in checked.records:
            if record.verdict in ("missing", "wrong") and (record.needed or not domain):
                turned = _turned(checked.domain_id, record)
                found += [(checked, _changed(turned))] if turned else []
    return found


def _turned(domain_id: int, record: Record) -> RecordChange | None:
    """The change by which a record was no longer right; None where it never was."""
    rows = RecordChange.objects.filter(domain_id=domain_id, kind=record.kind, host=record.host)
    return rows.filter(before="ok").order_by("-at_ms", "-id").first()


def due(now_ms: int) -> list[int]:
    """The domains whose time has come, those that were never looked at first."""
    late = DomainCheck.objects.filter(next_ms__lte=now_ms).order_by("next_ms")
    seen = set(DomainCheck.objects.values_list("pk", flat=True))
    new = [domain.id for domain in senders.all_domains() if domain.id not in seen]
    return [*new, *late.values_list("pk", flat=True)]


def wanted(domain_id: int) -> tuple[Record, ...]:
    """What is to be published for a domain, before it was looked at: nothing is found yet."""
    records = judging.judge(subject_of(domain_id), Facts())
    return tuple(replace(each, verdict="", sentence="", found="", advice=()) for each in records)


def _row(change: planning.Change, domain: senders.Domain, now_ms: int) -> RecordChange:
    record = change.record
    return RecordChange(
        workspace_id=domain.workspace_id,
        domain_id=domain.id,
        at_ms=now_ms,
        kind=record.kind,
        purpose=record.purpose[:80],
        host=record.host[:300],
        before=change.before,
        after=record.verdict,
        rule=record.rule,
        sentence=record.sentence,
        found=record.found,
    )


def _checked(row: DomainCheck, name: str) -> Checked:
    return Checked(
        domain_id=row.pk,
        domain=name,
        at_ms=row.at_ms,
        next_ms=row.next_ms,
        ready=row.ready,
        records=_records(row.records),
        ready_since_ms=row.ready_since_ms,
    )


def _changed(row: RecordChange) -> Changed:
    return Changed(
        at_ms=row.at_ms,
        purpose=row.purpose,
        host=row.host,
        before=row.before,
        after=row.after,
        sentence=row.sentence,
    )


def _records(kept: Sequence[Mapping[str, Any]]) -> tuple[Record, ...]:
    return tuple(
        Record(**{**each, "advice": tuple(Judgement(**said) for said in each["advice"])})
        for each in kept
    )
