"""How mail was encrypted on its way: by provider, and the TLS reports that we sent. Reads only."""

from collections import Counter
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sendoff.accounts import public as accounts
from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.mail.stages import State
from sendoff.outbox import public as outbox
from sendoff.smtp import providers

DAYS = 30
REPORTS_SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Encrypted:
    """What one provider accepted lately, by how it came. `in_clear`: what they do with that."""

    provider: str
    counts: Counter[str]  # "1.3", "1.2", "none"
    in_clear: str

    @property
    def clear(self) -> int:
        """How many went without encryption."""
        return self.counts["none"]

    @property
    def newest(self) -> int:
        """How many went by TLS 1.3."""
        return self.counts["1.3"]

    @property
    def older(self) -> int:
        """How many went by an older TLS."""
        return self.counts.total() - self.newest - self.clear


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Providers, those with most mail in clear first, and TLS reports."""
    workspace_id = accounts.workspace_of(request.user).id
    context = {
        "days": DAYS,
        "providers": encrypted(workspace_id, clock.now_ms()),
        "reports": outbox.tls_reports_of(workspace_id)[:REPORTS_SHOWN],
    }
    return render(request, "insight/encryption.html", context)


def encrypted(workspace_id: int, now_ms: int) -> list[Encrypted]:
    """What was accepted from the campaigns of the last DAYS, by provider and encryption."""
    counts: dict[str, Counter[str]] = {}
    for campaign in campaigns.of_workspace(workspace_id):
        if not campaign.launched_at or clock.ms(campaign.launched_at) < now_ms - DAYS * 86_400_000:
            continue
        for tally in outbox.tallies(campaign.id):
            if tally.state == State.ACCEPTED:
                counts.setdefault(tally.provider, Counter())[tally.tls] += tally.count
    found = [
        Encrypted(provider=name, counts=each, in_clear=providers.in_clear(name))
        for name, each in counts.items()
    ]
    return sorted(found, key=lambda each: (-each.clear, -each.counts.total(), each.provider))
