"""The pages of what others say of us: load, ask, answer. No rule lives here."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from sendoff.accounts import public as accounts
from sendoff.lib import clock
from sendoff.reputation import arrivals, dmarc_told, drawing, policy_path, sources, taking, tls_told
from sendoff.reputation.filing import DAY_MS, State
from sendoff.reputation.forms import TOO_LARGE, ReportsForm
from sendoff.reputation.reading import MAX_BYTES

_DAYS = (7, 30, 90)
_GOOD = (State.COUNTED, State.KNOWN)


@login_required
@require_GET
def dmarc(request: HttpRequest) -> HttpResponse:
    """Who sends as us, by the reports of receivers."""
    workspace_id, days = _workspace(request), _days(request)
    known = dmarc_told.domains(workspace_id)
    domain = request.GET.get("domain", "") or next(iter(known), "")
    if domain and domain not in known:
        raise Http404
    picture = dmarc_told.picture(workspace_id, domain, days)
    first = clock.now_ms() // DAY_MS - days + 1
    context = {
        "domains": known,
        "choices": _DAYS,
        "picture": picture,
        "groups": [
            (source, sources.WORDS[source], sources.MEANS[source], sums,
             [each for each in picture.addresses if each.source is source])
            for source, sums in picture.by_source.items()
        ],
        "bars": drawing.bars(picture.by_day, first, days),
        "first": clock.at(first * DAY_MS),
        "most": max((day.passed + day.failed for day in picture.by_day), default=0),
        "advice": policy_path.advise(picture),
        "failures": arrivals.failures(workspace_id, 20),
    }  # fmt: skip
    return render(request, "reputation/dmarc.html", context)


@login_required
@require_GET
def dmarc_address(request: HttpRequest) -> HttpResponse:
    """The rows behind one address: who reported what."""
    ip, domain, days = request.GET.get("ip", ""), request.GET.get("domain", ""), _days(request)
    found = dmarc_told.rows_of(_workspace(request), domain, ip, days)
    context = {"rows": found, "ip": ip, "domain": domain, "days": days}
    return render(request, "reputation/dmarc_address.html", context)


@login_required
@require_GET
def tls(request: HttpRequest) -> HttpResponse:
    """How others' lines to us were encrypted."""
    workspace_id = _workspace(request)
    context = {
        "days": tls_told.DAYS,
        "receivers": tls_told.receivers(workspace_id),
        "faults": tls_told.faults(workspace_id),
    }
    return render(request, "reputation/tls.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def reports(request: HttpRequest) -> HttpResponse:
    """The reports that arrived, and a form to bring more."""
    workspace_id = _workspace(request)
    brought = request.method == "POST"
    form = ReportsForm(request.POST, request.FILES) if brought else ReportsForm()
    if brought and form.is_valid():
        for file in form.cleaned_data["reports"]:
            good, sentence = _take(file, workspace_id)
            (notes.success if good else notes.error)(request, f"{file.name}: {sentence}")
        return redirect("reports")
    before = request.GET.get("before", "")
    before_id = int(before) if before.isdecimal() and len(before) < 19 else None
    found = arrivals.arrivals(workspace_id, before_id=before_id, limit=arrivals.SHOWN + 1)
    context = {
        "form": form,
        "reports": found[: arrivals.SHOWN],
        "older": found[arrivals.SHOWN - 1].id if len(found) > arrivals.SHOWN else None,
    }
    return render(request, "reputation/reports.html", context, status=422 if form.errors else 200)


def _take(file, workspace_id: int) -> tuple[bool, str]:  # type: ignore[no-untyped-def]  # an upload
    if file.size > MAX_BYTES:
        return False, TOO_LARGE
    filed = taking.take_bytes(file.read(), workspace_id, "page")
    return filed.state in _GOOD, filed.sentence


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, _DAYS) else dmarc_told.DAYS


def _workspace(request: HttpRequest) -> int:
    return accounts.workspace_of(request.user).id
