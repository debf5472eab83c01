"""Every number opens its rows, every row says why and what next, every message tells its way."""

import pytest

from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.tracking import public as tracking
from sendoff.tracking import store
from sendoff.tracking.hits import Hit


@pytest.fixture
def sent(shop):
    outbox.register("w1", "here", 1)
    shop.send()
    shop.greylist("ana@yahu.test")
    shop.cut("ben@gmall.test")
    shop.accept("cy@gmall.test")
    return shop


def _message(shop, address):
    return f"/campaigns/{shop.campaign}/messages/{shop.seqs[address]}/"


def test_rows_are_filtered_by_what_the_number_counted(page, sent):
    text = page(f"/campaigns/{sent.campaign}/messages/?state=refused&stage=dns&category=bad_domain")
    assert "di@gone.test" in text
    assert "cy@gmall.test" not in text
    assert "Nothing more is tried. Correct the address if you know the person." in text


def test_rows_that_reached_a_stage_are_those_that_did_not_stop_before(page, sent):
    text = page(f"/campaigns/{sent.campaign}/messages/?reached=connect")
    assert "di@gone.test" not in text
    assert text.index("ben@gmall.test") < text.index("cy@gmall.test")
    assert "ana@yahu.test" in text


def test_a_waiting_row_says_when_it_is_tried_again(page, sent):
    text = page(f"/campaigns/{sent.campaign}/messages/?state=waiting")
    assert "It waits for the next try: try 2 is due at " in text
    assert "(wait 1 of 6 in this campaign&#x27;s schedule, 5 min)." in text
    assert "451 4.7.1 greylisted, come back later" in text


def test_rows_are_told_apart_by_encryption(page, sent):
    encrypted = page(f"/campaigns/{sent.campaign}/messages/?state=accepted&tls=1.3")
    assert "cy@gmall.test" in encrypted
    assert "TLS 1.3" in encrypted
    bare = page(f"/campaigns/{sent.campaign}/messages/?state=accepted&tls=none")
    assert "cy@gmall.test" not in bare
    assert "No message is like this now." in bare


def test_those_who_opened_are_behind_the_number(page, sent):
    hits = [
        Hit(sent.campaign, sent.seqs[who], "open", None, "", 1_000, "Mail/1", "192.0.2.7", "GET")
        for who in ("cy@gmall.test", "ben@gmall.test")
    ]
    store.write(hits)
    assert "+2 being looked at" in page(f"/campaigns/{sent.campaign}/")
    while tracking.label_fresh():
        pass
    shown = page(f"/campaigns/{sent.campaign}/")
    assert '?did=opened_human">1</a>' in shown
    assert '?did=opened_machine">1</a> by machines' in shown  # before it was accepted
    text = page(f"/campaigns/{sent.campaign}/messages/?did=opened&state=accepted")
    assert "cy@gmall.test" in text
    assert "ben@gmall.test" not in text


def test_unknown_words_in_the_address_bar_are_left_alone(page, sent):
    text = page(f"/campaigns/{sent.campaign}/messages/?state=nonsense&stage=%00&after=-1")
    assert "cy@gmall.test" in text


def test_rows_go_on_after_a_page(page, shop, monkeypatch):
    from sendoff.insight import rows

    shop.send()
    first = rows.page(shop.campaign, rows.Wanted())
    assert not first.next
    second = rows.page(shop.campaign, rows.Wanted(after=first.rows[1].seq))
    assert [row.seq for row in second.rows] == [row.seq for row in first.rows[2:]]


def test_the_journey_of_an_accepted_message_has_a_line_for_each_stage(page, sent):
    text = page(_message(sent, "cy@gmall.test"))
    for words in (
        "Route found.",
        "Mail for gmall.test goes to mx1.gmall.test.",
        "To mx1.gmall.test at 127.77.0.1:25 from 192.0.2.1.",
        "It offers PIPELINING, SIZE, 8BITMIME",
        "TLS 1.3, certificate verified.",
        "&gt; RCPT TO:&lt;cy@gmall.test&gt;",
        "Accepted by mx1.gmall.test",
        "250 2.0.0 queued as 4Xy7",
        "Not observable: only gmall.test knows",
    ):
        assert words in text, words
    assert "delivered" not in text.lower()


def test_the_journey_marks_where_it_stopped_whose_fault_and_what_next(page, shop):
    shop.send()
    shop.refuse("cy@gmall.test")
    text = page(_message(shop, "cy@gmall.test"))
    assert "Stopped here: recipient offered" in text
    assert "550 5.1.1 no such user &lt;here&gt;" in text
    assert "Whose fault: the recipient&#x27;s address." in text
    assert "Nothing more is tried. Remove or correct the address." in text
    assert "Accepted by" not in text


def test_a_message_put_off_and_then_accepted_shows_both_tries(page, sent):
    sent.accept("ana@yahu.test", n=2)
    text = page(_message(sent, "ana@yahu.test"))
    assert "Put off: recipient offered" in text
    assert "Stopped here" not in text
    assert text.index("Try 1") < text.index("451 4.7.1") < text.index("Try 2")
    assert text.index("Try 2") < text.index("queued as 4Xy7")


def test_a_message_cut_after_the_dot_says_that_we_do_not_know(page, sent):
    text = page(_message(sent, "ben@gmall.test"))
    assert "They may have it already." in text
    assert "Decide on the campaign page" in text


def test_a_person_skipped_at_planning_has_the_reason(page, shop):
    from sendoff.audience import public as audience

    audience.suppress(shop.workspace, "cy@gmall.test", "manual", "asked by phone")
    shop.send()
    text = page(_message(shop, "cy@gmall.test"))
    assert "On the suppression list" in text
    assert "Nothing more happens." in text


def test_an_address_leads_to_its_messages(page, sent, client):
    answer = client.get("/search/?q=cy@gmall.test")
    assert answer.headers["Location"] == _message(sent, "cy@gmall.test")


def test_a_message_id_leads_to_the_message(page, sent, client):
    answer = client.get("/search/", {"q": f"<{sent.campaign}.{sent.seqs['ana@yahu.test']}.x@y>"})
    assert answer.headers["Location"] == _message(sent, "ana@yahu.test")


def test_a_name_leads_to_the_campaign(page, sent):
    assert f'href="/campaigns/{sent.campaign}/">Spring sale' in page("/search/?q=spring")
    assert "Nothing has this address" in page("/search/?q=winter")


def test_lanes_workers_and_servers_are_shown(page, sent):
    outbox.ended("w1", "stopped")
    text = page("/delivery/")
    assert "gmall.test" in text
    assert "No worker is running; nothing is sent." in text
    outbox.register("worker-1", "here", 77)
    assert "worker-1" in page("/delivery/")
    assert "Our own server" in page("/delivery/servers/")


def test_a_due_time_is_said_as_people_say_it(page, shop):
    outbox.register("w1", "here", 1)
    shop.send()
    shop.greylist("ana@yahu.test", due_ms=clock.now_ms() + 2 * 3600_000 + 5000)
    assert "schedule, 5 min).</b> That is <time" in page(_message(shop, "ana@yahu.test"))


def test_the_journey_says_what_was_written_and_signed_with_the_persons_own_subject(page, shop):
    outbox.register("w1", "here", 1)
    shop.send(subject="{{ first_name | default: 'Friend' }}, spring is here")
    shop.accept("cy@gmall.test")
    text = page(_message(shop, "cy@gmall.test"))
    assert "“cy, spring is here”" in text
    assert "signed for shop.example by s1." in text


def test_mail_to_nowhere_was_never_written(page, sent):
    assert "signed for" not in page(_message(sent, "di@gone.test"))
