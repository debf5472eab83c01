"""Limits put on lanes for a time, by rules and by people: each a row that ends by itself.

It decides nothing: `watching` says when a rule acts, people when they do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Q

from sendoff.lib import clock
from sendoff.lib.errors import PlainError
from sendoff.outbox import expiring, sql
from sendoff.outbox.models import Action, Lane
from sendoff.senders import public as senders

OPERATOR = "operator"
KINDS = ("slow", "suspend", "drain", "expire")  # what a person may do; `recover` is for rules


class ActionError(PlainError):
    """What was asked for can not be done to a lane; the message says what can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an action holds for; None and "" mean any. Server and provider together are a lane."""

    server_id: int | None = None
    provider: str = ""
    domain_id: int | None = None

    def holds(self, server_id: int, provider: str, domain_id: int | None) -> bool:
        """Whether mail of a sending domain in a lane is under it."""
        return (
            self.server_id in (None, server_id)
            and self.provider in ("", provider)
            and self.domain_id in (None, domain_id)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """One action as it stands. `until_ms` None: until somebody undoes it."""

    id: int
    workspace_id: int | None
    rule: str
    kind: str
    server_id: int | None
    provider: str
    domain_id: int | None
    per_minute: int | None
    connections: int | None
    messages_per_connection: int | None
    reply: str
    why: str
    by: str
    messages: int
    since_ms: int
    until_ms: int | None
    stop_until_ms: int
    step_ms: int
    accepted: int
    undone_ms: int | None
    undone_by: str
    undone_why: str

    @property
    def scope(self) -> Scope:
        return Scope(server_id=self.server_id, provider=self.provider, domain_id=self.domain_id)

    @property
    def rule_id(self) -> str:
        """For people: the rule, or who did it."""
        return f"{OPERATOR}: {self.by}" if self.rule == OPERATOR else self.rule

    @property
    def opens_ms(self) -> int | None:
        """When it lets messages go again; None where a person must say so."""
        return self.stop_until_ms if self.kind == "recover" else self.until_ms

    def in_force(self, now_ms: int) -> bool:
        """Whether it still holds."""
        return self.undone_ms is None and (self.until_ms is None or self.until_ms > now_ms)

    def closes(self, now_ms: int) -> bool:
        """Whether no new parcel is taken under it."""
        if self.kind == "recover":
            return self.stop_until_ms > now_ms
        return self.kind in ("suspend", "drain")

    def stops(self, now_ms: int) -> bool:
        """Whether messages of a parcel that is leased already stay where they are, too."""
        return self.closes(now_ms) and self.kind != "drain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What to put in force: for `lasts_s` seconds, or until somebody undoes it (None)."""

    kind: str
    why: str
    by: str
    lasts_s: float | None = None
    per_minute: int | None = None
    connections: int | None = None
    messages_per_connection: int | None = None


def act(lane_id: int, wanted: Act) -> ActionRow:
    """A person slows, suspends, drains or expires a lane. ActionError says what is wrong."""
    _check(wanted)
    lane = Lane.objects.filter(pk=lane_id).first()
    if lane is None:
        raise ActionError(f"There is no lane {lane_id}. See sendoff lane list.")
    server = senders.server(lane.server_id)
    scope = Scope(server_id=server.id, provider=lane.provider)
    if wanted.kind == "expire":
        return _expired(server.workspace_id, lane, wanted, scope)
    return begin(server.workspace_id, OPERATOR, scope, wanted)


def limit_server(server_id: int, rule: str, wanted: Act, reply: str = "") -> ActionRow:
    """A rule of another room limits all lanes of a server; `reply` is what it goes by."""
    _check(wanted)
    workspace_id = senders.server(server_id).workspace_id
    return begin(workspace_id, rule, Scope(server_id=server_id), wanted, reply=reply)


def last_of(rule: str, server_id: int) -> ActionRow | None:
    """The newest action of a rule on a server, over or not."""
    found = Action.objects.filter(rule=rule, server_id=server_id).order_by("-id").first()
    return row_of(found) if found else None


def begin(
    workspace_id: int | None,
    rule: str,
    scope: Scope,
    wanted: Act,
    *,
    reply: str = "",
    stop_s: float = 0,
) -> ActionRow:
    """Put an action in force."""
    now = clock.now_ms()
    row = Action.objects.create(
        workspace_id=workspace_id,
        rule=rule,
        kind=wanted.kind,
        server_id=scope.server_id,
        provider=scope.provider,
        domain_id=scope.domain_id,
        per_minute=wanted.per_minute,
        connections=wanted.connections,
        messages_per_connection=wanted.messages_per_connection,
        reply=reply,
        why=wanted.why[:500],
        by=wanted.by,
        since_ms=now,
        until_ms=None if wanted.lasts_s is None else now + int(wanted.lasts_s * 1000),
        stop_until_ms=now + int(stop_s * 1000) if stop_s else 0,
        step_ms=now,
    )
    return row_of(row)


def undo(action_id: int, by: str, why: str) -> ActionRow:
    """End an action now. ActionError where it is over already."""
    now = clock.now_ms()
    if not why.strip():
        raise ActionError("Say why, so that others understand it later.")
    rows = Action.objects.filter(_in_force(now), pk=action_id).exclude(kind="expire")
    if not rows.update(undone_ms=now, undone_by=by, undone_why=why[:500]):
        raise ActionError(f"Action {action_id} is not in force any more, or never was.")
    return row_of(Action.objects.get(pk=action_id))


def resume(lane_id: int, by: str, why: str) -> list[ActionRow]:
    """Undo whatever keeps a lane shut: what holds for it alone and for more than it."""
    lane = Lane.objects.filter(pk=lane_id).first()
    if lane is None:
        raise ActionError(f"There is no lane {lane_id}. See sendoff lane list.")
    now = clock.now_ms()
    shut = [
        action
        for action in in_force()
        if action.closes(now) and action.scope.holds(lane.server_id, lane.provider, None)
    ]
    if not shut:
        raise ActionError(f"The lane of {lane.provider} is not shut.")
    return [undo(action.id, by, why) for action in shut]


def in_force() -> tuple[ActionRow, ...]:
    """Every action that holds now, of all workspaces: what workers and the queue go by."""
    if sql.row("any_action", now=clock.now_ms()) is None:  # as nearly always; asked all the time
        return ()
    rows = Action.objects.filter(_in_force(clock.now_ms())).exclude(kind="expire").order_by("id")
    return tuple(row_of(row) for row in rows)


def actions(workspace_id: int, limit: int = 100) -> list[ActionRow]:
    """All actions of a workspace, newest first, those that are over too."""
    rows = Action.objects.filter(Q(workspace_id=workspace_id) | Q(workspace=None))
    return [row_of(row) for row in rows.order_by("-id")[:limit]]


def touching(
    found: Iterable[ActionRow], server_id: int, provider: str, domain_id: int | None = None
) -> tuple[ActionRow, ...]:
    """Those actions whose scope a lane is in, or one sending domain's mail in it."""
    return tuple(each for each in found if each.scope.holds(server_id, provider, domain_id))


def _check(wanted: Act) -> None:
    if wanted.kind not in KINDS:
        raise ActionError(f'"{wanted.kind}" is none of {", ".join(KINDS)}.')
    if not wanted.why.strip():
        raise ActionError("Say why, so that others understand it later.")
    slow = wanted.kind == "slow"
    if slow and not (wanted.per_minute or wanted.connections):
        raise ActionError("Say how slow: messages a minute, connections at once, or both.")


def _expired(workspace_id: int | None, lane: Lane, wanted: Act, scope: Scope) -> ActionRow:
    moved = expiring.expire(lane, f"Given up by {wanted.by}: {wanted.why}")
    row = begin(workspace_id, OPERATOR, scope, replace(wanted, lasts_s=0))
    Action.objects.filter(pk=row.id).update(messages=moved)
    return replace(row, messages=moved)


def _in_force(now_ms: int) -> Q:
    return Q(undone_ms=None) & (Q(until_ms=None) | Q(until_ms__gt=now_ms))


def row_of(row: Action) -> ActionRow:
    """An action as others see it."""
    return ActionRow(**{name: getattr(row, name) for name in ActionRow.__slots__})
