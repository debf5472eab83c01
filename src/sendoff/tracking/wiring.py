"""Join the hot path to the rooms upstream. It decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.lib.config import config
from sendoff.outbox import public as outbox
from sendoff.tracking import hits, store
from sendoff.tracking.app import HotApp
from sendoff.tracking.optout import OptOut
from sendoff.tracking.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Wired:
    """The hot path of this process and its buffer."""

    app: HotApp
    recorder: Recorder


def wire() -> Wired:
    """Make both; ConfigError if there is no key that signs tokens."""
    recorder = Recorder(store.write)
    app = HotApp(
        key=config().token_key,
        targets_of=_targets_of_now,
        record=recorder.add,
        unsubscribe=unsubscribe,
    )
    return Wired(app, recorder)


def targets_of(campaign_id: int) -> Sequence[str]:
    """Where the links of a campaign's frozen version lead; none if it was deleted or never sent."""
    try:
        return campaigns.link_targets(campaign_id)
    except (ObjectDoesNotExist, campaigns.CampaignError):
        return ()


def _targets_of_now(campaign_id: int) -> Sequence[str]:
    with store.reachable():
        return targets_of(campaign_id)


def unsubscribe(hit: hits.Hit) -> OptOut:
    """Opt the contact out and record the hit in one transaction; twice is the same as once."""
    with store.reachable(), transaction.atomic():
        contact_id = outbox.contact_of(hit.campaign, hit.seq)
        if contact_id is None:
            return OptOut.GONE
        audience.unsubscribe(contact_id, evidence_of(hit))
        store.opt_out(hit)
    return OptOut.UNSUBSCRIBED


def evidence_of(hit: hits.Hit) -> str:
    """What the suppression list keeps: how, for which message, when and from where."""
    return f"{hit.detail}, message {hit.campaign}.{hit.seq}, {clock.iso(hit.at_ms)}, from {hit.ip}"
