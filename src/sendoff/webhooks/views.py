"""The pages of webhooks: endpoints, what they were told, and buttons to try. No rule lives here.

A secret is shown on the page that answers the press of a button, and on no other.
"""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sendoff.accounts import public as accounts
from sendoff.webhooks import public as webhooks
from sendoff.webhooks.forms import ChoiceForm, EndpointForm

SHOWN = 50
_STATES = ("waiting", "taken", "given_up")


@login_required
@require_GET
def endpoints(request: HttpRequest) -> HttpResponse:
    """Every endpoint of the workspace."""
    found = webhooks.endpoints_of(_workspace(request))
    return render(request, "webhooks/endpoints.html", {"endpoints": found})


@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """A new endpoint; its secret is on the answer alone."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            made = webhooks.add(_workspace(request), wanted["url"], wanted["kinds"], _who(request))
        except webhooks.WebhookError as error:
            form.add_error("url", str(error))
        else:
            return _secret(request, made)
    return render(request, "webhooks/add.html", {"form": form})


@login_required
@require_GET
def endpoint(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """One endpoint with its log, newest first."""
    found = _own(request, endpoint_id)
    state = request.GET.get("state", "")
    state = state if state in _STATES else ""
    before = request.GET.get("before", "")
    rows = webhooks.deliveries(
        found.workspace_id,
        endpoint_id,
        state=state,
        before_id=int(before) if before.isdecimal() and len(before) < 19 else None,
        limit=SHOWN + 1,
    )
    context = {
        "endpoint": found,
        "form": ChoiceForm(initial={"kinds": found.kinds}),
        "rows": rows[:SHOWN],
        "older": rows[SHOWN - 1].id if len(rows) > SHOWN else None,
        "state": state,
    }
    return render(request, "webhooks/endpoint.html", context)


@login_required
@require_POST
def choose(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Tell it other events from now on."""
    found, form = _own(request, endpoint_id), ChoiceForm(request.POST)
    if form.is_valid():
        webhooks.choose(found.workspace_id, endpoint_id, form.cleaned_data["kinds"])
        notes.success(request, "Kept. It holds for what happens from now on.")
    else:
        notes.error(request, "Choose at least one event.")
    return redirect("webhook", endpoint_id)


@login_required
@require_POST
def test(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send a greeting; the log shows what came back."""
    found = _own(request, endpoint_id)
    try:
        webhooks.ask_test(found.workspace_id, endpoint_id)
    except webhooks.WebhookError as error:
        notes.error(request, str(error))
    else:
        notes.success(
            request, "A test event is on its way. Load this page again to see the answer."
        )
    return redirect("webhook", endpoint_id)


@login_required
@require_POST
def switch(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Use it, or no longer."""
    found = _own(request, endpoint_id)
    on = request.POST.get("on") == "yes"
    why = "" if on else f"Switched off by {_who(request)}."
    webhooks.switch(found.workspace_id, endpoint_id, on, why)
    return redirect("webhook", endpoint_id)


@login_required
@require_POST
def rotate(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """A new secret, shown on the answer alone."""
    found = _own(request, endpoint_id)
    return _secret(request, webhooks.rotate(found.workspace_id, endpoint_id), changed=True)


@login_required
@require_POST
def remove(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Forget it with its log."""
    found = _own(request, endpoint_id)
    webhooks.remove(found.workspace_id, endpoint_id)
    notes.success(request, f"{found.url} is told nothing any more.")
    return redirect("webhooks")


@login_required
@require_POST
def replay(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send one delivery again."""
    try:
        row = webhooks.delivery(_workspace(request), delivery_id)
    except webhooks.WebhookError:
        raise Http404 from None
    try:
        webhooks.replay(_workspace(request), delivery_id)
    except webhooks.WebhookError as error:
        notes.error(request, str(error))
    else:
        notes.success(request, "It goes out again, with the same id.")
    return redirect("webhook", row.endpoint_id)


def _secret(request: HttpRequest, made: webhooks.Made, changed: bool = False) -> HttpResponse:
    context = {"endpoint": made.endpoint, "secret": made.secret, "changed": changed}
    answer = render(request, "webhooks/secret.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _own(request: HttpRequest, endpoint_id: int) -> webhooks.Endpoint:
    """An endpoint of the visitor's workspace; others are as absent as none."""
    try:
        return webhooks.get(_workspace(request), endpoint_id)
    except webhooks.WebhookError:
        raise Http404 from None


def _workspace(request: HttpRequest) -> int:
    return accounts.workspace_of(request.user).id


def _who(request: HttpRequest) -> str:
    return str(getattr(request.user, "email", ""))
