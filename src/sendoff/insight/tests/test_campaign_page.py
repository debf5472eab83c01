"""The campaign page says where everybody stands, and every number opens its rows."""

import re
from dataclasses import replace

import pytest

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.outbox import public as outbox
from sendoff.proving import checking
from sendoff.proving import public as proving
from sendoff.senders import public as senders


@pytest.fixture
def sent(shop):
    """Cy accepted, Ana greylisted, Ben cut after the dot, Di's domain does not exist."""
    shop.send()
    shop.accept("cy@gmall.test")
    shop.greylist("ana@yahu.test")
    shop.cut("ben@gmall.test")
    return shop


def test_the_books_stand_on_the_page_and_balance(page, sent):
    text = page(f"/campaigns/{sent.campaign}/")
    for state in ("accepted", "refused", "waiting", "unknown"):
        assert f'?state={state}">1</a> <span class="state is-{state}">' in text
    assert "✓ balanced at" in text
    assert "4</a> people =" in text


def test_the_way_says_what_stopped_where(page, sent):
    text = page(f"/campaigns/{sent.campaign}/")
    assert (
        'no such domain <a href="/campaigns/1/messages/?state=refused&amp;stage=dns'
        in text.replace(f"/campaigns/{sent.campaign}/", "/campaigns/1/")
    )
    assert "put off by their system" in text
    assert re.search(r'TLS 1.3 <a href="[^"]+\?state=accepted&amp;tls=1.3"[^>]*>100%</a>', text)


def test_unknown_messages_ask_for_a_person_with_two_buttons(page, sent):
    text = page(f"/campaigns/{sent.campaign}/")
    assert "1 we don&#x27;t know: the line was cut after the last dot." in text
    assert 'value="leave">Leave</button>' in text
    assert 'value="send_again">Send again</button>' in text


def test_leaving_unknown_messages_is_kept_and_sending_again_queues_them(page, client, sent):
    url = f"/campaigns/{sent.campaign}/unknown/"
    assert client.post(url, {"do": "leave"}).status_code == 302
    assert outbox.books(sent.campaign).unknown == 1
    client.post(url, {"do": "send_again"})
    assert outbox.books(sent.campaign).unknown == 0
    assert outbox.books(sent.campaign).waiting == 2


def test_unknown_messages_that_were_left_ask_no_more(page, client, sent):
    client.post(f"/campaigns/{sent.campaign}/unknown/", {"do": "leave"})
    text = page(f"/campaigns/{sent.campaign}/")
    assert "the line was cut after the last dot" not in text
    assert '?state=unknown">1</a>' in text


def test_one_reason_at_two_stages_is_one_row_that_opens_both(page, client, shop):
    shop.send()
    shop.block("cy@gmall.test", "data")
    shop.block("ana@yahu.test", "mail")
    text = page(f"/campaigns/{shop.campaign}/")
    assert text.count("They refuse mail from our address") == 1
    behind = re.search(r'href="([^"]+)">2 rows</a>', text)
    assert behind
    rows = page(behind[1].replace("&amp;", "&"))
    assert "cy@gmall.test" in rows
    assert "ana@yahu.test" in rows
    assert "di@gone.test" not in rows


def test_it_is_said_when_no_worker_is_running(page, sent):
    assert "No worker is running, so 1 wait." in page(f"/campaigns/{sent.campaign}/")
    outbox.register("w1", "here", 1)
    assert "No worker is running, so" not in page(f"/campaigns/{sent.campaign}/")


def test_htmx_gets_only_the_part_that_moves(page, sent):
    moving = page(f"/campaigns/{sent.campaign}/", HTTP_HX_REQUEST="true")
    assert moving.startswith('<div id="campaign" hx-get=')
    assert "<html" not in moving


def test_a_cancelled_campaign_no_longer_asks_for_news(page, sent):
    campaigns.cancel(sent.campaign, "ana@shop.example", "")
    assert "hx-get" not in page(f"/campaigns/{sent.campaign}/")


def test_it_reads_without_javascript(page, sent):
    text = page(f"/campaigns/{sent.campaign}/")
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in text
    assert 'style="' not in text
    assert "onclick" not in text


def test_the_page_stays_under_100_kb_with_many_providers(page, shop, client):
    for n in range(60):
        audience.subscribe(shop.customers, f"p{n}@provider{n}.test", {})
    shop.send()
    answer = client.get(f"/campaigns/{shop.campaign}/")
    assert len(answer.content) < 100_000


def test_a_draft_leads_to_writing(client, page, shop):
    draft = campaigns.draft(shop.workspace, shop.text())
    answer = client.get(f"/campaigns/{draft}/")
    assert answer.headers["Location"] == f"/campaigns/{draft}/write/"


def test_the_list_shows_the_numbers_of_each_campaign(page, sent):
    text = page("/campaigns/")
    assert "Spring sale" in text
    assert '?state=accepted">1</a>' in text
    assert "Write a campaign" in text


def test_a_record_of_the_domain_that_was_right_and_broke_is_said(page, sent):
    (domain,) = senders.domains(sent.workspace)
    found = proving.wanted(domain.id)
    right = [replace(each, verdict="ok") for each in found]
    gone = {"verdict": "missing", "sentence": "There is no DKIM key."}
    broken = [replace(each, **gone) if each.kind == "dkim" else each for each in right]
    checking.keep(domain.id, right)
    assert "There is no DKIM key." not in page(f"/campaigns/{sent.campaign}/")
    checking.keep(domain.id, broken)
    text = page(f"/campaigns/{sent.campaign}/")
    assert "DKIM key: it was right before. There is no DKIM key." in text
    assert "Check the domain" in text
