"""Slow the lanes of an address that a blocklist lists, and let them go once it no longer does.

A person who undoes it is believed: it does not begin again for the same listing.
"""

import structlog

from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.reputation.zones import State, ZoneRule
from sendoff.senders import public as senders

PER_MINUTE, CONNECTIONS = 60, 2  # of all lanes of the address together; domain.md 5: at most half
LASTS_S = 86_400.0

log = structlog.get_logger()


def decide(state: State, since_ms: int, last: outbox.ActionRow | None, now_ms: int) -> str:
    """begin, end or "": what to do about a server whose address stands so. `since_ms`: listed
    since; `last`: what was done about it last."""
    in_force = last is not None and last.in_force(now_ms)
    if state is State.CLEAN:
        return "end" if in_force else ""
    if state is not State.LISTED or in_force:
        return ""
    undone = last is not None and last.since_ms >= since_ms and last.undone_ms is not None
    return "" if undone else "begin"


def act(zone: ZoneRule, address: str, state: State, since_ms: int, why: str) -> None:
    """Do it for every server that sends from this address."""
    rule = f"blocklist:{zone.id}"
    for server in senders.all_servers():
        if server.source_ip != address:
            continue
        last = outbox.last_action(rule, server.id)
        what = decide(state, since_ms, last, clock.now_ms())
        if what == "begin":
            _begin(zone, rule, server, why)
        elif what == "end" and last:
            outbox.undo(last.id, "Sendoff", f"{zone.name} does not list {address} any more.")


def _begin(zone: ZoneRule, rule: str, server: senders.Server, why: str) -> None:
    wanted = outbox.Act(
        kind="slow",
        why=f"{zone.name} lists {server.source_ip}: {why}. Receivers that go by it refuse mail.",
        by="Sendoff",
        lasts_s=LASTS_S,
        per_minute=PER_MINUTE,
        connections=CONNECTIONS,
    )
    row = outbox.limit_server(server.id, rule, wanted, reply=why)
    log.warning("a listed address is slowed", server=server.name, rule=rule, action=row.id)
