"""The page of blocklists: where we are listed, since when, and what follows. No rule lives here."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from sendoff.accounts import public as accounts
from sendoff.lib.config import config
from sendoff.lib.errors import PlainError
from sendoff.reputation import listed, watch, zones


@login_required
@require_GET
def blocklists(request: HttpRequest) -> HttpResponse:
    """What every list says of every address and domain, and what it said before."""
    workspace_id = accounts.workspace_of(request.user).id
    found = listed.standings(workspace_id)
    by_state = {state: [each for each in found if each.state == state] for state in zones.State}
    try:
        asked, wrong = zones.chosen(config().blocklists), ""
    except PlainError as error:
        asked, wrong = (), str(error)
    context = {
        "listings": listed.listings(workspace_id, open_only=True),
        "past": [each for each in listed.listings(workspace_id) if each.until_ms],
        "unknown": by_state[zones.State.UNKNOWN],
        "clean": by_state[zones.State.CLEAN],
        "subjects": len({each.subject for each in found}),
        "asked_ms": min((each.asked_ms for each in found), default=0),
        "zones": asked,
        "others": [zone for zone in zones.known() if zone not in asked],
        "wrong": wrong,
    }
    return render(request, "reputation/blocklists.html", context)


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Have the lists asked again soon."""
    watch.ask_soon()
    notes.info(request, "The lists are asked within about a minute. Load this page again then.")
    return redirect("blocklists")
