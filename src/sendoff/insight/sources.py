"""How each server stands: what it may send, has sent, how warm and how well it is. Reads only."""

from dataclasses import asdict
from typing import Any

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.mail.stages import Fault, State
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders

ADVICE_DAYS = 90
_NAMED = 3  # providers named in a sentence; more are counted


def sources(workspace_id: int) -> list[dict[str, Any]]:
    """Every server that a workspace may use, as a page or a program reads it."""
    servers = senders.servers(workspace_id)
    pools = senders.pools(workspace_id)
    sick = senders.sick_now([server.id for server in servers], clock.now_ms())
    return [
        {
            **asdict(server),
            "pools": [p.name for p in pools if any(m.server.id == server.id for m in p.members)],
            "quotas": _quotas(server),
            "warming": [_warming(server, standing) for standing in senders.standings(server)],
            **_health(server, [each for each in sick if each.server_id == server.id]),
        }
        for server in servers
    ]


def source_advice(workspace_id: int) -> dict[str, Any]:
    """Shared or dedicated addresses, with the numbers that say so."""
    return asdict(senders.advise(volume(workspace_id, clock.now_ms())))


def volume(workspace_id: int, now_ms: int) -> senders.Volume:
    """What the campaigns of the last ADVICE_DAYS came to, from the first of them to now."""
    since = now_ms - ADVICE_DAYS * senders.DAY_MS
    sent: dict[int, int] = {}
    bounced = 0
    for campaign in campaigns.of_workspace(workspace_id):
        if campaign.launched_at is None or (at := clock.ms(campaign.launched_at)) < since:
            continue
        day = at // senders.DAY_MS
        for tally in outbox.tallies(campaign.id):
            if tally.state in (State.ACCEPTED, State.REFUSED, State.UNKNOWN):
                sent[day] = sent.get(day, 0) + tally.count
            if tally.state == State.REFUSED and tally.fault == Fault.RECIPIENT:
                bounced += tally.count
    days = now_ms // senders.DAY_MS - min(sent) + 1 if sent else 0
    return senders.Volume(
        days=max(days, 30) if sent else 0,  # a first week says nothing of a month
        sent=sum(sent.values()),
        days_with_sending=len(sent),
        bounced=bounced,
    )


def _quotas(server: senders.Server) -> list[dict[str, Any]]:
    under = outbox.quotas(server, "")
    left = outbox.left_of(under)
    return [
        {"rule": limit.rule, "most": limit.most, "used": (limit.most or 0) - left[limit.name]}
        for limit in under
        if not limit.name.startswith("warmup")
    ]


def _warming(server: senders.Server, standing: senders.Warming) -> dict[str, Any]:
    name = f"warmup:{server.id}:{standing.provider}"
    left = outbox.left_of(outbox.quotas(server, standing.provider)).get(name)
    used = standing.most - left if standing.most is not None and left is not None else None
    return {
        "provider": standing.provider,
        "plan": standing.plan,
        "day": standing.day,
        "most": standing.most,
        "used": used,
    }


def _health(server: senders.Server, sick: list[senders.Sick]) -> dict[str, Any]:
    """off, sick (for everybody), partly (some providers alone), or well."""
    if not server.enabled:
        return {"health": "off", "why": "Switched off by hand.", "until": None}
    if not sick:
        return {"health": "well", "why": "", "until": None}
    everywhere = [each for each in sick if not each.provider]
    worst = max(everywhere or sick, key=lambda each: each.until_ms)
    health, why = ("sick", worst.why) if everywhere else ("partly", _where(sick))
    return {"health": health, "why": why, "until": clock.iso(worst.until_ms)}


def _where(sick: list[senders.Sick]) -> str:
    names = sorted({each.provider for each in sick})
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"For {', '.join(names[:_NAMED])}{more}: pools send by others."
