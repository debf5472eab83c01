"""What people bring to the pages of reports, checked for size alone."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from sendoff.reputation import reading

MOST_FILES = 50
TOO_LARGE = reading.TOO_LARGE


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Several files at once."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        files = data if isinstance(data, list | tuple) else [data]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(f"Choose at most {MOST_FILES} files at once.")
        return [super(_FilesField, self).clean(file, initial) for file in files or [None]]


class ReportsForm(forms.Form):
    """Reports from disk."""

    reports = _FilesField(
        label="Reports",
        widget=_ManyFiles(),
        help_text="XML, JSON, gzip, zip, or whole mails (.eml). Each report counts once.",
        error_messages={"required": "Choose a file.", "empty": "An empty file holds no report."},
    )
