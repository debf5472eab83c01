"""The page of a preflight: what was found last, and the button that asks again."""

from datetime import datetime
from typing import Any

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from sendoff.accounts import public as accounts
from sendoff.campaigns import public as campaigns
from sendoff.lib.config import config
from sendoff.lib.errors import PlainError
from sendoff.proving import preflight as proving

ROUTES_S = 8.0  # somebody looks at the page meanwhile; pressed again, it goes on from there
#: The state whose sign and colour a verdict has, and its words.
STATES = {
    "complies": ("accepted", "complies"),
    "unknown": ("unknown", "not known"),
    "would_defer": ("waiting", "would be put off"),
    "would_refuse": ("refused", "would be refused"),
}


@login_required
@require_http_methods(["GET", "POST"])
def preflight(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """What the last preflight found; a POST asks again."""
    campaign = _own(request, campaign_id)
    if request.method == "POST":
        try:
            proving.run(campaign_id, config(), ROUTES_S)
        except PlainError as error:
            notes.error(request, str(error))
        return redirect("campaign-preflight", campaign_id)
    context = {
        "campaign": campaign,
        "draft": campaign.badge == campaigns.Badge.DRAFT,
        "found": shown(proving.last(campaign_id)),
        "overrides": [
            {**each, "at": moment(each["at"])} for each in proving.overrides(campaign_id)
        ],
        "domain": campaign.from_email.rpartition("@")[2].lower(),
        "domain_id": campaign.domain_id,
    }
    return render(request, "proving/preflight.html", context)


def shown(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """A document with what the page needs beside it: signs, words, what is broken or unknown."""
    if found is None:
        return None
    providers = [_provider(each) for each in found["providers"]]
    broken = [rule for each in providers for rule in each["broken"]]
    return {
        **found,
        "providers": providers,
        "wrong": by_fact(providers, "broken"),
        "not_known": by_fact(providers, "unknown"),
        "done": moment(found["expected_done"]),
        "refused": any(each["verdict"] == "would_refuse" for each in providers),
        "deferred": any(each["verdict"] == "would_defer" for each in providers),
        "stopped": any(r["about"] == "domain" and r["outcome"] == "would_refuse" for r in broken),
    }


def by_fact(providers: list[dict[str, Any]], which: str) -> list[dict[str, Any]]:
    """What was found, each once, with the mend and what each rule says of it and for whom."""
    facts: dict[str, dict[str, Any]] = {}
    for each in providers:
        for rule in each[which]:
            fact = facts.setdefault(
                rule["found"], {"found": rule["found"], "mend": rule["mend"], "rules": {}}
            )
            of_rule = fact["rules"].setdefault(rule["rule"], {**rule, "providers": []})
            of_rule["providers"].append(each["reads"])
    return [{**fact, "rules": list(fact["rules"].values())} for fact in facts.values()]


def moment(told: str | None) -> datetime | None:
    """A time as a document says it."""
    return datetime.fromisoformat(told) if told else None


def _provider(each: dict[str, Any]) -> dict[str, Any]:
    state, words = STATES[each["verdict"]]
    return {
        **each,
        "state": state,
        "words": words,
        "broken": [rule for rule in each["rules"] if rule["ok"] is False],
        "unknown": [rule for rule in each["rules"] if rule["ok"] is None],
        "kept": sum(rule["ok"] is True for rule in each["rules"]),
    }


def _own(request: HttpRequest, campaign_id: int) -> campaigns.View:
    try:
        found = campaigns.get(campaign_id)
    except campaigns.CampaignError:
        raise Http404 from None
    if found.workspace_id != accounts.workspace_of(request.user).id:
        raise Http404
    return found
