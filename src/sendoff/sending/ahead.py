"""The letters of a parcel, written and signed a few at a time before they are sent. It sends none.

What was written and is not sent, as when the campaign is paused, is dropped: nothing is known of it
anywhere, and it is written again with a Date of then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sendoff.campaigns import public as campaigns
from sendoff.drivers.contract import Letter
from sendoff.lib import clock
from sendoff.outbox import public as outbox

AT_ONCE = 50  # a quarter of a large parcel: 1.4 MB a connection, 30 ms without a turn for others


class Written(NamedTuple):
    """One letter, or why it could not be written; `dated`: what its Date says, in ms."""

    letter: Letter | campaigns.RenderError
    dated: int


@dataclass(slots=True, kw_only=True)
class Ahead:
    """Letters by their place among those of the parcel."""

    campaign: int
    composer: campaigns.Composer
    letters: Sequence[outbox.Claimed]
    at_once: int
    _written: dict[int, Written] = field(default_factory=dict)

    def take(self, n: int) -> Written:
        """The n-th letter, which nobody needs any more."""
        written = self.look(n)
        del self._written[n]
        return written

    def look(self, n: int) -> Written:
        """The n-th letter. Where it is not written yet, the next few are written with it."""
        if n not in self._written:
            self._write(n)
        return self._written[n]

    def _write(self, n: int) -> None:
        now = clock.now_ms()
        claimed = self.letters[n : n + self.at_once]
        wanted = [self._recipient(each, each.first_ms or now) for each in claimed]
        letters = self.composer.compose_all(wanted)
        for place, (recipient, letter) in enumerate(zip(wanted, letters, strict=True), n):
            self._written[place] = Written(letter, recipient.dated_ms)

    def _recipient(self, claimed: outbox.Claimed, dated: int) -> campaigns.Recipient:
        return campaigns.Recipient(
            campaign=self.campaign,
            seq=claimed.seq,
            email=claimed.address,
            fields={"email": claimed.address, **claimed.fields},
            dated_ms=dated,
        )
