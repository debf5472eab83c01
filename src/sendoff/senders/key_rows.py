"""The DKIM keys of a domain as a page lists them: what is so, since when, what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass

from sendoff.senders import key_words, signing_keys
from sendoff.senders.key_life import COMING, Key, State
from sendoff.senders.models import SendingDomain

_SIGNS = {
    State.PLANNED: "◔",
    State.SEEN: "◔",
    State.SIGNING: "●",
    State.RETIRING: "–",
    State.RETIRED: "–",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One key. `actions`: what a button does and what stands on it; `publish`: now is the time."""

    key: Key
    kind: str
    sign: str
    stands: str
    next: str
    since_ms: int
    by: str
    publish: bool
    actions: tuple[tuple[str, str], ...]


def rows(domain_id: int) -> list[Row]:
    """Every key of a domain: what signs first, what is over last."""
    keys, terms = signing_keys.keys(domain_id), signing_keys.terms()
    return [
        Row(
            key=key,
            kind=key_words.KINDS[key.kind],
            sign="▲" if key.problem and key.state in COMING else _SIGNS[key.state],
            stands=key_words.STANDS[key.state],
            next=key_words.next_step(key, keys, terms),
            since_ms=_since_ms(key),
            by=_by(key),
            publish=key.state is State.PLANNED,
            actions=_actions(key, keys),
        )
        for key in keys
    ]


def to_publish(workspace_id: int) -> list[tuple[str, Row]]:
    """The keys that wait for a record to be published, each with the name of its domain."""
    domains = SendingDomain.objects.filter(workspace_id=workspace_id).order_by("name")
    waiting = domains.filter(keys__signing_ms=None, keys__retired_ms=None).distinct()
    return [(each.name, row) for each in waiting for row in rows(each.pk) if row.publish]


def _since_ms(key: Key) -> int:
    moments = (key.retired_ms, key.retiring_ms, key.signing_ms, key.seen_ms)
    return next((moment for moment in moments if moment is not None), key.planned_ms)


def _by(key: Key) -> str:
    """Who took the last step, where that was told."""
    if key.state is State.SIGNING:
        return key.switched_by
    return key.planned_by if key.state is State.PLANNED else ""


def _actions(key: Key, keys: Sequence[Key]) -> tuple[tuple[str, str], ...]:
    if key.state in COMING:
        sooner = (("switch", "Sign with it now"),) if key.state is State.SEEN else ()
        return (*sooner, ("withdraw", "Give it up"))
    several = sum(each.state is State.SIGNING for each in keys) > 1
    if key.state is State.SIGNING and several:
        return (("retire", "Sign no more with it"),)
    return ()
