"""Prove what is being sent, again and again while campaigns run, so that each journey can say so.

The clerk's thread has the database: it says what is due and writes down what was found. DNS is
asked in a thread of its own, which keeps nobody waiting.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.lib.config import Config
from sendoff.mail.auth.live import Live
from sendoff.mail.auth.names import Remembering
from sendoff.proving import preflight_trials, proofs
from sendoff.proving.preflight_auth import Offer, Proof, examine

RENEW_MS = 5 * 60_000
PATIENCE_S = 3.0  # for one question
_WHOLE_S = 20.0  # for one campaign: what is not proved then is asked again at the next look

Due = list[tuple[int, tuple[Offer, ...]]]  # by workspace


@dataclass(slots=True)
class Prover:
    """What one clerk has under way."""

    config: Config
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="prove")
    )
    _asked: "Future[list[tuple[int, list[Proof]]]] | None" = None

    def tick(self) -> int:
        """Keep what was found, and have asked what is due; how many proofs were kept."""
        if self._asked is not None and not self._asked.done():
            return 0
        asked, self._asked = self._asked, None
        kept = 0
        for workspace_id, found in asked.result() if asked else []:
            proofs.note(workspace_id, found)
            kept += len(found)
        if due := _due():
            self._asked = self._thread.submit(_prove, self.config, due)
        return kept


def _due() -> Due:
    """A message of each campaign under way, for each source that was not proved lately."""
    found: Due = []
    under_way = campaigns.with_badge(campaigns.Badge.QUEUED, campaigns.Badge.SENDING)
    for campaign in under_way:
        sources = preflight_trials.every_source(campaign)
        lacking = tuple(each for each in sources if not proofs.fresh(campaign, each.ip, RENEW_MS))
        if not lacking:
            continue
        person = next(iter(audience.sample_contacts(campaigns.list_ids(campaign.id), 1)), None)
        if person is None or not person.email:
            continue
        try:
            offers = preflight_trials.desk(campaign).offers(person, lacking)
        except campaigns.RenderError:
            continue  # its journey says why
        found.append((campaign.workspace_id, offers))
    return found


def _prove(config: Config, due: Due) -> list[tuple[int, list[Proof]]]:
    return [(workspace_id, asyncio.run(_within(config, offers))) for workspace_id, offers in due]


async def _within(config: Config, offers: Sequence[Offer]) -> list[Proof]:
    resolver = Remembering(Live(config.resolver, PATIENCE_S))
    try:
        asked = asyncio.gather(*(examine(offer, resolver) for offer in offers))
        return list(await asyncio.wait_for(asked, _WHOLE_S))
    except TimeoutError:
        return []
