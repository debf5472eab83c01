"""When a campaign would be through if it were sent now, by the limits that hold. It promises
nothing: what others send meanwhile, and what providers put off, is not in it."""

import math
from collections import defaultdict
from collections.abc import Mapping

from sendoff.campaigns import public as campaigns
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders
from sendoff.smtp import limits as provider_limits


def takes_ms(limits: Mapping[outbox.Limit, float]) -> int | None:
    """How long so many messages under each limit take; None where nothing limits them."""
    takes = [_takes_s(limit, messages) for limit, messages in limits.items() if messages]
    return int(max(takes) * 1000) if takes else None


def loads(campaign: campaigns.View, providers: Mapping[str, int]) -> dict[outbox.Limit, float]:
    """Each limit with the messages that come under it, shared alike among the servers."""
    ways, found = campaigns.ways(campaign), defaultdict[outbox.Limit, float](float)
    for provider, messages in providers.items():
        servers = [member.server for member, _ in senders.suited(ways, provider)]
        for server in servers:
            for limit in _limits(server, provider):
                found[limit] += messages / len(servers)
    if campaign.per_minute:
        own = _pace(f"campaign:{campaign.id}", campaign.per_minute)
        found[own] += sum(providers.values())
    return dict(found)


def _limits(server: senders.Server, provider: str) -> list[outbox.Limit]:
    lane = f"lane:{server.id}:{provider if server.routed else ''}"
    found = list(outbox.quotas(server, provider))
    paces: list[float | None] = [server.per_minute]
    if server.routed:
        paces.append(provider_limits.of(provider).per_minute)
    if least := min((each for each in paces if each), default=None):
        found.append(_pace(lane, least))
    if server.per_minute_total:
        found.append(_pace(f"server:{server.id}", server.per_minute_total))
    return found


def _pace(name: str, per_minute: float) -> outbox.Limit:
    return outbox.Limit(name=name, rule="", per_minute=float(per_minute))


def _takes_s(limit: outbox.Limit, messages: float) -> float:
    if limit.per_minute:
        return 60 * messages / limit.per_minute
    windows = math.ceil(messages / max(1, limit.most or 1))
    return (windows - 1) * float(limit.window_s or 0)
