"""The pages of sending domains. They ask the room and show; no rule is in them."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sendoff.accounts import public as accounts
from sendoff.proving import checking, listing, ways, zonefile
from sendoff.proving.forms import DomainForm, PaceForm
from sendoff.senders import public as senders


@login_required
@require_http_methods(["GET", "POST"])
def domains(request: HttpRequest) -> HttpResponse:
    """Sending domains and how each stands; a POST adds one and looks at it at once."""
    workspace_id = accounts.workspace_of(request.user).id
    form = DomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = senders.add_domain(workspace_id, form.cleaned_data["name"])
        except senders.SenderError as error:
            form.add_error("name", str(error))
        else:
            checking.check(made.id)
            notes.success(
                request, f"{ways.written(made.name)} is there. Publish the records below."
            )
            return redirect("domain", made.id)
    context = {
        "domains": listing.rows(workspace_id),
        "broken": checking.broken(workspace_id),
        "new_keys": senders.keys_to_publish(workspace_id),
        "form": form,
    }
    return render(request, "proving/domains.html", context)


@login_required
@require_GET
def domain(request: HttpRequest, domain_id: int) -> HttpResponse:
    """One domain: each record with what was expected, what was found, and what to do."""
    found = _own(request, domain_id)
    context = {
        "page": listing.page(found),
        "policies": listing.POLICIES,
        "pace": PaceForm(initial={"per_minute": found.per_minute}),
    }
    return render(request, "proving/domain.html", context)


@login_required
@require_POST
def domain_check(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Look again now; it takes ten seconds at most."""
    checking.check(_own(request, domain_id).id)
    return redirect("domain", domain_id)


@login_required
@require_GET
def domain_zone_file(request: HttpRequest, domain_id: int) -> HttpResponse:
    """The records as a zone file."""
    found = _own(request, domain_id)
    text = zonefile.write(found.name, checking.wanted(found.id))
    headers = {"Content-Disposition": f'attachment; filename="{found.name}.zone"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


@login_required
@require_POST
def domain_pace(request: HttpRequest, domain_id: int) -> HttpResponse:
    """How many messages a minute go out from a domain, by all servers; empty: any number."""
    _own(request, domain_id)
    form = PaceForm(request.POST)
    if form.is_valid():
        senders.set_domain_pace(domain_id, form.cleaned_data["per_minute"])
        notes.success(request, "Kept. It holds from the next message on.")
    else:
        notes.error(request, "A pace is a whole number of messages a minute, or nothing at all.")
    return redirect("domain", domain_id)


def _own(request: HttpRequest, domain_id: int) -> senders.Domain:
    """A domain of the visitor's workspace; another's is as absent as none."""
    for found in senders.domains(accounts.workspace_of(request.user).id):
        if found.id == domain_id:
            return found
    raise Http404
