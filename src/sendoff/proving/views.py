"""The pages of sending domains. They ask the room and show; no rule is in them."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from sendoff.accounts import public as accounts
from sendoff.proving import listing
from sendoff.senders import public as senders


@login_required
@require_GET
def domains(request: HttpRequest) -> HttpResponse:
    """Sending domains with the records to publish."""
    found = listing.domains(accounts.workspace_of(request.user).id)
    return render(request, "proving/domains.html", {"domains": found})


@login_required
@require_POST
def domain_pace(request: HttpRequest, domain_id: int) -> HttpResponse:
    """How many messages a minute go out from a domain, by all servers; empty: any number."""
    workspace_id = accounts.workspace_of(request.user).id
    asked = request.POST.get("per_minute", "").strip()
    if domain_id not in {each.id for each in senders.domains(workspace_id)}:
        raise Http404
    if asked and not (asked.isascii() and asked.isdecimal() and 0 < int(asked[:10]) < 10**7):
        notes.error(request, "A pace is a whole number of messages a minute, or nothing at all.")
    else:
        senders.set_domain_pace(domain_id, int(asked) if asked else None)
        notes.success(request, "Kept. It holds from the next message on.")
    return redirect("domains")
