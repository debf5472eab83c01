"""The page of a pool: who shares its mail. Shared pools are shown, and changed by no visitor."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from sendoff.accounts import public as accounts
from sendoff.insight.pool_forms import PartForm, PoolForm
from sendoff.senders import public as senders


@login_required
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """A new, empty pool of the workspace."""
    form = PoolForm(request.POST)
    if not form.is_valid():
        notes.error(request, "A pool needs a name of 1 to 100 characters.")
        return redirect("servers")
    workspace_id = accounts.workspace_of(request.user).id
    try:
        made = senders.add_pool(workspace_id, form.cleaned_data["name"])
    except senders.SenderError as error:
        notes.error(request, str(error))
        return redirect("servers")
    notes.success(request, f"{made.name} is there. Put servers in before a campaign goes by it.")
    return redirect("pool", made.id)


@login_required
@require_http_methods(["GET", "POST"])
def pool(request: HttpRequest, pool_id: int) -> HttpResponse:
    """Who is in a pool and for what mail; a POST puts a server in or changes its part."""
    workspace_id = accounts.workspace_of(request.user).id
    found = _own(workspace_id, pool_id)
    form = PartForm(senders.servers(workspace_id), request.POST or None)
    if request.method == "POST" and form.is_valid():
        _changeable(found)
        try:
            senders.put_in(pool_id, form.part())
        except senders.SenderError as error:
            form.add_error(None, str(error))
        else:
            notes.success(request, "Kept. It holds for messages that are not on their way yet.")
            return redirect("pool", pool_id)
    return render(request, "insight/pool.html", {"pool": found, "form": form})


@login_required
@require_POST
def take_out(request: HttpRequest, pool_id: int, server_id: int) -> HttpResponse:
    """Take a server out; what waits for it goes by the others."""
    _changeable(_own(accounts.workspace_of(request.user).id, pool_id))
    senders.take_out(pool_id, server_id)
    return redirect("pool", pool_id)


def _own(workspace_id: int, pool_id: int) -> senders.Pool:
    """A pool that the visitor's workspace may use; others are as absent as none."""
    for each in senders.pools(workspace_id):
        if each.id == pool_id:
            return each
    raise Http404


def _changeable(found: senders.Pool) -> None:
    if found.workspace_id is None:
        raise Http404
