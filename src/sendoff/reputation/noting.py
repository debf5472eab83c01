"""Note what blocklists said: how each subject stands, and since when and until when it was listed.

An answer that we don't know ends no listing and begins none.
"""

from collections.abc import Iterable, Mapping

from django.db import transaction

from sendoff.lib import clock
from sendoff.reputation import slowing
from sendoff.reputation.asking import Asked
from sendoff.reputation.models import Listing, Standing
from sendoff.reputation.subjects import Whose
from sendoff.reputation.zones import State, ZoneRule


@transaction.atomic
def note(answers: Iterable[Asked], whose: Whose, zones: Mapping[str, ZoneRule]) -> int:
    """Keep the answers of one round, and slow or free lanes by them; how many are listed."""
    listed, kept = 0, set()
    for asked in answers:
        zone, since = zones[asked.zone], clock.now_ms()
        for workspace_id in sorted(whose.get(asked.subject, ())):
            kept.add(_stand(workspace_id, asked))
            since = min(since, _listing(workspace_id, asked, zone.slow))
        listed += asked.verdict.state is State.LISTED
        if zone.slow:
            state, why = asked.verdict.state, asked.verdict.why
            slowing.act(zone, asked.subject, state, since, why)
    _let_go(kept)
    return listed


def _stand(workspace_id: int, asked: Asked) -> int:
    row, _ = Standing.objects.update_or_create(
        workspace_id=workspace_id,
        subject=asked.subject,
        zone=asked.zone,
        defaults={
            "state": asked.verdict.state,
            "why": asked.verdict.why[:500],
            "asked_ms": clock.now_ms(),
        },
    )
    return row.pk


def _listing(workspace_id: int, asked: Asked, grave: bool) -> int:
    """Begin, go on with or end a listing; since when it is there."""
    now, verdict = clock.now_ms(), asked.verdict
    mine = Listing.objects.filter(workspace_id=workspace_id, subject=asked.subject, zone=asked.zone)
    still = mine.filter(until_ms=None)
    if verdict.state is State.CLEAN:
        still.update(until_ms=now)
    if verdict.state is not State.LISTED:
        return now
    row, _ = still.get_or_create(
        until_ms=None,
        defaults={
            "workspace_id": workspace_id,
            "subject": asked.subject,
            "zone": asked.zone,
            "since_ms": now,
            "seen_ms": now,
            "grave": grave,
        },
    )
    row.seen_ms, row.why = now, verdict.why[:500]
    row.codes = ", ".join(verdict.codes)[:200]
    row.save(update_fields=["seen_ms", "why", "codes"])
    return row.since_ms


def _let_go(kept: set[int]) -> None:
    """What is ours no more, or is not asked about any more, stands nowhere."""
    for row in Standing.objects.exclude(pk__in=kept):
        same = Listing.objects.filter(
            workspace_id=row.workspace_id, subject=row.subject, zone=row.zone, until_ms=None
        )
        same.update(until_ms=clock.now_ms())
        row.delete()
