"""The page of what comes back by mail: whether the way back is connected. It decides nothing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from sendoff.accounts import public as accounts
from sendoff.feedback import listening, loopchecks, telling
from sendoff.lib.config import config
from sendoff.lib.errors import PlainError


@login_required
@require_GET
def coming_back(request: HttpRequest) -> HttpResponse:
    """How mail can come in, what came today, the last checks."""
    workspace_id = accounts.workspace_of(request.user).id
    settings = config()
    context = {
        "listen": settings.inbound_listen,
        "mailbox": bool(settings.mailbox_url),
        "today": telling.today(),
        "listening": listening.listening(workspace_id),
        "checks": loopchecks.checks(workspace_id),
    }
    return render(request, "feedback/coming_back.html", context)


@login_required
@require_POST
def start_check(request: HttpRequest) -> HttpResponse:
    """Send a mail that must come back."""
    workspace_id = accounts.workspace_of(request.user).id
    try:
        sent = loopchecks.start(workspace_id, request.POST.get("to", ""))
        messages.info(request, sent.sentence)
    except PlainError as error:
        messages.error(request, str(error))
    return redirect("coming-back")
