"""What stands between a draft and Send: a domain of which it is certain that it would be refused.

A few questions to DNS, within seconds. Where DNS gives no answer, the campaign goes, with a note.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.lib.config import config
from sendoff.mail.auth import names
from sendoff.mail.auth.live import Live
from sendoff.mail.auth.names import Remembering
from sendoff.proving import preflight_rules, preflight_trials, proofs
from sendoff.proving.models import Override
from sendoff.proving.preflight_auth import Offer, Proof, examine
from sendoff.proving.preflight_rules import Judged
from sendoff.smtp import providers

MAX_SOURCES = 20  # of a pool, that are asked about before Send


def ask(campaign_id: int, by: str, override: str) -> campaigns.Cleared:
    """Whether a campaign may go. NotCleared names the rules and the word that overrides them."""
    campaign, patience_s = campaigns.get(campaign_id), config().launch_proof_s
    if not patience_s or campaign.purpose != "marketing":
        return campaigns.Cleared()
    proved = _proved(campaign, patience_s)
    if proved is None:
        where = config().resolver or "the system's name server"
        return campaigns.Cleared(note=f"Nothing was proved before: DNS gave no answer ({where}).")
    proofs.note(campaign.workspace_id, proved)
    broken = objections(proved)
    if not broken:
        return campaigns.Cleared()
    domain = campaign.from_email.rpartition("@")[2].lower()
    if names.normal(override) != names.normal(domain):
        raise _not_cleared(domain, broken, override)
    return campaigns.Cleared(
        note=f"The preflight objected ({', '.join(broken)}), and {domain} was typed to send it.",
        keep=lambda: _keep(campaign, by, domain, broken),
    )


def objections(proved: Sequence[Proof]) -> dict[str, Judged]:
    """The rules by which the domain itself would be refused, from any source, by id."""
    return {
        judged.rule.id: judged
        for proof in proved
        for judged in preflight_rules.refused_domain(proof.facts)
    }


def _proved(campaign: campaigns.View, patience_s: float) -> list[Proof] | None:
    """One real message, proved from each source; None where DNS took too long."""
    person = next(iter(audience.sample_contacts(campaigns.list_ids(campaign.id), 1)), None)
    if person is None or person.email is None:
        return []
    sources = preflight_trials.every_source(campaign)[:MAX_SOURCES]
    try:
        offers = preflight_trials.desk(campaign).offers(person, sources)
    except campaigns.RenderError:
        return []  # that one message is refused at `compose`, where its journey says why
    return asyncio.run(_within(offers, patience_s))


async def _within(offers: Sequence[Offer], patience_s: float) -> list[Proof] | None:
    resolver = Remembering(Live(config().resolver, patience_s))
    try:
        asked = asyncio.gather(*(examine(offer, resolver) for offer in offers))
        return list(await asyncio.wait_for(asked, patience_s))
    except TimeoutError:
        return None


def _not_cleared(domain: str, broken: dict[str, Judged], override: str) -> campaigns.NotCleared:
    typed = f"“{override.strip()[:100]}” is not its name. " if override.strip() else ""
    sentence = (
        f"Mail from {domain} would be refused. {typed}Mend it, or type {domain} to send it all the"
        " same; that is kept with your name."
    )
    return campaigns.NotCleared(sentence, said(broken.values()), domain)


def said(broken: Collection[Judged]) -> list[str]:
    """What is wrong, a sentence for each fact: by whom it is refused, and the mend."""
    facts: dict[str, list[Judged]] = defaultdict(list)
    asked = {each.rule.asks for each in broken}
    for each in broken:
        if each.rule.asks != "either" or not asked >= {"spf", "dkim"}:  # which say the same
            facts[each.fact.said].append(each)
    return [
        " ".join(filter(None, (fact, f"Refused by {_by_whom(each)}.", each[0].fact.mend)))
        for fact, each in facts.items()
    ]


def _by_whom(judged: list[Judged]) -> str:
    """Each provider with the code that it publishes."""
    named = [
        f"{'many others' if rule.provider == 'any' else providers.reads(rule.provider)}"
        f" ({rule.code})"
        for rule in sorted((each.rule for each in judged), key=lambda rule: rule.provider == "any")
    ]
    return f"{', '.join(named[:-1])} and {named[-1]}" if named[1:] else named[0]


def _keep(campaign: campaigns.View, by: str, domain: str, broken: dict[str, Judged]) -> None:
    rules: list[dict[str, Any]] = [
        {
            "rule": rule,
            "sentence": each.sentence,
            "source": each.rule.source,
            "dated": each.rule.checked.isoformat(),
        }
        for rule, each in broken.items()
    ]
    Override.objects.create(
        workspace_id=campaign.workspace_id,
        campaign_id=campaign.id,
        at_ms=clock.now_ms(),
        by=by[:254],
        domain=domain,
        rules=rules,
    )
