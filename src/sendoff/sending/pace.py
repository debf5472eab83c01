"""Ask for a time slot to send, under the limits of lane and campaign. Keeps no count of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from sendoff.outbox import public as outbox

InDatabase = Callable[[Callable[[], outbox.Slot]], Awaitable[outbox.Slot]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Messages a minute by the name of the limit; empty: as fast as it goes."""

    per_minute: dict[str, int]

    @classmethod
    def of(
        cls, lane: int, lane_rate: int | None, campaign: int, campaign_rate: int | None
    ) -> "Limits":
        """The limits that a message of a campaign in a lane is under."""
        rates = {f"lane:{lane}": lane_rate, f"campaign:{campaign}": campaign_rate}
        return cls(per_minute={name: rate for name, rate in rates.items() if rate})


async def slot(limits: Limits, in_database: InDatabase) -> outbox.Slot | None:
    """The slot for one message; None where nothing limits it."""
    if not limits.per_minute:
        return None
    return await in_database(partial(outbox.take_slot, limits.per_minute))
