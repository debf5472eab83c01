"""What bounds a server's messages in an hour and in a day: its quotas and its warm-up.

It only says the bounds; whoever gives the permits counts against them.
"""

from dataclasses import dataclass

from sendoff.senders import warming
from sendoff.senders.servers import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """At most `most` messages in each window of `window_s`. `rule` names where it comes from."""

    name: str
    rule: str
    most: int
    window_s: int


def quotas(server: Server, provider: str) -> tuple[Quota, ...]:
    """Every bound that a message by this server to this provider is under now."""
    found = [
        Quota(name=f"quota:server:{server.id}:{word}", rule=f"{words} quota of {server.name}",
              most=most, window_s=window_s)
        for word, words, most, window_s in (
            ("hour", "hourly", server.hourly_quota, 3600),
            ("day", "daily", server.daily_quota, 86400),
        )
        if most is not None
    ]  # fmt: skip
    stands = warming.standing(server, provider)
    if stands is not None and stands.most is not None:
        name = f"warmup:{server.id}:{provider}"
        rule = f"warmup.{stands.plan}.day{stands.day}"
        found.append(Quota(name=name, rule=rule, most=stands.most, window_s=86400))
    return tuple(found)
