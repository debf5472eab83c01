"""The audience pages show a workspace its own people, without JavaScript, and say what is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sendoff.accounts import public as accounts
from sendoff.accounts.models import User
from sendoff.audience import forms, paging
from sendoff.audience import public as audience
from sendoff.audience.models import Contact, Import
from sendoff.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, ana):
    client.force_login(User.objects.get(pk=ana.user_id))
    return client


def said(response):
    return response.content.decode()


def csv_upload(content, name="people.csv"):
    return SimpleUploadedFile(name, content.encode())


@pytest.mark.parametrize(
    "path",
    [
        "contacts",
        "contacts/1",
        "lists",
        "imports",
        "imports/1",
        "imports/1/rejected",
        "suppressions",
    ],
)
def test_a_stranger_is_asked_to_sign_in(client, path):
    answer = client.get(f"/audience/{path}")
    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]


def test_every_page_of_an_empty_workspace_says_what_will_be_there(page):
    for path, words in {
        "contacts": "everyone you may write to",
        "lists": "Here will be the lists",
        "imports": "CSV file",
        "suppressions": "Nobody is suppressed",
    }.items():
        answer = page.get(f"/audience/{path}")
        assert answer.status_code == 200
        assert words in said(answer)


def test_ana_imports_a_file_into_a_new_list_and_fetches_what_was_rejected(page, workspace, work):
    file = csv_upload("email,Name\nben@x.example,Ben\nnobody,Cy\n")
    answer = page.post("/audience/imports", {"file": file, "new_list": "Friends"})
    started = Import.objects.get()
    assert answer["Location"] == f"/audience/imports/{started.pk}"
    waiting = page.get(answer["Location"])
    assert "Waiting for a worker" in said(waiting)
    assert 'http-equiv="refresh"' in said(waiting)
    work()
    done = page.get(answer["Location"])
    assert "2 = 1 added + 0 updated + 0 unchanged + 1 rejected" in said(done)
    assert 'http-equiv="refresh"' not in said(done)
    rejected = b"".join(
        page.get(f"/audience/imports/{started.pk}/rejected").streaming_content
    ).decode()
    assert "3,“nobody” has no @.,nobody,Cy" in rejected
    assert not Path(started.upload).exists()
    assert "people.csv" in said(page.get("/audience/imports"))


def test_a_refused_file_is_said_on_its_page(page, customers, work):
    page.post("/audience/imports", {"file": csv_upload("Name\nBen\n"), "list": customers})
    work()
    answer = page.get(f"/audience/imports/{Import.objects.get().pk}")
    assert "Line 1 names no column for the email address" in said(answer)
    assert page.get(f"/audience/imports/{Import.objects.get().pk}/rejected").status_code == 404


@pytest.mark.parametrize(
    ("content", "into", "says"),
    [
        ("", "Friends", "The file is empty"),
        ("email\na@x.example\n", "  ", "Choose the list, or name a new one"),
        ("email\na@x.example\n", "Customers", "There is a list “Customers” already"),
    ],
)
def test_an_upload_that_can_not_start_is_said_at_once(page, customers, content, into, says):
    answer = page.post("/audience/imports", {"file": csv_upload(content), "new_list": into})
    assert answer.status_code == 422
    assert says in said(answer)
    assert not Import.objects.exists()


def test_an_upload_over_the_limit_is_refused(page, customers, settings):
    settings.UPLOAD_LIMIT = 10
    file = csv_upload("email\nana@x.example\n")
    answer = page.post("/audience/imports", {"file": file, "list": customers})
    assert answer.status_code == 422
    assert "the limit is 10\xa0bytes" in said(answer)
    assert forms.UPLOAD_LIMIT > 100_000_000


def test_an_upload_that_the_disk_refuses_is_said(page, customers, settings, tmp_path):
    (tmp_path / "a file").touch()
    settings.MEDIA_ROOT = tmp_path / "a file" / "uploads"
    file = csv_upload("email\nana@x.example\n")
    answer = page.post("/audience/imports", {"file": file, "list": customers})
    assert answer.status_code == 422
    assert "could not be kept" in said(answer)


def test_contacts_are_found_by_address_status_and_list(page, workspace, customers):
    friends = audience.create_list(workspace, "Friends")
    audience.subscribe(customers, "ben@x.example", {"city": "Oslo"})
    audience.unsubscribe(audience.subscribe(customers, "cy@x.example", {}), "asked")
    audience.subscribe(friends, "dora@y.example", {})

    def shown(query):
        text = said(page.get(f"/audience/contacts?{query}"))
        return [name for name in ("ben@", "cy@", "dora@") if name in text]

    assert shown("") == ["ben@", "cy@", "dora@"]
    assert shown("q=X.EXAMPLE") == ["ben@", "cy@"]
    assert shown("status=unsubscribed") == ["cy@"]
    assert shown(f"list={friends}") == ["dora@"]
    assert shown("q=nobody") == []
    assert shown("status=made-up&list=x&before=-1&page=%00") == ["ben@", "cy@", "dora@"]


def test_older_contacts_are_a_page_further_and_nobody_is_shown_twice(page, customers, monkeypatch):
    monkeypatch.setattr(paging, "PAGE", 2)
    for n in range(5):
        audience.subscribe(customers, f"p{n}@x.example", {})
    seen, url = [], "/audience/contacts?q=x.example"
    while url:
        answer = page.get(url)
        found = answer.context["page"]
        seen += [contact.email for contact in found.rows]
        url = f"/audience/contacts?q=x.example&before={found.before}" if found.before else ""
        assert not url or f"q=x.example&amp;before={found.before}" in said(answer)
    assert seen == [f"p{n}@x.example" for n in (4, 3, 2, 1, 0)]


def test_ana_unsubscribes_someone_and_lets_them_back_with_a_reason(page, workspace, customers):
    ben = audience.subscribe(customers, "ben@x.example", {})
    page.post(f"/audience/contacts/{ben}/unsubscribe")
    assert "Entered by ana@shop.example" in said(page.get(f"/audience/contacts/{ben}"))
    page.post(f"/audience/contacts/{ben}/subscribe", {"why": ""})
    assert audience.is_suppressed(workspace, "ben@x.example")
    page.post(f"/audience/contacts/{ben}/subscribe", {"why": "He wrote to us."})
    assert not audience.is_suppressed(workspace, "ben@x.example")
    assert audience.find_contact(workspace, "ben@x.example").status == "subscribed"


def test_ana_erases_someone(page, workspace, customers):
    ben = audience.subscribe(customers, "ben@x.example", {})
    page.post(f"/audience/contacts/{ben}/erase")
    assert audience.find_contact(workspace, "ben@x.example") is None
    assert "erased contact" in said(page.get(f"/audience/contacts/{ben}"))
    assert page.post(f"/audience/contacts/{ben}/subscribe", {"why": "x"}).status_code == 302


def test_a_new_list_appears_and_a_second_of_its_name_is_refused(page):
    assert page.post("/audience/lists", {"name": "Friends"}).status_code == 302
    answer = page.post("/audience/lists", {"name": "Friends"})
    assert answer.status_code == 422
    assert "choose another name" in said(answer)


def test_ana_suppresses_an_address_and_lifts_it(page, workspace):
    answer = page.post("/audience/suppressions", {"email": "cy at x", "evidence": "phone"})
    assert answer.status_code == 422
    assert "has no @" in said(answer)
    page.post("/audience/suppressions", {"email": "cy@X.example", "evidence": "phone"})
    assert "cy@x.example" in said(page.get("/audience/suppressions?q=cy"))
    assert "phone (entered by ana@shop.example)" in said(page.get("/audience/suppressions"))
    page.post("/audience/suppressions/lift", {"email": "cy@x.example"})
    assert audience.is_suppressed(workspace, "cy@x.example")  # nobody said why
    lifting = {"email": "cy@x.example", "why": "Cy called again"}
    page.post("/audience/suppressions/lift", lifting)
    assert not audience.is_suppressed(workspace, "cy@x.example")
    assert page.post("/audience/suppressions/lift", {"email": "not there"}).status_code == 302


def test_cy_sees_and_changes_nothing_of_anas(client, ana, customers):
    ben = audience.subscribe(customers, "ben@x.example", {})
    cy = accounts.create_owner("cy@stranger.example", None, "Cy's")
    client.force_login(User.objects.get(pk=cy.user_id))
    assert "ben@" not in said(client.get(f"/audience/contacts?list={customers}"))
    assert client.get(f"/audience/contacts/{ben}").status_code == 404
    for act in ("unsubscribe", "subscribe", "erase"):
        assert client.post(f"/audience/contacts/{ben}/{act}", {"why": "x"}).status_code == 404
    file = csv_upload("email\nana@x.example\n")
    assert client.post("/audience/imports", {"file": file, "list": customers}).status_code == 422
    work = Import.objects.create(
        workspace_id=ana.workspace_id, list_id=customers, name="x", upload="x"
    )
    assert client.get(f"/audience/imports/{work.pk}").status_code == 404
    assert client.get(f"/audience/imports/{work.pk}/rejected").status_code == 404
    assert Contact.objects.get(pk=ben).status == "subscribed"


def test_looking_changes_nothing(page, customers):
    ben = audience.subscribe(customers, "ben@x.example", {})
    for act in ("unsubscribe", "subscribe", "erase"):
        assert page.get(f"/audience/contacts/{ben}/{act}").status_code == 405
    assert Contact.objects.get(pk=ben).status == "subscribed"


def test_what_people_typed_is_shown_as_text(page, workspace, customers):
    audience.subscribe(customers, "ben@x.example", {"city": "<script>alert(1)</script>"})
    text = said(page.get("/audience/contacts"))
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_the_page_of_an_address_says_every_reason_with_its_evidence_and_its_end(page, workspace):
    in_a_month = clock.now() + timedelta(days=30)
    audience.suppress(
        workspace, "cy@x.example", "bounce", "552 full", rule="soft-in-a-row", expires_at=in_a_month
    )
    audience.suppress(workspace, "cy@x.example", "complaint", "Reported as spam")
    said = page.get("/audience/suppressions/why", {"email": "cy@x.example"}).content.decode()
    assert "552 full" in said
    assert "rule soft-in-a-row" in said
    assert "by itself" in said
    assert "Reported as spam" in said
    audience.unsuppress(workspace, "cy@x.example", "They wrote to us")
    said = page.get("/audience/suppressions/why", {"email": "cy@x.example"}).content.decode()
    assert "No reason is in force any more" in said
    assert "They wrote to us" in said
    assert page.get("/audience/suppressions/why", {"email": "no address"}).status_code == 302
