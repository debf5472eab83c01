"""Keep an uploaded file in the data folder until it is read. Never opens or trusts its name."""

import contextlib
import secrets
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from sendoff.audience import tasks
from sendoff.audience.values import AudienceError


def keep(file: UploadedFile[bytes]) -> Path:
    """Write an upload piece by piece under our own name. AudienceError where the disk refuses."""
    folder = tasks.uploads_folder()
    path = folder / f"{secrets.token_hex(16)}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as target:
            target.writelines(file.chunks())
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise AudienceError(
            f"The upload could not be kept ({error.strerror}); make room in {folder} and try again."
        ) from None
    return path
