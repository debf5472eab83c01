"""Read a CSV file into a list in batches, each one transaction. Never resubscribes anybody.

A batch is a fixed range of rows and its counts are committed with it, so an import whose process
died goes on where it stopped, and at every instant rows = added + updated + unchanged + rejected.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TextIO

from django.db import OperationalError, transaction
from django.db.models import F, Q

from sendoff.audience import contacts, membership, rows, sheet, upsert
from sendoff.audience.columns import SheetError
from sendoff.audience.models import Import, ImportState
from sendoff.audience.values import AudienceError
from sendoff.lib import clock

BATCH = 2_000
DEAD_AFTER = timedelta(seconds=60)  # a batch takes a tenth of a second; the first pass a few


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Rows read together: the people among them, and the rows that are none, with the reason."""

    people: list[rows.Person]
    rejected: list[tuple[sheet.Record, str]]

    @property
    def size(self) -> int:
        return len(self.people) + len(self.rejected)


def run(import_id: int, folder: Path) -> None:
    """Do an import that waits, stopped, or was left by a dead process; else nothing.

    `folder` takes the file of rejected rows. What goes wrong is written into the import.
    """
    if not _take(import_id):
        return
    work = Import.objects.select_related("list").get(pk=import_id)
    try:
        _read_into_list(work, folder)
    except (SheetError, AudienceError) as error:
        _stop(work, str(error))
    except FileNotFoundError:
        _stop(work, "The uploaded file is no longer there; upload it again.")
    except (OSError, OperationalError) as error:
        _stop(work, f"The computer said “{error}”. Mend that and start the import again.")


def unfinished() -> list[tuple[int, datetime]]:
    """Imports that wait or run, each with the moment from which it may be taken for abandoned."""
    going = Import.objects.filter(state__in=[ImportState.QUEUED, ImportState.RUNNING])
    return [(work.pk, (work.alive_at or work.created_at) + DEAD_AFTER) for work in going]


def _dead() -> Q:
    return Q(state=ImportState.RUNNING, alive_at__lt=clock.now() - DEAD_AFTER)


def _take(import_id: int) -> bool:
    """Compare-and-set: of several processes one gets the import."""
    free = Q(state__in=[ImportState.QUEUED, ImportState.FAILED]) | _dead()
    return (
        Import.objects.filter(free, pk=import_id).update(
            state=ImportState.RUNNING, alive_at=clock.now(), problem="", finished_at=None
        )
        == 1
    )


def _read_into_list(work: Import, folder: Path) -> None:
    found = sheet.inspect(Path(work.upload))
    Import.objects.filter(pk=work.pk).update(total=found.rows, alive_at=clock.now())
    contacts.remember_fields(work.workspace_id, found.columns.fields)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"import-{work.pk}-rejected.csv"
    # Written anew when an import goes on: which rows are rejected follows from the file alone.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rejects = _Rejects(file, found.columns.titles)
        done = work.rows
        for batch in _batches(found):
            rejects.write(batch.rejected)
            if done >= batch.size:
                done -= batch.size
            else:
                _commit(work, batch)
    _finish(work, path, rejects.count)


def _batches(found: sheet.Sheet) -> Iterator[_Batch]:
    records = sheet.records(found)
    while chunk := list(islice(records, BATCH)):
        people, rejected = [], []
        for record in chunk:
            result = rows.read(record, found.columns)
            if isinstance(result, str):
                rejected.append((record, result))
            else:
                people.append(result)
        yield _Batch(people=people, rejected=rejected)


def _commit(work: Import, batch: _Batch) -> None:
    with transaction.atomic():
        merged = upsert.write(membership.lock(work.list_id), batch.people)
        Import.objects.filter(pk=work.pk).update(
            rows=F("rows") + batch.size,
            added=F("added") + merged.added,
            updated=F("updated") + merged.updated,
            unchanged=F("unchanged") + merged.unchanged,
            rejected=F("rejected") + len(batch.rejected),
            alive_at=clock.now(),
        )


def _finish(work: Import, path: Path, rejected: int) -> None:
    if not rejected:
        path.unlink()
    Import.objects.filter(pk=work.pk).update(
        state=ImportState.DONE, finished_at=clock.now(), rejected_file=str(path) if rejected else ""
    )


def _stop(work: Import, problem: str) -> None:
    Import.objects.filter(pk=work.pk).update(
        state=ImportState.FAILED, problem=problem, finished_at=clock.now()
    )


class _Rejects:
    """The file of rejected rows, for the uploader to mend and import again."""

    def __init__(self, file: TextIO, titles: tuple[str, ...]) -> None:
        self._csv = csv.writer(file)
        self._csv.writerow(["line", "reason", *titles])
        self.count = 0

    def write(self, rejected: list[tuple[sheet.Record, str]]) -> None:
        self._csv.writerows([record.line, reason, *record.cells] for record, reason in rejected)
        self.count += len(rejected)
