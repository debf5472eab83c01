"""What people type into the audience pages, checked. Writes nothing to the database."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat

from sendoff.audience.models import List, Status
from sendoff.mail import addresses

UPLOAD_LIMIT = 500 * 1024 * 1024  # bytes; about five million people


class FilterForm(forms.Form):
    """Which contacts to show; what it does not know it leaves out."""

    q = forms.CharField(label="Part of an address", max_length=254, required=False)
    status = forms.ChoiceField(
        choices=[("", "All"), *Status.choices], required=False, label="Status"
    )

    def __init__(self, workspace_id: int, *args: Any) -> None:
        super().__init__(*args)
        self.fields["list"] = _lists(workspace_id, "All lists")

    def words(self) -> str:
        """What a valid filter asks for, as a sentence goes on with it."""
        q, status = self.cleaned_data.get("q"), self.cleaned_data.get("status")
        found = [
            f"“{q}” is in the address" if q else "",
            f"the status is {Status(status).label}" if status else "",
            f"they are on the list {chosen.name}" if (chosen := self.cleaned_data["list"]) else "",
        ]
        return " and ".join(filter(None, found)) or "everybody here"


class ChangeForm(forms.Form):
    """What to do with whom, and why."""

    whom = forms.ChoiceField(
        choices=[("ticked", "The ticked"), ("fitting", "All who fit what is shown")],
        required=False,
        label="Whom",
    )
    do = forms.ChoiceField(
        choices=[("unsubscribe", "Unsubscribe them"), ("subscribe", "Subscribe them again")],
        label="What",
    )
    why = forms.CharField(max_length=500, label="Why, for whoever asks later")


class ListForm(forms.Form):
    """A new list."""

    name = forms.CharField(label="Name of a new list", max_length=200)


class SuppressForm(forms.Form):
    """An address never to be mailed, entered by hand."""

    email = forms.CharField(label="Address", max_length=320)
    evidence = forms.CharField(
        label="Why",
        max_length=1000,
        help_text="For whoever asks later: who said it, when and where.",
    )

    def clean_email(self) -> str:
        try:
            return addresses.normalise(self.cleaned_data["email"]).text
        except addresses.AddressError as error:
            raise forms.ValidationError(str(error)) from None


class LiftForm(forms.Form):
    """A suppression ends before its time; why is kept."""

    why = forms.CharField(label="Why may it be written to again?", max_length=1000)


class ReturnForm(forms.Form):
    """Somebody comes back; why is kept."""

    why = forms.CharField(label="How do you know that they want mail again?", max_length=1000)


class ImportForm(forms.Form):
    """A CSV file and the list it goes to."""

    file = forms.FileField(
        label="CSV file",
        help_text="UTF-8, a line of column names first. The column “email” is the address; all"
        " others become fields that a campaign can merge.",
        error_messages={"empty": "The file is empty; choose one with people in it."},
    )
    new_list = forms.CharField(label="Name of a new list", max_length=200, required=False)

    def __init__(self, workspace_id: int, *args: Any) -> None:
        super().__init__(*args)
        self.fields["list"] = _lists(workspace_id, "A new list, named below")
        self.order_fields(["file", "list", "new_list"])

    def clean_file(self) -> Any:
        file, limit = self.cleaned_data["file"], getattr(settings, "UPLOAD_LIMIT", UPLOAD_LIMIT)
        if file.size > limit:
            raise forms.ValidationError(
                f"The file has {filesizeformat(file.size)}, the limit is {filesizeformat(limit)};"
                " cut it into several."
            )
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("list") and not data.get("new_list", "").strip():
            self.add_error("list", "Choose the list, or name a new one below.")
        return data


def _lists(workspace_id: int, empty_label: str) -> forms.ModelChoiceField[List]:
    found = List.objects.filter(workspace_id=workspace_id).order_by("name")
    return forms.ModelChoiceField(found, required=False, empty_label=empty_label, label="List")
