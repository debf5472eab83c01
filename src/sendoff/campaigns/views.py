"""Pages to write, preview, send, pause and cancel a campaign. They show; `public` decides."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sendoff.accounts import public as accounts
from sendoff.campaigns import drafting, forms, gate, launching, previewing
from sendoff.campaigns.models import Badge, Campaign

# The mail in the frame is a stranger: it may load pictures and use its own styles, nothing else.
_FRAME_POLICY = (
    "sandbox; default-src 'none'; img-src * data:; style-src 'unsafe-inline' *; font-src *; "
    "frame-ancestors 'self'"
)


@login_required
@require_http_methods(["GET", "POST"])
def write_new(request: HttpRequest) -> HttpResponse:
    """Start a draft."""
    workspace_id = accounts.workspace_of(request.user).id
    if request.method == "GET":
        return render(request, "campaigns/write.html", {"form": forms.new_form(workspace_id)})
    form = forms.DraftForm(workspace_id, request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "campaigns/write.html", {"form": form}, status=422)
    return _go_on(request, drafting.draft(workspace_id, form.text()))


@login_required
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Change a draft; what stands between it and Send is said beside each field."""
    campaign = _own(request, campaign_id)
    if campaign.badge != Badge.DRAFT:
        return redirect("campaign", campaign_id)
    if request.method == "GET":
        form = forms.form_of(campaign)
        form.show(drafting.check(campaign_id))
        return _written(request, campaign, form)
    form = forms.DraftForm(campaign.workspace_id, request.POST, request.FILES)
    if not form.is_valid():
        return _written(request, campaign, form, status=422)
    return _save(request, campaign_id, form)


@login_required
@require_GET
def preview(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The mail as one person of the lists gets it, in a sandboxed frame, with its text part."""
    campaign = _own(request, campaign_id)
    seen = previewing.preview(campaign, request.GET.get("for", ""))
    people = previewing.people(campaign)
    return render(
        request,
        "campaigns/preview.html",
        {"campaign": campaign, "seen": seen, "people": people},
    )


@login_required
@require_GET
def preview_mail(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The HTML of the mail alone, for the frame, under a policy of its own."""
    seen = previewing.preview(_own(request, campaign_id), request.GET.get("for", ""))
    response = HttpResponse(seen.html)
    response.headers["Content-Security-Policy"] = _FRAME_POLICY
    return response


@login_required
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Say exactly what Send will do, and do it once."""
    campaign = _own(request, campaign_id)
    if campaign.badge != Badge.DRAFT:
        return redirect("campaign", campaign_id)
    if request.method == "POST":
        return _launch(request, campaign)
    return _asked(request, campaign)


@login_required
@require_POST
def pause(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Begin no new message."""
    _own(request, campaign_id)
    done = launching.pause(campaign_id, _by(request), request.POST.get("why", "")[:500])
    return _back(
        request, campaign_id, done, "Paused. What was on the wire is finished, nothing new begins."
    )


@login_required
@require_POST
def resume(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Go on where it stood."""
    _own(request, campaign_id)
    done = launching.resume(campaign_id, _by(request))
    return _back(request, campaign_id, done, "Sending goes on where it stood.")


@login_required
@require_POST
def cancel(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """End it for good."""
    _own(request, campaign_id)
    done = launching.cancel(campaign_id, _by(request), request.POST.get("why", "")[:500])
    return _back(
        request,
        campaign_id,
        done,
        "Cancelled. What still waited is skipped; what was accepted stays so.",
    )


@login_required
@require_POST
def again(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A new draft with the same text, sender and lists."""
    _own(request, campaign_id)
    return redirect("campaign-write", launching.rerun(campaign_id))


def _own(request: HttpRequest, campaign_id: int) -> Campaign:
    workspace = accounts.workspace_of(request.user)
    return get_object_or_404(Campaign, pk=campaign_id, workspace_id=workspace.id)


def _by(request: HttpRequest) -> str:
    return str(request.user)[:254]


def _written(
    request: HttpRequest, campaign: Campaign, form: forms.DraftForm, status: int = 200
) -> HttpResponse:
    context = {"form": form, "campaign": campaign}
    return render(request, "campaigns/write.html", context, status=status)


def _save(request: HttpRequest, campaign_id: int, form: forms.DraftForm) -> HttpResponse:
    try:
        drafting.edit(campaign_id, form.text())
    except drafting.CampaignError as error:
        messages.error(request, str(error))
        return redirect("campaign", campaign_id)
    return _go_on(request, campaign_id)


def _go_on(request: HttpRequest, campaign_id: int) -> HttpResponse:
    pages = {"preview": "campaign-preview", "send": "campaign-send"}
    page = pages.get(request.POST.get("then", ""), "campaign-write")
    if page == "campaign-write":
        messages.success(request, "The draft is saved.")
    return redirect(page, campaign_id)


def _asked(
    request: HttpRequest, campaign: Campaign, refused: gate.NotCleared | None = None
) -> HttpResponse:
    """The page that says what Send will do, and why it did not."""
    context = {
        "campaign": campaign,
        "check": drafting.check(campaign.pk),
        "refused": refused,
        "typed": request.POST.get("override", ""),
    }
    return render(request, "campaigns/send.html", context, status=409 if refused else 200)


def _launch(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    try:
        launching.launch(campaign.pk, _by(request), request.POST.get("override", ""))
    except gate.NotCleared as refused:
        return _asked(request, campaign, refused)
    except drafting.CampaignError as error:
        messages.error(request, str(error))
        return redirect("campaign-write", campaign.pk)
    return redirect("campaign", campaign.pk)


def _back(request: HttpRequest, campaign_id: int, done: bool, sentence: str) -> HttpResponse:
    if done:
        messages.success(request, sentence)
    else:
        messages.warning(request, "Nothing was changed: the campaign had moved on meanwhile.")
    return redirect("campaign", campaign_id)
