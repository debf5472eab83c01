"""The page of a domain's DKIM keys. It shows no private half, and no rule is in it."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from sendoff.accounts import public as accounts
from sendoff.lib.config import config
from sendoff.senders import public as senders

_STEPS = {
    "switch": senders.switch_key,
    "withdraw": senders.withdraw_key,
    "retire": senders.retire_key,
}


@login_required
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Every key with what comes next; a POST plans a new one, or looks at DNS."""
    domain = _own(request, domain_id)
    if request.method == "GET":
        context = {"domain": domain, "keys": senders.key_rows(domain_id)}
        return render(request, "senders/keys.html", context)
    if request.POST.get("do") == "plan" and request.POST.get("kind") in senders.KEY_KINDS:
        key = senders.plan_key(domain_id, request.POST["kind"], _who(request))
        notes.success(request, f"{key.selector} is planned. Publish its record.")
    elif request.POST.get("do") == "look":
        senders.look_for_keys(domain_id, config().resolver)
    return redirect("domain-keys", domain_id)


@login_required
@require_POST
def key(request: HttpRequest, domain_id: int, key_id: int) -> HttpResponse:
    """Take a step of a key's life now: sign with it, give it up, sign no more with it."""
    _own(request, domain_id)
    step = _STEPS.get(request.POST.get("do", ""))
    if step is None or key_id not in {each.id for each in senders.keys(domain_id)}:
        raise Http404
    try:
        taken = step(key_id, _who(request))
    except senders.SenderError as error:
        notes.error(request, str(error))
    else:
        notes.success(request, f"{taken.selector}: {senders.KEY_STANDS[taken.state]}.")
    return redirect("domain-keys", domain_id)


def _own(request: HttpRequest, domain_id: int) -> senders.Domain:
    """A domain of the visitor's workspace; another's is as absent as none."""
    known = senders.domains(accounts.workspace_of(request.user).id)
    found = [each for each in known if each.id == domain_id]
    if not found:
        raise Http404
    return found[0]


def _who(request: HttpRequest) -> str:
    return str(request.user)[:254]
