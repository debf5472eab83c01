"""The pages of insight: load, ask, answer. Every number is made elsewhere in this room."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from sendoff.accounts import public as accounts
from sendoff.campaigns import public as campaigns
from sendoff.feedback import public as feedback
from sendoff.insight import first_steps, journey, pages, picture, proved, rows, standing, story
from sendoff.mail.stages import BY_NAME
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders
from sendoff.tracking import public as tracking

_ON_ONE_PAGE = 50  # campaigns in the list


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All campaigns with their numbers, newest first."""
    page = _page_number(request)
    workspace_id = accounts.workspace_of(request.user).id
    found = campaigns.of_workspace(workspace_id)
    shown = found[(page - 1) * _ON_ONE_PAGE : page * _ON_ONE_PAGE]
    context = {
        "listed": [(each, outbox.books(each.id) if each.audience else None) for each in shown],
        "steps": first_steps.steps(workspace_id, found),
        "listening": feedback.listening(workspace_id),
        "newer": page - 1,
        "older": page + 1 if len(found) > page * _ON_ONE_PAGE else 0,
    }
    return render(request, "insight/index.html", context)


@login_required
@require_GET
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The campaign page; for htmx only its moving part."""
    found = _own(request, campaign_id)
    if found.badge == campaigns.Badge.DRAFT:
        return redirect("campaign-write", campaign_id)
    context = pages.campaign(picture.read(campaign_id))
    moving = request.headers.get("HX-Request") == "true"
    return render(request, "insight/_campaign.html" if moving else "insight/campaign.html", context)


@login_required
@require_GET
def messages(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The rows behind a number."""
    found = _own(request, campaign_id)
    page = rows.page(campaign_id, rows.read(request.GET.dict()))
    reasons = standing.why(found, page.rows)
    listed = [(row, rows.next_step(row, reasons.get(row.seq))) for row in page.rows]
    context = {"campaign": found, "page": page, "listed": listed}
    return render(request, "insight/messages.html", context)


@login_required
@require_GET
def message(request: HttpRequest, campaign_id: int, seq: int) -> HttpResponse:
    """The journey of one message."""
    found, row = _own(request, campaign_id), outbox.message(campaign_id, seq)
    if row is None:
        raise Http404
    signature = campaigns.signature(campaign_id)
    source = story.Source(
        row=row,
        campaign=found,
        attempts=tuple(outbox.attempts(campaign_id, seq)),
        events=tuple(tracking.events_of(campaign_id, seq)),
        mails=tuple(feedback.events_of(campaign_id, seq)),
        route=outbox.route_of(row.domain),
        again=next((d for d in outbox.decisions(campaign_id) if d.at_ms == row.queued_ms), None),
        signature=signature,
        keys=tuple(senders.keys(signature.domain_id)),
        proofs=proved.read(found),
    )
    context = {
        "campaign": found,
        "row": row,
        "lines": story.tell(source),
        "stop": story.stop(row, standing.why(found, [row]).get(seq)),
        "message_id": journey.message_id(row),
        "subject": campaigns.subject_for(campaign_id, row.address),
    }
    return render(request, "insight/message.html", context)


@login_required
@require_POST
def settle_unknown(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A person decides about messages whose fate we don't know."""
    _own(request, campaign_id)
    by = str(request.user)[:254]
    if request.POST.get("do") == "send_again":
        _tell(request, _again(request, campaign_id, outbox.Only.UNKNOWN))
    elif request.POST.get("do") == "leave":
        count = outbox.leave(campaign_id, by)
        notes.success(request, f"{count:,} stay as they are: we don't know.")
    return redirect("campaign", campaign_id)


@login_required
@require_POST
def retry(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A person has refused or expired messages tried again: those the button stood beside."""
    _own(request, campaign_id)
    if request.POST.get("only") in tuple(outbox.Only):
        _tell(request, _again(request, campaign_id, outbox.Only(request.POST["only"])))
    return redirect("campaign", campaign_id)


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """An address or message id leads to messages, a name to campaigns; one hit opens at once."""
    text = request.GET.get("q", "").strip()[:500]
    workspace_id = accounts.workspace_of(request.user).id
    found = outbox.find(workspace_id, text) if text else []
    named = pages.named(campaigns.of_workspace(workspace_id), text)
    if len(found) == 1 and not named:
        return redirect(reverse("message", args=(found[0].campaign, found[0].seq)))
    context = {"text": text, "found": pages.with_names(found, workspace_id), "named": named}
    return render(request, "insight/search.html", context)


def _again(
    request: HttpRequest, campaign_id: int, only: outbox.Only
) -> outbox.Retried | outbox.RetryError:
    stages = request.POST.get("stages", "").split(",")
    among = outbox.Among(
        fault=request.POST.get("fault"),
        category=request.POST.get("category"),
        stages=tuple(stage for stage in stages if stage in BY_NAME),
    )
    try:
        return outbox.retry(campaign_id, only, str(request.user)[:254], among)
    except outbox.RetryError as error:
        return error


def _tell(request: HttpRequest, done: outbox.Retried | outbox.RetryError) -> None:
    if isinstance(done, outbox.RetryError):
        notes.error(request, str(done))
        return
    left = f" {done.left_out:,} opted out or are suppressed: left alone." if done.left_out else ""
    words = f"{done.moved:,} {'is' if done.moved == 1 else 'are'} queued once more"
    notes.success(request, f"{words}, with the same Message-ID.{left}")


def _own(request: HttpRequest, campaign_id: int) -> campaigns.View:
    """A campaign of the visitor's workspace; another's is as absent as none."""
    try:
        found = campaigns.get(campaign_id)
    except campaigns.CampaignError:
        raise Http404 from None
    if found.workspace_id != accounts.workspace_of(request.user).id:
        raise Http404
    return found


def _page_number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 9 else 1
