"""The pages of servers and pools, and what people change there. Passwords are never shown."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sendoff.accounts import public as accounts
from sendoff.insight import delivering
from sendoff.insight.pool_forms import PoolForm
from sendoff.insight.server_forms import LoginForm, QuotaForm, ServerForm
from sendoff.lib.config import config
from sendoff.senders import public as senders
from sendoff.sending import public as sending


@login_required
@require_GET
def servers(request: HttpRequest) -> HttpResponse:
    """The ways out, with health, and the pools they are in."""
    workspace_id = accounts.workspace_of(request.user).id
    context = {
        "servers": delivering.servers(workspace_id),
        "pools": senders.pools(workspace_id),
        "pool_form": PoolForm(),
    }
    return render(request, "insight/servers.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """A new way out, checked before it is kept."""
    form = ServerForm(request.POST or None, initial={"driver": "direct"})
    if request.method == "POST" and form.is_valid():
        workspace_id = accounts.workspace_of(request.user).id
        try:
            made = senders.add_server(workspace_id, form.cleaned_data["name"], form.config())
        except senders.SenderError as error:
            form.add_error(None, str(error))
        else:
            notes.success(request, f"{made.name} is there. Check it before you send by it.")
            return redirect("server", made.id)
    return render(request, "insight/server_add.html", {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def server(request: HttpRequest, server_id: int) -> HttpResponse:
    """One way out: settings, quotas used, warm-up, health; a POST changes the quotas."""
    way = _own(request, server_id)
    form = QuotaForm(way.server, request.POST or None)
    if request.method == "POST" and form.is_valid():
        senders.set_quotas(server_id, form.quotas())
        senders.set_pace(server_id, form.cleaned_data["per_minute"])
        notes.success(request, "Kept. It holds from the next message on.")
        return redirect("server", server_id)
    context = {"way": way, "form": form, "login": _login_of(way)}
    return render(request, "insight/server.html", context | _past(server_id))


@login_required
@require_POST
def login(request: HttpRequest, server_id: int) -> HttpResponse:
    """Another name and password at a relay."""
    way = _own(request, server_id)
    form = LoginForm(request.POST)
    if form.is_valid():
        try:
            senders.set_login(server_id, **form.cleaned_data)
        except senders.SenderError as error:
            form.add_error(None, str(error))
        else:
            notes.success(request, "Kept. The next connections are opened with it.")
            return redirect("server", server_id)
    context = {"way": way, "form": QuotaForm(way.server), "login": form}
    return render(request, "insight/server.html", context | _past(server_id))


@login_required
@require_POST
def check(request: HttpRequest, server_id: int) -> HttpResponse:
    """Ask the server's driver whether it would work, sending nothing."""
    way = _own(request, server_id)
    findings = sending.check_server(config(), server_id)
    forms = {"form": QuotaForm(way.server), "login": _login_of(way)}
    context = {"way": way, "findings": findings, **forms}
    return render(request, "insight/server.html", context | _past(server_id))


@login_required
@require_POST
def change(request: HttpRequest, server_id: int) -> HttpResponse:
    """Switch a server on or off, or say that it is well again."""
    _own(request, server_id)
    do = request.POST.get("do")
    if do in ("on", "off"):
        senders.switch(server_id, do == "on")
    elif do == "well":
        senders.well(server_id, str(request.user)[:254])
    return redirect("server", server_id)


def _login_of(way: delivering.Way) -> LoginForm:
    return LoginForm(initial={"username": way.config.username})


def _own(request: HttpRequest, server_id: int) -> delivering.Way:
    """A way out that the visitor's workspace may use; others are as absent as none."""
    for way in delivering.servers(accounts.workspace_of(request.user).id):
        if way.server.id == server_id:
            return way
    raise Http404


def _past(server_id: int) -> dict[str, object]:
    return {
        "decisions": senders.decisions(server_id, 20),
        "sicknesses": senders.sicknesses([server_id], 20),
    }
