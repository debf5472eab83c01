"""Keep when and why a server is sick, and end it again. Pools go around it; it moves no message."""

from collections.abc import Iterable
from dataclasses import dataclass

from sendoff.lib import clock
from sendoff.senders.models import Sickness
from sendoff.senders.sickness import SickRule, Signs, diagnose

_AT_ONCE_MS = 3_600_000  # who is sick again within the hour was not cured


@dataclass(frozen=True, slots=True, kw_only=True)
class Sick:
    """A time in which pools go around a server, and the reason. `provider` "": for everybody."""

    id: int
    server_id: int
    provider: str
    rule: str
    why: str
    sample: str
    failures: int
    since_ms: int
    until_ms: int
    ended_ms: int | None
    ended_by: str


def examine(all_signs: Iterable[Signs]) -> list[Sick]:
    """Begin a sickness where the signs say so; the ones that began now. Asked again, none does."""
    found = []
    for signs in all_signs:
        rule = diagnose(signs)
        if rule is not None and (row := _begin(signs, rule)):
            found.append(sick_of(row))
    return found


def sicknesses(server_ids: Iterable[int], limit: int = 50) -> list[Sick]:
    """What was the matter with servers, the newest first; those over have their end in the past."""
    rows = Sickness.objects.filter(server_id__in=list(server_ids)).order_by("-id")
    return [sick_of(row) for row in rows[:limit]]


def sick_now(server_ids: Iterable[int], now_ms: int) -> list[Sick]:
    """The sicknesses that hold at a moment."""
    rows = Sickness.objects.filter(
        server_id__in=list(server_ids), until_ms__gt=now_ms, ended_ms=None
    )
    return [sick_of(row) for row in rows.order_by("id")]


def well(server_id: int, by: str) -> int:
    """A person says that a server is well again; how many sicknesses that ended."""
    now = clock.now_ms()
    rows = Sickness.objects.filter(server_id=server_id, until_ms__gt=now, ended_ms=None)
    return rows.update(ended_ms=now, ended_by=by)


def _begin(signs: Signs, rule: SickRule) -> Sickness | None:
    """A new row, unless one holds or the last failure is older than the end of the last one."""
    provider = signs.provider if rule.scope == "provider" else ""
    now = clock.now_ms()
    before = Sickness.objects.filter(server_id=signs.server_id, provider=provider, rule=rule.id)
    last = before.order_by("-id").first()
    if last and signs.last_ms <= (last.ended_ms or last.until_ms):
        return None
    at_once = last is not None and last.ended_ms is None and now - last.until_ms < _AT_ONCE_MS
    doubled = 1 + _doubled(rule, last) if last and at_once else 0
    return Sickness.objects.create(
        server_id=signs.server_id,
        provider=provider,
        rule=rule.id,
        why=f"{rule.why}: {signs.failures} tries in a row failed at {signs.stage}.",
        sample=signs.reply[:500],
        failures=signs.failures,
        since_ms=now,
        until_ms=rule.until_ms(now, doubled),
    )


def _doubled(rule: SickRule, last: Sickness) -> int:
    """How often its time was doubled already, read from the length of the last one."""
    minutes = (last.until_ms - last.since_ms) // 60_000
    return max(0, (minutes // rule.minutes).bit_length() - 1)


def sick_of(row: Sickness) -> Sick:
    """A sickness as others see it."""
    values = {name: getattr(row, name) for name in Sick.__slots__ if name != "id"}
    return Sick(id=row.pk, **values)
