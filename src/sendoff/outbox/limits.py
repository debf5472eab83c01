"""What a lane is allowed: the least of what its server, its provider and the actions in force say.

Pure; `lanes` reads what it needs. Nothing is copied into the lane, so a new figure holds at once.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sendoff.outbox.acting import ActionRow
from sendoff.outbox.permits import Limit
from sendoff.senders import public as senders
from sendoff.smtp import limits as known

CONNECTIONS, PER_CONNECTION, PACE = "connections", "messages_per_connection", "per_minute"
_BACKLOG = 0.023  # KumoMTA's: half the connections at 30 waiting messages, nearly all at 200
_FEW = 3  # that nobody minds, however little waits
_TAKES_S = 3.0  # what a slow server takes for a message: more connections would only wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing that limits a lane: of which kind, how much, by which rule and on what ground."""

    kind: str  # connections | messages_per_connection | per_minute
    value: float
    rule: str
    source: str = ""
    checked: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a lane, or one sending domain's mail in it, is allowed at a moment."""

    lane: int
    provider: str
    terms: tuple[Term, ...]
    actions: tuple[ActionRow, ...]
    now_ms: int

    def least(self, kind: str) -> Term | None:
        """The term of a kind that decides; None where nothing limits."""
        return min((t for t in self.terms if t.kind == kind), key=lambda t: t.value, default=None)

    @property
    def shut(self) -> ActionRow | None:
        """The action that lets nothing start here, of several the one that lasts longest."""
        closing = [action for action in self.actions if action.closes(self.now_ms)]
        return max(closing, key=lambda action: action.opens_ms or math.inf, default=None)

    @property
    def connections(self) -> int:
        """Connections at once; a slow pace needs few, and leaves the rest to others."""
        most, pace = self.least(CONNECTIONS), self.least(PACE)
        enough = max(1, math.ceil(pace.value * _TAKES_S / 60)) if pace else math.inf
        return int(min(most.value if most else 1, enough))

    def connections_for(self, backlog: int) -> int:
        """Connections that so many waiting messages are worth, as more come up more slowly."""
        worth = math.ceil(self.connections * (1 - math.exp(-_BACKLOG * backlog)))
        return min(self.connections, max(_FEW, worth))

    @property
    def messages_per_connection(self) -> int | None:
        term = self.least(PER_CONNECTION)
        return int(term.value) if term else None

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The paces of the lane, each in the row of those it is shared with."""
        lane = self.least(PACE)
        own = [_pace(f"lane:{self.lane}", lane)] if lane else []
        return (*own, *(_shared(action) for action in self.actions if _is_shared(action)))


def allowed(
    lane: int,
    provider: str,
    server: senders.Server,
    actions: Iterable[ActionRow],
    now_ms: int,
) -> Allowed:
    """Put together what holds in a lane. `actions` are those whose scope it is in."""
    touching = tuple(actions)
    terms = [*_of_server(server), *(_of_provider(provider) if server.routed else ())]
    for action in touching:
        terms += _of_action(action, now_ms)
    return Allowed(
        lane=lane, provider=provider, terms=tuple(terms), actions=touching, now_ms=now_ms
    )


def of_sender(
    server: senders.Server, domain: senders.Domain | None, campaign: int, per_minute: int | None
) -> tuple[Limit, ...]:
    """The limits that a message is under beside its lane's: server, sending domain, campaign."""
    wanted = (
        (f"server:{server.id}", f"{server.name}, in all", server.per_minute_total),
        (f"identity:{domain.id}", f"all mail from {domain.name}", domain.per_minute)
        if domain
        else ("", "", None),
        (f"campaign:{campaign}", "the campaign's own pace", per_minute),
    )
    return tuple(
        Limit(name=name, rule=rule, per_minute=float(rate)) for name, rule, rate in wanted if rate
    )


def of_quotas(quotas: Iterable[senders.Quota]) -> tuple[Limit, ...]:
    """What bounds a server in an hour or a day, as limits."""
    return tuple(
        Limit(name=each.name, rule=each.rule, most=each.most, window_s=each.window_s)
        for each in quotas
    )


def _of_server(server: senders.Server) -> list[Term]:
    source = f"settings of {server.name}"
    terms = [Term(kind=CONNECTIONS, value=server.connections, rule="server", source=source)]
    if server.per_minute:
        terms.append(Term(kind=PACE, value=server.per_minute, rule="server", source=source))
    return terms


def _of_provider(provider: str) -> list[Term]:
    rule = known.of(provider)
    return [
        Term(kind=kind, value=value, rule=rule.id, source=rule.source, checked=rule.checked)
        for kind in (CONNECTIONS, PER_CONNECTION, PACE)
        if (value := getattr(rule, kind)) is not None
    ]


def _of_action(action: ActionRow, now_ms: int) -> list[Term]:
    return [
        Term(kind=kind, value=value, rule=action.rule_id, source=action.why)
        for kind in (CONNECTIONS, PER_CONNECTION, PACE)
        if (value := getattr(action, kind)) and not (kind == PACE and _is_shared(action))
    ]


def _is_shared(action: ActionRow) -> bool:
    """Whether a slower pace is that of more than one lane together, or of one domain in it."""
    return bool(action.per_minute) and (action.server_id is None or not action.provider)


def _shared(action: ActionRow) -> Limit:
    name = f"action:{action.id}"
    return Limit(name=name, rule=action.rule_id, per_minute=float(action.per_minute or 1))


def _pace(name: str, term: Term) -> Limit:
    return Limit(name=name, rule=term.rule, per_minute=term.value)
