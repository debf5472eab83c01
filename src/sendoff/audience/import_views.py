"""Pages of imports: upload a file, watch it being read, fetch its rejected rows."""

from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from sendoff.accounts import public as accounts
from sendoff.audience import browsing, forms, public, uploads
from sendoff.audience.values import AudienceError, ImportReport


@login_required
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """All imports, and a form to start one."""
    workspace_id = accounts.workspace_of(request.user).id
    form = forms.ImportForm(workspace_id, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("import", _start(request, workspace_id, form))
        except AudienceError as error:
            form.add_error(None, str(error))
    page = browsing.imports(workspace_id, request.GET.get("before", ""))
    context = {"form": form, "page": page}
    return render(request, "audience/imports.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def import_page(request: HttpRequest, import_id: int) -> HttpResponse:
    """One import: how far it is, its counts, where it stopped."""
    report = _report(request, import_id)
    moving = report.state in ("queued", "running")
    return render(request, "audience/import.html", {"report": report, "moving": moving})


@login_required
@require_GET
def rejected(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The rejected rows as a CSV file: line, reason, the row."""
    report = _report(request, import_id)
    path = Path(report.rejected_file)
    if not report.rejected_file or not path.is_file():
        raise Http404("This import has no file of rejected rows.")
    name = f"rejected rows of import {import_id}.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv")


def _start(request: HttpRequest, workspace_id: int, form: forms.ImportForm) -> int:
    data = form.cleaned_data
    list_id = (
        data["list"].pk if data["list"] else public.create_list(workspace_id, data["new_list"])
    )
    upload = uploads.keep(data["file"])
    return public.start_import(workspace_id, list_id, upload, data["file"].name, request.user.pk)


def _report(request: HttpRequest, import_id: int) -> ImportReport:
    try:
        return public.import_report(accounts.workspace_of(request.user).id, import_id)
    except AudienceError as error:
        raise Http404(str(error)) from None
