"""What DNS proved of messages from one domain by one source, kept by time for the journey of each.

It costs a message nothing: it is asked now and then while a campaign runs, and joined when shown.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.mail.auth import names
from sendoff.mail.auth.evaluation import Evaluation
from sendoff.proving import models
from sendoff.proving.preflight_auth import Proof
from sendoff.senders import public as senders

HOLDS_MS = 15 * 60_000  # how far from a message a proof may lie and still speak of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What was found, first at `from_ms` and last at `until_ms`. `told` is the trace's `auth`."""

    domain: str
    selectors: tuple[str, ...]
    source_ip: str
    spf: str
    dkim: str
    dmarc: str
    told: dict[str, Any]
    from_ms: int
    until_ms: int


def note(workspace_id: int, proofs: Iterable[Proof]) -> None:
    """Keep what was found now; where it is what was found before, that holds on."""
    fresh = {(each.author, each.source.ip, _selectors(each)): each for each in proofs}
    with transaction.atomic():
        for each in fresh.values():
            _note(workspace_id, each, clock.now_ms())


def of_domain(workspace_id: int, domain: str, from_ms: int) -> tuple[Proved, ...]:
    """Every proof of a domain that may speak of messages since a moment, oldest first."""
    rows = models.Proof.objects.filter(
        workspace_id=workspace_id, domain=domain, until_ms__gte=from_ms - HOLDS_MS
    )
    return tuple(_proved(row) for row in rows.order_by("from_ms", "id"))


def of_campaign(campaign: campaigns.View, from_ms: int) -> tuple[Proved, ...]:
    """Every proof of a campaign's domain that may speak of messages since a moment."""
    domain = names.normal(campaign.from_email.rpartition("@")[2])
    return of_domain(campaign.workspace_id, domain, from_ms)


def nearest(
    known: Sequence[Proved], selectors: Collection[str], source_ip: str, moment_ms: int
) -> Proved | None:
    """What speaks of a message that these keys signed and this source offered at a moment.

    The last that was found before it, or else the first after it; None where nothing was found
    within HOLDS_MS of it. Pure.
    """
    for ip in dict.fromkeys((source_ip, "")):
        fitting = [
            each for each in known if set(each.selectors) == set(selectors) and each.source_ip == ip
        ]
        before = [each for each in fitting if each.from_ms <= moment_ms <= each.until_ms + HOLDS_MS]
        after = [each for each in fitting if moment_ms < each.from_ms <= moment_ms + HOLDS_MS]
        if before or after:
            return before[-1] if before else after[0]
    return None


def fresh(campaign: campaigns.View, source_ip: str, within_ms: int) -> bool:
    """Whether what a source sends of a campaign was proved lately, with the keys that sign now."""
    now = clock.now_ms()
    keys = senders.signing_at(campaign.domain_id, now) if campaign.domain_id else []
    known = of_campaign(campaign, now)
    found = nearest(known, {key.selector for key in keys}, source_ip, now)
    return found is not None and found.source_ip == source_ip and found.until_ms > now - within_ms


def told(seen: Evaluation) -> dict[str, Any]:
    """Verdicts as a trace says them: what was asked of DNS and what came of it."""
    sent, aligned = seen.spf, seen.dmarc
    return {
        "spf": {"result": sent.result, "domain": sent.domain, "why": sent.why} if sent else None,
        "dkim": [
            {
                "result": each.result,
                "domain": each.domain,
                "selector": each.selector,
                "algorithm": each.algorithm,
                "why": each.why,
            }
            for each in seen.dkim
        ],
        "dmarc": {
            "result": aligned.result,
            "policy": aligned.policy,
            "aligned": {"spf": aligned.spf, "dkim": aligned.dkim},
            "why": aligned.why,
        },
    }


def _note(workspace_id: int, proof: Proof, now_ms: int) -> None:
    found = {
        "spf": proof.facts["spf"].value,
        "dkim": proof.facts["dkim"].value,
        "dmarc": proof.evaluation.dmarc.result,
        "told": told(proof.evaluation),
    }
    who = {
        "workspace_id": workspace_id,
        "domain": proof.author,
        "source_ip": proof.source.ip,
        "selectors": _selectors(proof),
        "return_path": proof.return_path,
    }
    row = models.Proof.objects.filter(**who).order_by("-until_ms").first()
    same = row and all(getattr(row, name) == value for name, value in found.items())
    if row and same and row.until_ms >= now_ms - HOLDS_MS:
        models.Proof.objects.filter(pk=row.pk).update(until_ms=now_ms)
    else:
        models.Proof.objects.create(**who, **found, from_ms=now_ms, until_ms=now_ms)


def _selectors(proof: Proof) -> str:
    return " ".join(each.selector for each in proof.evaluation.dkim)[:400]


def _proved(row: models.Proof) -> Proved:
    return Proved(
        domain=row.domain,
        selectors=tuple(row.selectors.split()),
        source_ip=row.source_ip,
        spf=row.spf,
        dkim=row.dkim,
        dmarc=row.dmarc,
        told=row.told,
        from_ms=row.from_ms,
        until_ms=row.until_ms,
    )
