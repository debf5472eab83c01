"""Act on signals: slow or suspend what they are about, and lead it back. One clerk does it for all.

Whatever workers reported is counted here, in one place, so that a burst sets off one action.
"""

from dataclasses import dataclass, replace

from django.db.models import Count, Max, Q, Sum

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.outbox import acting, lanes, sql
from sendoff.outbox.acting import ActionRow, Scope
from sendoff.outbox.models import Action, Lane, Signal, Tally
from sendoff.outbox.signals import ActionRule, every

STEP_MS = 60_000  # a connection more after a minute of accepted mail
_COLUMNS = {
    "lane": ("server_id", "provider"),
    "server": ("server_id",),
    "identity": ("provider", "domain_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Signals of one rule about one scope: how many lately, and the last of them."""

    workspace_id: int
    scope: Scope
    times: int
    last_ms: int


def watch() -> list[ActionRow]:
    """Put in force what the signals call for, and move recoveries on; says what is new."""
    now = clock.now_ms()
    begun = [
        action
        for rule_id in Signal.objects.values_list("rule", flat=True).distinct()
        if (rule := every().get(rule_id)) is not None
        for action in _act_on(rule, now)
    ]
    for row in Action.objects.filter(kind="recover", undone_ms=None, until_ms__gt=now):
        _recover(row, now)
    oldest = now - 1000 * max(rule.within_s for rule in every().values())
    Signal.objects.filter(at_ms__lt=oldest).delete()
    return begun


def count_affected() -> None:
    """Say of each action in force how many messages have waited under it at most."""
    for action in acting.in_force():
        waiting = _waiting(action.scope)
        Action.objects.filter(pk=action.id, messages__lt=waiting).update(messages=waiting)


def _act_on(rule: ActionRule, now_ms: int) -> list[ActionRow]:
    begun = []
    for word in rule.scopes:
        since = now_ms - 1000 * rule.within_s
        for scope in [heard.scope for heard in _heard(rule, word, since)]:
            last = _last(rule, scope)
            if last is not None and last.in_force(now_ms):
                continue
            # What came before an action that ended lately counts no more.
            ended = (last.undone_ms or last.until_ms or 0) if last else 0
            for heard in _heard(rule, word, max(since, ended)):
                if heard.scope == scope and heard.times >= rule.times:
                    begun.append(_begin(rule, heard))
    return begun


def _heard(rule: ActionRule, word: str, since_ms: int) -> list[Heard]:
    columns = _COLUMNS[word]
    found = Signal.objects.filter(rule=rule.id, at_ms__gt=since_ms)
    if "domain_id" in columns:
        found = found.exclude(domain_id=None)
    rows = found.values("workspace_id", *columns).annotate(times=Count("id"), last_ms=Max("at_ms"))
    return [
        Heard(
            workspace_id=row["workspace_id"],
            scope=Scope(**{name: row[name] for name in columns}),
            times=row["times"],
            last_ms=row["last_ms"],
        )
        for row in rows
    ]


def _begin(rule: ActionRule, heard: Heard) -> ActionRow:
    wanted = acting.Act(
        kind=rule.action,
        why=rule.decides,
        by="Sendoff",
        lasts_s=rule.lasts_s,
        per_minute=rule.per_minute,
        connections=rule.connections,
        messages_per_connection=rule.messages_per_connection,
    )
    sample = _signals(rule.id, heard.scope).order_by("-id").values_list("reply", flat=True).first()
    row = acting.begin(
        heard.workspace_id, rule.id, heard.scope, wanted, reply=sample or "", stop_s=rule.stop_s
    )
    messages = _waiting(heard.scope)
    accepted = _accepted(row)
    Action.objects.filter(pk=row.id).update(messages=messages, accepted=accepted)
    return replace(row, messages=messages, accepted=accepted)


def _recover(row: Action, now_ms: int) -> None:
    """Stop anew where the reply came again; else a connection more while mail is accepted."""
    rule = every().get(row.rule)
    if rule is None:
        return
    scope = Scope(server_id=row.server_id, provider=row.provider, domain_id=row.domain_id)
    again = _signals(row.rule, scope).filter(at_ms__gt=row.step_ms).aggregate(at=Max("at_ms"))["at"]
    action = acting.row_of(row)
    if again is not None:
        row.stop_until_ms, row.step_ms, row.connections = again + 1000 * rule.stop_s, again, 1
        row.accepted = _accepted(action)
    elif now_ms < max(row.stop_until_ms, row.step_ms + STEP_MS):
        return
    elif (accepted := _accepted(action)) > row.accepted:
        row.connections, row.step_ms, row.accepted = (row.connections or 1) + 1, now_ms, accepted
        if row.connections >= _full(scope):
            row.until_ms = now_ms
    row.save(update_fields=["stop_until_ms", "step_ms", "connections", "accepted", "until_ms"])


def _full(scope: Scope) -> int:
    """The most connections that any lane of a scope has without this."""
    found = lanes.allowed(_lanes(scope), ())
    return max((each.connections for each in found.values()), default=1)


def _accepted(action: ActionRow) -> int:
    """Messages accepted so far by those whom an action is about."""
    views = [] if action.workspace_id is None else campaigns.of_workspace(action.workspace_id)
    mine = [view.id for view in views if action.domain_id in (None, view.domain_id)]
    found = Tally.objects.filter(campaign_id__in=mine, state="accepted")
    if action.provider:
        found = found.filter(provider=action.provider)
    return int(found.aggregate(total=Sum("count"))["total"] or 0)


def _signals(rule: str, scope: Scope):  # type: ignore[no-untyped-def]  # a QuerySet of Signal
    about = Q(rule=rule)
    if scope.server_id is not None:
        about &= Q(server_id=scope.server_id)
    if scope.provider:
        about &= Q(provider=scope.provider)
    if scope.domain_id is not None:
        about &= Q(domain_id=scope.domain_id)
    return Signal.objects.filter(about)


def _last(rule: ActionRule, scope: Scope) -> ActionRow | None:
    found = Action.objects.filter(
        rule=rule.id,
        server_id=scope.server_id,
        provider=scope.provider,
        domain_id=scope.domain_id,
    )
    row = found.order_by("-id").first()
    return acting.row_of(row) if row else None


def _lanes(scope: Scope) -> list[int]:
    found = Lane.objects.all()
    if scope.server_id is not None:
        found = found.filter(server_id=scope.server_id)
    if scope.provider:
        found = found.filter(provider=scope.provider)
    return list(found.values_list("pk", flat=True))


def _waiting(scope: Scope) -> int:
    wanted = set(_lanes(scope))
    return sum(int(n) for lane, n in sql.rows("parcelled_by_lane") if lane in wanted)
