"""An import adds up row by row, never resubscribes, and goes on where it stopped."""

import csv
import random

import pytest
import time_machine

from sendoff.accounts import public as accounts
from sendoff.audience import importing
from sendoff.audience import public as audience
from sendoff.audience.models import Contact, Import, ListMembership

pytestmark = pytest.mark.django_db


def counts(report):
    return report.added, report.updated, report.unchanged, report.rejected


def fields_of(workspace, email):
    return dict(audience.find_contact(workspace, email).fields)


def test_people_come_onto_the_list_with_their_fields(read, workspace, customers):
    report = read("E-Mail;First name;City\nana@Shop.Example;Ana;Rome\nben@shop.example;;Oslo\n")
    assert (report.state, report.total, report.rows, counts(report)) == ("done", 2, 2, (2, 0, 0, 0))
    assert fields_of(workspace, "ana@shop.example") == {"first_name": "Ana", "city": "Rome"}
    assert fields_of(workspace, "ben@shop.example") == {"city": "Oslo"}
    assert audience.field_names(workspace) == ["city", "first_name"]
    assert audience.lists(workspace)[0].subscribed == 2


def test_rejected_rows_come_back_as_a_file_with_line_and_reason(read):
    report = read("email,name\nana@x.example,Ana\nben at x,Ben\ncy@x.example,Cy,too,many\n,Dora\n")
    assert counts(report) == (1, 0, 0, 3)
    with open(report.rejected_file, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["line", "reason", "email", "name"]
    assert [row[0] for row in rows[1:]] == ["3", "4", "5"]
    assert [row[2:] for row in rows[1:]] == [
        ["ben at x", "Ben"],
        ["cy@x.example", "Cy", "too", "many"],
        ["", "Dora"],
    ]
    assert all(row[1].endswith(".") for row in rows[1:])


def test_a_file_without_rejected_rows_leaves_none(read):
    assert read("email\nana@x.example\n").rejected_file == ""


def test_one_person_twice_is_one_contact_and_the_last_value_wins(read, workspace, small_batches):
    report = read(
        "email,name,city\nana@x.example,Anna,Rome\nana@X.EXAMPLE,Ana,\nben@x.example,Ben,\n"
        "ana@x.example,Ana,Rome\nana@x.example,Ana,Oslo\n"
    )
    assert counts(report) == (2, 2, 1, 0)
    assert fields_of(workspace, "ana@x.example") == {"name": "Ana", "city": "Oslo"}
    assert ListMembership.objects.count() == Contact.objects.count() == 2


def test_spellings_of_an_international_domain_are_one_person(read):
    assert counts(read("email\nana@bücher.example\nana@xn--bcher-kva.example\n")) == (1, 0, 1, 0)


def test_a_second_import_merges_fields_and_an_empty_cell_wipes_nothing(read, workspace):
    read("email,name,city\nana@x.example,Ana,Rome\n")
    report = read("email,name,shoe size\nana@x.example,,38\n")
    assert counts(report) == (0, 1, 0, 0)
    assert fields_of(workspace, "ana@x.example") == {
        "name": "Ana",
        "city": "Rome",
        "shoe_size": "38",
    }


def test_who_unsubscribed_stays_so(read, workspace):
    read("email\nana@x.example\n")
    audience.unsubscribe(audience.find_contact(workspace, "ana@x.example").id, "She asked us to.")
    assert counts(read("email,name\nana@x.example,Ana\n")) == (0, 1, 0, 0)
    assert audience.find_contact(workspace, "ana@x.example").status == "unsubscribed"
    assert audience.is_suppressed(workspace, "ana@x.example")


def test_who_left_the_list_is_not_put_back(read, workspace, customers):
    read("email\nana@x.example\n")
    audience.leave(customers, audience.find_contact(workspace, "ana@x.example").id)
    read("email\nana@x.example\nben@x.example\n")
    assert audience.lists(workspace)[0].subscribed == 1


@pytest.mark.parametrize(
    ("tail", "says"),
    [
        (b"ben@x.example,B\xe9n\n", "Line 4"),
        (b"x" * 200_000, "Line 4"),
        (b"cy\0@x.example\n", "NUL"),
    ],
)
def test_a_bad_last_line_imports_nobody(read, small_batches, tail, says):
    report = read(b"email,name\nana@x.example,Ana\nben@x.example,Ben\n" + tail)
    assert report.state == "failed"
    assert says in report.problem
    assert report.rows == Contact.objects.count() == 0


def test_a_file_that_went_away_is_said(workspace, customers, csv_file):
    path = csv_file("email\nana@x.example\n")
    path.unlink()
    report = audience.run_import(workspace, customers, path)
    assert report.state == "failed"
    assert "no longer there" in report.problem


def test_the_counts_do_not_depend_on_where_batches_are_cut(workspace, csv_file, monkeypatch):
    dice = random.Random(7)
    lines = [f"p{dice.randrange(40)}@x.example,{dice.randrange(3)}" for _ in range(150)]
    lines[::17] = ["nobody,1"] * len(lines[::17])
    path = csv_file("email,n\n" + "\n".join(lines))
    seen = set()
    for size in (1, 2, 7, 50, 2_000):
        monkeypatch.setattr(importing, "BATCH", size)
        Contact.objects.all().delete()
        into = audience.create_list(workspace, f"Batches of {size}")
        report = audience.run_import(workspace, into, path)
        people = tuple(Contact.objects.order_by("email").values_list("email", "fields__n"))
        seen.add((counts(report), people))
        assert report.rows == sum(counts(report)) == 150
    assert len(seen) == 1


@pytest.mark.parametrize("done", [0, 2, 4])
def test_an_import_whose_process_died_goes_on_and_counts_each_row_once(
    workspace, customers, csv_file, small_batches, tmp_path, done
):
    people = [
        "ana@x.example,Ana",
        "nobody,X",
        "ben@x.example,Ben",
        "cy@x.example,Cy",
        "ana@x.example,A",
    ]
    path = csv_file("\n".join(["email,name", *people]))
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        work = _died_after(workspace, customers, csv_file, path, done)
        importing.run(work.pk, tmp_path / "out")  # the other process may be alive: nothing happens
        work.refresh_from_db()
        assert work.rows == done
        clock.shift(61)
        importing.run(work.pk, tmp_path / "out")
    report = audience.import_report(workspace, work.pk)
    assert (report.state, report.rows, counts(report)) == ("done", 5, (3, 1, 0, 1))
    with open(report.rejected_file, encoding="utf-8-sig") as file:
        assert len(file.readlines()) == 2


def _died_after(workspace, customers, csv_file, path, done):
    """What a process leaves that was killed after so many rows of the file were committed."""
    head = "".join(path.read_text().splitlines(keepends=True)[: done + 1])
    if not done:
        work = Import.objects.create(
            workspace_id=workspace, list_id=customers, upload=str(path), name="p"
        )
    else:
        report = audience.run_import(workspace, customers, csv_file(head, "head.csv"))
        work = Import.objects.get(pk=report.id)
    work.upload, work.state, work.alive_at = str(path), "running", importing.clock.now()
    work.save()
    return work


def test_a_finished_import_does_not_run_again(read, tmp_path):
    report = read("email\nana@x.example\n")
    Contact.objects.all().delete()
    importing.run(report.id, tmp_path)
    assert not Contact.objects.exists()


def test_an_import_from_a_page_waits_for_a_worker_and_then_its_upload_goes(
    ana, workspace, customers, settings, work
):
    settings.MEDIA_ROOT.mkdir()
    upload = settings.MEDIA_ROOT / "people.csv"
    upload.write_text("email\nana@x.example\n")
    started = audience.start_import(workspace, customers, upload, "people.csv", ana.user_id)
    assert audience.import_report(workspace, started).state == "queued"
    work()
    assert audience.import_report(workspace, started).added == 1
    assert not upload.exists()


def test_a_list_of_another_workspace_can_not_be_imported_into(customers, csv_file):
    cy = accounts.create_owner("cy@stranger.example", None, "Cy's")
    with pytest.raises(audience.AudienceError, match="no list"):
        audience.run_import(cy.workspace_id, customers, csv_file("email\na@x.example\n"))
    with pytest.raises(audience.AudienceError, match="no list"):
        audience.start_import(cy.workspace_id, customers, csv_file("email\n"), "x", cy.user_id)


def test_after_a_restart_an_open_import_is_tried_once_it_gave_no_sign_of_life(
    workspace, customers, csv_file, work
):
    path = csv_file("email\nana@x.example\n")
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        left = _died_after(workspace, customers, csv_file, path, 0)
        assert audience.resume_imports() == 1
        work()
        assert audience.import_report(workspace, left.pk).state == "running"
        clock.shift(61)
        work()
    assert audience.import_report(workspace, left.pk).state == "done"
    assert audience.resume_imports() == 0
