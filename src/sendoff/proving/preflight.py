"""Prove a campaign before it is sent: who would refuse it or put it off, and by which rule.

It sends nothing. What DNS does not answer is said as not known, never as a refusal.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.lib.errors import PlainError
from sendoff.mail.auth import evaluation
from sendoff.mail.auth.live import Live
from sendoff.mail.auth.names import Remembering, Resolver
from sendoff.proving import checking, preflight_audience, preflight_finish, preflight_rules, proofs
from sendoff.proving.found import Record
from sendoff.proving.models import Override, Preflight
from sendoff.proving.preflight_audience import OTHERS, Spread
from sendoff.proving.preflight_auth import Proof, examine
from sendoff.proving.preflight_rules import COMPLIES, UNKNOWN, Judged
from sendoff.proving.preflight_trials import Trial, trials
from sendoff.senders import public as senders
from sendoff.smtp import providers

ROUTES_S = 20.0  # for the ways to all domains; what is missing then is said, and asked next time
PATIENCE_S = 3.0  # for one question of the proof
REST = "others"  # what the document calls providers that are judged together


class PreflightError(PlainError):
    """A campaign cannot be proved; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was proved of one trial from each source, with the rules of its provider applied."""

    trial: Trial
    proofs: tuple[Proof, ...]
    judged: tuple[tuple[Judged, ...], ...]

    @property
    def verdict(self) -> str:
        """The worst of all sources; where nothing could be written, nothing is known."""
        verdicts = [preflight_rules.verdict(each) for each in self.judged]
        return preflight_rules.worst(verdicts) if verdicts else UNKNOWN

    @property
    def rules(self) -> list[Judged]:
        """Each rule once, as it stands with the source that keeps it worst."""
        found: dict[str, Judged] = {}
        for judged in (each for of_source in self.judged for each in of_source):
            other = found.get(judged.rule.id)
            if other is None or judged.worse_than(other):
                found[judged.rule.id] = judged
        return preflight_rules.in_order(list(found.values()))


def run(campaign_id: int, config: Config, routes_s: float = ROUTES_S) -> dict[str, Any]:
    """The document of `sendoff preflight`, which is kept. A PlainError says what must be mended
    before anything can be proved."""
    campaign = campaigns.get(campaign_id)
    found = preflight_audience.spread(campaign_id, config, routes_s)
    if not found.messages:
        raise PreflightError("The lists of this campaign are empty; import people first.")
    resolver = Remembering(Live(config.resolver, PATIENCE_S))
    tried = asyncio.run(_tried(trials(campaign, found), resolver))
    proofs.note(campaign.workspace_id, [proof for each in tried for proof in each.proofs])
    document = _document(campaign, found, tried) | {"domain": _domain(campaign)}
    Preflight.objects.update_or_create(
        campaign_id=campaign_id,
        defaults={
            "workspace_id": campaign.workspace_id,
            "at_ms": clock.now_ms(),
            "document": document,
        },
    )
    return document


def _domain(campaign: campaigns.View) -> dict[str, Any]:
    """What the check of the From domain finds now: each record that is not right, with its mend."""
    domain = senders.domain_of(campaign.workspace_id, campaign.from_email)
    checked = checking.check(domain.id)
    faults = [asdict(each) for each in checked.records if found_wanting(each)]
    keys = ("purpose", "kind", "host", "type", "verdict", "rule", "sentence", "mend", "needed")
    wanting = [{key: each[key] for key in keys} for each in faults]
    return {
        "id": domain.id,
        "domain": domain.name,
        "ready": checked.ready,
        "records": wanting,
    }


def found_wanting(record: Record) -> bool:
    """Whether a record is to be named: what is optional need not be there, but must be right."""
    return record.verdict != "ok" and not (record.optional and record.verdict == "missing")


def last(campaign_id: int) -> dict[str, Any] | None:
    """What the last preflight of a campaign found, with `at_ms`; None where there was none."""
    row = Preflight.objects.filter(pk=campaign_id).first()
    return {**row.document, "at_ms": row.at_ms} if row else None


def overrides(campaign_id: int) -> list[dict[str, Any]]:
    """Who sent it though its domain would be refused, when, and by which rules; in order."""
    rows = Override.objects.filter(campaign_id=campaign_id).order_by("id")
    return [
        {"at": clock.iso(row.at_ms), "by": row.by, "domain": row.domain, "rules": row.rules}
        for row in rows
    ]


async def _tried(made: Sequence[Trial], resolver: Resolver) -> list[Tried]:
    found = []
    for trial in made:
        proved = await asyncio.gather(*(examine(offer, resolver) for offer in trial.offers))
        judged = tuple(preflight_rules.judge(trial.provider, proof.facts) for proof in proved)
        found.append(Tried(trial=trial, proofs=tuple(proved), judged=judged))
    return found


def _document(campaign: campaigns.View, found: Spread, tried: list[Tried]) -> dict[str, Any]:
    overall = preflight_rules.worst([each.verdict for each in tried])
    takes = preflight_finish.takes_ms(preflight_finish.loads(campaign, found.providers))
    done = clock.now_ms() + takes if takes is not None else None
    return {
        "campaign": campaign.id,
        "at": clock.iso(clock.now_ms()),
        "complies": None if overall == UNKNOWN else overall == COMPLIES,
        "providers": [_provider(each) for each in tried],
        "messages": found.messages,
        "domains": found.domains,
        "no_route": found.no_route,
        "endings": [
            {"domain": each.domain, "messages": each.messages, "why": each.why}
            for each in found.endings
        ],
        "not_asked": {"domains": found.not_asked, "messages": found.not_asked_messages},
        "auth": _auth(tried),
        "expected_done": clock.iso(done) if campaign.badge == campaigns.Badge.DRAFT else None,
        "overrides": overrides(campaign.id),
    }


def _provider(tried: Tried) -> dict[str, Any]:
    trial = tried.trial
    return {
        "provider": trial.provider if trial.provider != OTHERS else REST,
        "reads": providers.reads(trial.provider) if trial.provider else "All others",
        "messages": trial.messages,
        "verdict": tried.verdict,
        "rules": [each.document() for each in tried.rules],
        "why_not": trial.why_not,
        "sources": [
            {
                "server": proof.source.server,
                "source_ip": proof.source.ip or None,
                "verdict": preflight_rules.verdict(judged),
            }
            for proof, judged in zip(tried.proofs, tried.judged, strict=True)
        ],
    }


def _auth(tried: list[Tried]) -> dict[str, Any] | None:
    """The whole evaluation of one message: of the worst source, or else of the largest provider."""
    pairs = [
        (preflight_rules.verdict(judged), proof)
        for each in tried
        for proof, judged in zip(each.proofs, each.judged, strict=True)
    ]
    overall = preflight_rules.worst([verdict for verdict, _ in pairs])
    proof = next((proof for verdict, proof in pairs if verdict == overall), None)
    return evaluation.document(proof.evaluation) if proof else None
