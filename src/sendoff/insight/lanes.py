"""What the pages of queue, lanes and limits show, as plain values. It changes nothing."""

from dataclasses import dataclass
from datetime import date

from sendoff.outbox import public as outbox
from sendoff.smtp import limits as known
from sendoff.smtp import providers

_KINDS = {
    "per_minute": "messages a minute",
    "connections": "connections at once",
    "messages_per_connection": "messages a connection",
}
_DID = {"slow": "slowed", "suspend": "suspended", "drain": "draining", "recover": "recovering"}


@dataclass(frozen=True, kw_only=True)
class Put:
    """One action on lanes, for people: what it does, where, and what a lane of it is."""

    row: outbox.ActionRow
    where: str
    did: str
    until_ms: int | None


@dataclass(frozen=True, kw_only=True)
class Known:
    """One figure of the table of limits, and what holds now in the lanes to that provider."""

    provider: str
    kind: str
    value: float
    source: str
    checked: date
    rule: str
    now: tuple["Now", ...]


@dataclass(frozen=True, kw_only=True)
class Now:
    """The figure in force in lanes of one server, and the rule that decides it."""

    lanes: tuple[int, ...]
    server: str
    value: float
    rule: str


def actions(found: list[outbox.ActionRow], servers: dict[int, str]) -> list[Put]:
    """Actions in the words of a page."""
    return [
        Put(row=row, where=_where(row, servers), did=_did(row), until_ms=row.opens_ms)
        for row in found
    ]


def kind_words(kind: str) -> str:
    """What a kind of limit counts."""
    return _KINDS.get(kind, kind)


def table(lanes: list[outbox.LaneRow]) -> list[Known]:
    """Every figure that is known of a provider, with what holds in our lanes to it."""
    return [
        Known(
            provider=_name(rule.provider),
            kind=kind_words(kind),
            value=value,
            source=rule.source,
            checked=rule.checked,
            rule=rule.id,
            now=_now(lanes, rule.provider, kind),
        )
        for rule in known.every()
        for kind in _KINDS
        if (value := getattr(rule, kind)) is not None
    ]


def _name(provider: str) -> str:
    return "Everybody else" if provider == known.ANY else providers.reads(provider)


def _now(lanes: list[outbox.LaneRow], provider: str, kind: str) -> tuple[Now, ...]:
    """What holds now, lanes alike together."""
    alike: dict[tuple[str, float, str], list[int]] = {}
    for lane in lanes:
        least = _least(lane, kind)
        if least is not None and known.of(lane.provider).provider == provider:
            alike.setdefault((lane.server, least.value, least.rule), []).append(lane.id)
    return tuple(
        Now(lanes=tuple(ids), server=server, value=value, rule=rule)
        for (server, value, rule), ids in sorted(alike.items())
    )


def _least(lane: outbox.LaneRow, kind: str) -> outbox.Term | None:
    of_kind = [term for term in lane.terms if term.kind == kind]
    return min(of_kind, key=lambda term: term.value, default=None)


def _where(row: outbox.ActionRow, servers: dict[int, str]) -> str:
    to = providers.reads(row.provider) if row.provider else "every provider"
    by = f" by {servers.get(row.server_id, 'a server that is gone')}" if row.server_id else ""
    return f"Mail to {to}{by}"


def _did(row: outbox.ActionRow) -> str:
    if row.kind == "expire":
        return f"{row.messages:,} given up"
    figures = [
        f"{value:,} {words}"
        for name, words in _KINDS.items()
        if (value := getattr(row, name)) is not None
    ]
    return _DID[row.kind] + (f" to {' and '.join(figures)}" if figures else "")
