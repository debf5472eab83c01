"""Pages of contacts, lists and the suppression list. They show; `public` decides."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sendoff.accounts import public as accounts
from sendoff.audience import browsing, bulk, forms, public
from sendoff.audience.models import Contact
from sendoff.audience.values import AudienceError
from sendoff.mail.addresses import AddressError


@login_required
@require_GET
def contacts(request: HttpRequest) -> HttpResponse:
    """All contacts, newest first, filtered by what the address of the page says."""
    workspace_id = accounts.workspace_of(request.user).id
    form = forms.FilterForm(workspace_id, request.GET)
    form.is_valid()  # what is not known is left out
    page = browsing.contacts(workspace_id, form.cleaned_data, request.GET.get("before", ""))
    context = {
        "form": form,
        "page": page,
        "change": forms.ChangeForm(),
        "changes": bulk.newest(workspace_id),
    }
    return render(request, "audience/contacts.html", context)


@login_required
@require_POST
def change_contacts(request: HttpRequest) -> HttpResponse:
    """Change the status of the ticked contacts, or of all who fit what was shown, once confirmed;
    back to where they were shown."""
    form, shown = forms.ChangeForm(request.POST), QueryDict(request.POST.get("back", ""))
    if not form.is_valid():
        messages.error(request, "Say why, for whoever asks later.")
    elif form.cleaned_data["whom"] == "fitting":
        return _change_fitting(request, form, shown)
    else:
        _change_ticked(request, form)
    return _back_to(shown)


def _change_ticked(request: HttpRequest, form: forms.ChangeForm) -> None:
    ticked = [int(each) for each in request.POST.getlist("contact") if each.isdecimal()]
    workspace_id = accounts.workspace_of(request.user).id
    found = Contact.objects.filter(workspace_id=workspace_id, deleted_at=None, pk__in=ticked)
    for each in found:
        bulk.change(each, form.cleaned_data["do"], _why(request, form))
    if found:
        messages.success(request, f"{len(found):,} changed. Campaigns under way heed it at once.")
    else:
        messages.error(request, "Tick at least one contact, or choose all who fit.")


def _change_fitting(request: HttpRequest, form: forms.ChangeForm, shown: QueryDict) -> HttpResponse:
    """The page that asks once more, with the number; once that was confirmed it is noted."""
    workspace_id = accounts.workspace_of(request.user).id
    wanted = forms.FilterForm(workspace_id, shown)
    if not wanted.is_valid():  # what is not known must not widen it to everybody
        messages.error(request, "That filter is not known here any more; choose it again.")
        return _back_to(shown)
    if not request.POST.get("confirmed"):
        count = browsing.fitting(workspace_id, wanted.cleaned_data).count()
        context = {"form": form, "fits": wanted.words(), "back": shown.urlencode(), "count": count}
        return render(request, "audience/change_all.html", context)
    do, why = form.cleaned_data["do"], _why(request, form)
    count = bulk.start(workspace_id, wanted.cleaned_data, do, why, request.user.pk)
    messages.success(
        request, f"{count:,} are being changed. Campaigns under way heed each at once."
    )
    return _back_to(shown)


def _back_to(shown: QueryDict) -> HttpResponse:
    return redirect(f"{reverse('contacts')}?{shown.urlencode()}")


def _why(request: HttpRequest, form: forms.ChangeForm) -> str:
    return f"{form.cleaned_data['why']} (entered by {request.user})"


@login_required
@require_GET
def contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """One contact: status with its reason, fields, lists, suppression."""
    found = _own(request, contact_id)
    stays = browsing.stays(found)
    suppressed = public.suppressions(found.workspace_id, [found.email]) if found.email else []
    context = {
        "contact": found,
        "stays": stays,
        "suppressed": suppressed,
        "form": forms.ReturnForm(),
    }
    return render(request, "audience/contact.html", context)


@login_required
@require_POST
def unsubscribe(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Enter an opt-out that came by another way than the link."""
    found = _own(request, contact_id)
    public.unsubscribe(found.pk, f"Entered by {request.user}.")
    messages.success(request, "Unsubscribed. No campaign writes to this address any more.")
    return redirect("contact", found.pk)


@login_required
@require_POST
def subscribe_again(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Lift what keeps a contact from being mailed, with the reason."""
    found = _own(request, contact_id)
    form = forms.ReturnForm(request.POST)
    if found.email is None or not form.is_valid():
        messages.error(request, "Say how you know that they want mail again.")
        return redirect("contact", found.pk)
    why = f"{form.cleaned_data['why']} (entered by {request.user})"
    bulk.change(found, "subscribe", why)
    return redirect("contact", found.pk)


@login_required
@require_POST
def erase(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Forget a person."""
    found = _own(request, contact_id)
    public.erase(found.pk, f"Erased by {request.user}.")
    messages.success(request, "Erased. The address and the fields are gone from the contacts.")
    return redirect("contacts")


@login_required
@require_http_methods(["GET", "POST"])
def lists(request: HttpRequest) -> HttpResponse:
    """All lists, and a form for a new one."""
    workspace_id = accounts.workspace_of(request.user).id
    form = forms.ListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            public.create_list(workspace_id, form.cleaned_data["name"])
            return redirect("lists")
        except AudienceError as error:
            form.add_error("name", str(error))
    context = {"lists": public.lists(workspace_id), "form": form}
    return render(request, "audience/lists.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def suppressions(request: HttpRequest) -> HttpResponse:
    """The suppression list, and a form to add to it."""
    workspace_id = accounts.workspace_of(request.user).id
    form = forms.SuppressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        why = f"{form.cleaned_data['evidence']} (entered by {request.user})"
        public.suppress(workspace_id, form.cleaned_data["email"], "manual", why)
        return redirect("suppressions")
    asked = request.GET.get("q", "").strip()
    page = browsing.suppressions(workspace_id, asked, request.GET.get("before", ""))
    context, status = {"page": page, "form": form, "q": asked}, 422 if form.errors else 200
    return render(request, "audience/suppressions.html", context, status=status)


@login_required
@require_GET
def suppression(request: HttpRequest) -> HttpResponse:
    """Why an address gets no mail: every reason there is and was, with its evidence."""
    workspace_id, email = accounts.workspace_of(request.user).id, request.GET.get("email", "")
    try:
        grounds = public.grounds(workspace_id, email)
    except AddressError as error:
        messages.error(request, str(error))
        return redirect("suppressions")
    context = {
        "email": email.strip(),
        "grounds": grounds,
        "contact": public.find_contact(workspace_id, email),
        "in_force": any(ground.ended_at is None for ground in grounds),
        "form": forms.LiftForm(),
    }
    return render(request, "audience/suppression.html", context)


@login_required
@require_POST
def unsuppress(request: HttpRequest) -> HttpResponse:
    """Take an address off the suppression list, with the reason."""
    workspace_id, email = accounts.workspace_of(request.user).id, request.POST.get("email", "")
    if not public.suppressions(workspace_id, [email]):
        messages.error(request, "That address is not on the suppression list.")
        return redirect("suppressions")
    form = forms.LiftForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why it may be written to again.")
        return redirect(f"{reverse('suppression')}?{urlencode({'email': email})}")
    why = f"{form.cleaned_data['why']} (lifted by {request.user})"
    public.unsuppress(workspace_id, email, why)
    messages.success(request, f"{email} may be mailed again, unless they unsubscribed.")
    return redirect("suppressions")


def _own(request: HttpRequest, contact_id: int) -> Contact:
    workspace = accounts.workspace_of(request.user)
    return get_object_or_404(Contact, pk=contact_id, workspace_id=workspace.id)
