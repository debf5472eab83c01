"""The page of what others tell of our mail, beside our own figures. No key is ever on it."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from sendoff.accounts import public as accounts
from sendoff.reputation import eyes, outside, outside_told
from sendoff.reputation.google import MAX_KEY


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Every connector with what it told, day by day."""
    workspace_id = accounts.workspace_of(request.user).id
    found = [(eye, outside_told.days(workspace_id, eye.kind)) for eye in eyes.eyes(workspace_id)]
    return render(request, "reputation/outside.html", {"eyes": found, "days": outside_told.DAYS})


@login_required
@require_POST
def connect(request: HttpRequest, kind: str) -> HttpResponse:
    """Bring a key: a file or a link. It is sealed at once."""
    if kind not in outside.NAMES:
        raise Http404
    file = request.FILES.get("file")
    secret = request.POST.get("link", "")
    if file is not None:
        secret = file.read(4 * MAX_KEY).decode("utf-8", "replace")
    try:
        eye = eyes.connect(accounts.workspace_of(request.user).id, kind, secret)
    except outside.OutsideError as error:
        notes.error(request, str(error))
    else:
        notes.success(request, f"{eye.name} is connected as {eye.who}. It is asked within minutes.")
    return redirect("reports-outside")


@login_required
@require_POST
def disconnect(request: HttpRequest, kind: str) -> HttpResponse:
    """Forget a key."""
    eyes.disconnect(accounts.workspace_of(request.user).id, kind)
    notes.success(request, "The key is forgotten; what was told stays.")
    return redirect("reports-outside")
