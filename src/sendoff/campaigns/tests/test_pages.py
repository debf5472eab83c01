"""Writing, looking and sending: each page says what is missing, where, and what will happen."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sendoff.accounts import public as accounts
from sendoff.audience import public as audience
from sendoff.campaigns import durations
from sendoff.campaigns import public as campaigns
from sendoff.campaigns.models import Campaign
from sendoff.drivers.contract import ServerConfig
from sendoff.senders import public as senders

PASSWORD = "a long enough password"
SOURCE = '<p>Hello {{ first_name }}, <a href="https://shop.example/">the sale</a></p>'


@pytest.fixture
def workspace(db, client):
    """Ana is signed in; her list has Ben, whose first name is known, and Cy, whose is not."""
    owner = accounts.create_owner("ana@shop.example", PASSWORD, "Ana's shop")
    senders.add_domain(owner.workspace_id, "shop.example")
    settings = ServerConfig(driver="direct", helo="mail.shop.example")
    senders.add_server(owner.workspace_id, "Our own server", settings)
    customers = audience.create_list(owner.workspace_id, "Customers")
    audience.subscribe(customers, "ben@gmall.test", {"first_name": "Ben <b>"})
    audience.subscribe(customers, "cy@gmall.test", {})
    client.login(username="ana@shop.example", password=PASSWORD)
    return owner.workspace_id


@pytest.fixture
def written(workspace):
    """What Ana fills in."""
    return {
        "name": "Spring sale",
        "lists": [str(audience.lists(workspace)[0].id)],
        "from_name": "Ana",
        "from_local": "ana",
        "from_domain": "shop.example",
        "subject": "Spring is here",
        "kind": "html",
        "source": SOURCE,
        "merging": "on",
        "server": str(senders.servers(workspace)[0].id),
        "retry_after_s": "30 s, 5 min, 2 h",
        "time_to_live_s": "1 day",
    }


@pytest.fixture
def draft(client, written):
    """The draft that Ana kept."""
    client.post("/campaigns/new/", written)
    return Campaign.objects.get()


def text_of(answer, status=200):
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def test_a_draft_is_kept_with_everything_that_was_written(client, draft):
    assert draft.from_email == "ana@shop.example"
    assert draft.retry_after_s == [30, 300, 7200]
    assert draft.time_to_live_s == 86400
    assert not draft.track_opens
    text = text_of(client.get(f"/campaigns/{draft.pk}/write/"))
    assert 'value="30 s, 5 min, 2 h"' in text
    assert "▲" not in text


def test_send_says_exactly_what_will_happen(client, draft):
    text = text_of(client.get(f"/campaigns/{draft.pk}/send/"))
    assert '<button class="go">Send to 2 people</button>' in text
    assert "2 people on Customers, one message each." in text
    assert "held for you to decide; never a silent second copy" in text
    assert "tried again after 30 s, 5 min, 2 h; given up after 1 day" in text


def test_fields_that_people_lack_are_named_with_their_number_before_send(client, draft):
    text = text_of(client.get(f"/campaigns/{draft.pk}/send/"))
    assert "1 person has no <code>first_name</code>" in text
    assert "{{ first_name | default:" in text


def test_send_launches_once_however_often_it_is_pressed(client, draft):
    for _ in range(2):
        answer = client.post(f"/campaigns/{draft.pk}/send/")
        assert answer.headers["Location"] == f"/campaigns/{draft.pk}/"
    badges = [each.badge for each in campaigns.badges_of(draft.pk)]
    assert badges == ["queuing"]
    assert campaigns.badges_of(draft.pk)[0].by == "ana@shop.example"


def test_an_error_in_the_content_stands_beside_it_with_line_and_tag(client, workspace, written):
    client.post("/campaigns/new/", written | {"source": "<p>\n{% if x %}never closed</p>"})
    draft = Campaign.objects.get()
    text = text_of(client.get(f"/campaigns/{draft.pk}/write/"))
    error = text[text.index('id="id_source_error"') :][:400]
    assert "line 2" in error.lower()
    assert "if" in error
    answer = client.post(f"/campaigns/{draft.pk}/send/")
    assert answer.headers["Location"] == f"/campaigns/{draft.pk}/write/"
    assert campaigns.get(draft.pk).badge == "draft"


def test_what_is_missing_is_said_where_it_is_missing(client, workspace, written):
    client.post("/campaigns/new/", written | {"lists": [], "subject": ""})
    draft = Campaign.objects.get()
    text = text_of(client.get(f"/campaigns/{draft.pk}/write/"))
    assert "No list is chosen" in text[text.index('id="id_lists_error"') :][:300]
    assert "The subject is empty" in text[text.index('id="id_subject_error"') :][:300]
    assert "Send to" not in text_of(client.get(f"/campaigns/{draft.pk}/send/"))


def test_a_wait_that_is_no_length_of_time_is_explained_and_nothing_is_lost(client, written):
    answer = client.post("/campaigns/new/", written | {"retry_after_s": "soon"})
    text = text_of(answer, 422)
    assert "“soon” is no length of time; write it like 30 s, 5 min, 2 h or 1 day." in text
    assert "Spring is here" in text
    assert not Campaign.objects.exists()


def test_content_comes_from_a_file_too(client, workspace, written):
    upload = SimpleUploadedFile("mail.html", "\ufeff<p>Grüße</p>".encode())
    client.post("/campaigns/new/", written | {"upload": upload})
    assert Campaign.objects.get().source == "<p>Grüße</p>"


def test_a_file_in_another_encoding_is_named_with_its_line(client, workspace, written):
    upload = SimpleUploadedFile("mail.html", b"<p>\nGr\xfc\xdfe</p>")
    text = text_of(client.post("/campaigns/new/", written | {"upload": upload}), 422)
    assert "mail.html, line 2: this is not UTF-8. Save the file as UTF-8." in text


def test_the_preview_is_the_mail_of_one_person_in_a_locked_frame(client, draft):
    text = text_of(client.get(f"/campaigns/{draft.pk}/preview/?for=ben@gmall.test"))
    assert '<iframe class="preview" sandbox ' in text
    assert "Ana &lt;ana@shop.example&gt;" in text
    frame = client.get(f"/campaigns/{draft.pk}/preview/mail?for=ben@gmall.test")
    assert "Hello Ben &lt;b&gt;" in frame.content.decode()
    assert "/t/c/" not in frame.content.decode()
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy


def test_a_preview_that_cannot_be_made_says_why(client, workspace, written):
    client.post("/campaigns/new/", written | {"source": "{% for x in y %}"})
    draft = Campaign.objects.get()
    text = text_of(client.get(f"/campaigns/{draft.pk}/preview/"))
    assert "Content, line 1" in text


def test_pause_resume_and_cancel_answer_in_words(client, draft):
    client.post(f"/campaigns/{draft.pk}/send/")
    for button, badge in (("pause", "paused"), ("resume", "queuing"), ("cancel", "cancelled")):
        client.post(f"/campaigns/{draft.pk}/{button}/")
        assert campaigns.get(draft.pk).badge == badge
    text = text_of(client.post(f"/campaigns/{draft.pk}/pause/", follow=True))
    assert "Nothing was changed: the campaign had moved on meanwhile." in text


def test_a_sent_campaign_is_not_written_any_more_but_can_be_written_again(client, draft):
    client.post(f"/campaigns/{draft.pk}/send/")
    answer = client.get(f"/campaigns/{draft.pk}/write/")
    assert answer.headers["Location"] == f"/campaigns/{draft.pk}/"
    client.post(f"/campaigns/{draft.pk}/again/")
    again = Campaign.objects.latest("pk")
    assert (again.badge, again.source) == ("draft", SOURCE)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("30 s", 30), ("5 min", 300), ("1.5 h", 5400), ("2 days", 172800), ("90 seconds", 90)],
)
def test_lengths_of_time_are_read_as_people_write_them(words, seconds):
    assert durations.seconds(words) == seconds


@pytest.mark.parametrize("seconds", [1, 90, 300, 5400, 86400, 172800])
def test_a_length_of_time_reads_back_as_it_was_said(seconds):
    assert durations.seconds(durations.say(seconds)) == seconds


@pytest.mark.parametrize("words", ["", "soon", "5", "-3 min", "5 parsecs", "1 min 2"])
def test_what_is_no_length_of_time_says_how_to_write_one(words):
    with pytest.raises(durations.DurationError, match="write it like"):
        durations.seconds(words)
