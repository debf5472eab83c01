"""Slow work of the audience room, done by a worker. Each task may be started again at any time."""

from pathlib import Path

from django.conf import settings
from django_tasks import task

from sendoff.audience import importing
from sendoff.audience.models import Import, ImportState


@task
def run_import(import_id: int) -> None:
    """Run one import of the pages; an uploaded file goes once it is read."""
    importing.run(import_id, imports_folder())
    done = Import.objects.filter(pk=import_id, state=ImportState.DONE).first()
    if done:
        upload = Path(done.upload)
        if uploads_folder() in upload.parents:
            upload.unlink(missing_ok=True)


def imports_folder() -> Path:
    """Where files of rejected rows are kept."""
    return uploads_folder() / "rejected"


def uploads_folder() -> Path:
    """Where uploaded files wait for their import."""
    return Path(settings.MEDIA_ROOT)
