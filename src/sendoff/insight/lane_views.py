"""The pages of queue, lanes and limits, and what people do to lanes there, each with a reason."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sendoff.accounts import public as accounts
from sendoff.insight import delivering, lanes, unmatched
from sendoff.insight.lane_forms import ActForm
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders

_PAST = 20  # actions listed that are over


@login_required
@require_GET
def delivery(request: HttpRequest) -> HttpResponse:
    """Lanes with what is in force, and workers."""
    workspace_id = accounts.workspace_of(request.user).id
    now_ms = delivering.now_ms()
    shown = outbox.lane_overview(workspace_id)
    context = {
        "lanes": shown,
        "waiting": sum(lane.waiting for lane in shown),
        "shut": sum(lane.suspended_until_ms > now_ms for lane in shown),
        "actions": _put(request, [a for a in outbox.actions(workspace_id) if a.in_force(now_ms)]),
        "workers": outbox.unended(),
        "now_ms": now_ms,
        "for_ever_ms": outbox.FOR_EVER_MS,
    }
    return render(request, "insight/delivery.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def lane(request: HttpRequest, lane_id: int) -> HttpResponse:
    """One lane: its limits, whose they are, what was done to it, and the form to do something."""
    found = _own(request, lane_id)
    form = ActForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _do(request, found, form)
        return redirect("lane", lane_id)
    now_ms = delivering.now_ms()
    past = [a for a in _all(request) if a.scope.holds(found.server_id, found.provider, None)]
    context = {
        "lane": found,
        "terms": [(lanes.kind_words(term.kind), term) for term in found.terms],
        "put": _put(request, [a for a in past if a.in_force(now_ms)]),
        "past": _put(request, [a for a in past if not a.in_force(now_ms)][:_PAST]),
        "form": form,
        "now_ms": now_ms,
        "for_ever_ms": outbox.FOR_EVER_MS,
    }
    return render(request, "insight/lane.html", context)


@login_required
@require_POST
def undo(request: HttpRequest, action_id: int) -> HttpResponse:
    """A person ends an action before its time."""
    if action_id not in {action.id for action in _all(request)}:
        raise Http404
    try:
        outbox.undo(action_id, _by(request), request.POST.get("why", ""))
        notes.success(request, "Undone. What waited under it goes on at once.")
    except outbox.ActionError as error:
        notes.error(request, str(error))
    return redirect("delivery")


@login_required
@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    """What is known of every provider, with what holds now and by which rule."""
    found = outbox.lane_overview(accounts.workspace_of(request.user).id)
    return render(request, "insight/limits.html", {"limits": lanes.table(found)})


@login_required
@require_GET
def unknown_replies(request: HttpRequest) -> HttpResponse:
    """Replies that no rule knows, each with a rule to complete."""
    found = unmatched.unmatched(accounts.workspace_of(request.user).id)
    return render(request, "insight/unmatched.html", {"found": found, "days": unmatched.DAYS})


def _do(request: HttpRequest, found: outbox.LaneRow, form: ActForm) -> None:
    try:
        if form.cleaned_data["do"] == "resume":
            outbox.resume(found.id, _by(request), form.cleaned_data["why"])
        else:
            outbox.act(found.id, form.act(_by(request)))
        notes.success(request, "Done, and written down with your reason.")
    except outbox.ActionError as error:
        notes.error(request, str(error))


def _own(request: HttpRequest, lane_id: int) -> outbox.LaneRow:
    """A lane of the visitor's workspace; another's is as absent as none."""
    found = outbox.lane_overview(accounts.workspace_of(request.user).id)
    for each in found:
        if each.id == lane_id:
            return each
    raise Http404


def _all(request: HttpRequest) -> list[outbox.ActionRow]:
    return outbox.actions(accounts.workspace_of(request.user).id)


def _put(request: HttpRequest, found: list[outbox.ActionRow]) -> list[lanes.Put]:
    servers = senders.servers(accounts.workspace_of(request.user).id)
    return lanes.actions(found, {each.id: each.name for each in servers})


def _by(request: HttpRequest) -> str:
    return str(request.user)[:254]
