"""The pages of domains: what is said on them, and what the buttons do."""

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from sendoff.proving import checking, judging
from sendoff.proving.facts import Facts
from sendoff.senders import public as senders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_dns")]


def text(response):
    return " ".join(response.content.decode().split())


def test_a_domain_is_added_from_what_was_pasted_and_looked_at_at_once(ana, shop):
    done = ana.post(reverse("domains"), {"name": " https://www.News.Shop.test/x "}, follow=True)
    made = senders.domain_of(shop.workspace, "ana@news.shop.test")
    assert done.redirect_chain[0][0] == reverse("domain", args=[made.id])
    assert "s1._domainkey.news.shop.test" in text(done)
    assert "There is no DKIM key at s1._domainkey.news.shop.test" in text(done)
    assert checking.last(made.id) is not None


@pytest.mark.parametrize("typed", ["shop", "", "shop.test", "192.0.2.1", "two words.test"])
def test_what_cannot_be_added_is_answered_beside_the_field(ana, shop, typed):
    done = ana.post(reverse("domains"), {"name": typed})
    assert done.status_code == 200
    assert 'class="error"' in text(done)
    assert len(senders.domains(shop.workspace)) == 1


def test_the_page_says_what_was_expected_found_and_how_to_mend_it(ana, domain):
    records = judging.judge(checking.subject_of(domain.id), Facts())
    checking.keep(domain.id, [replace(each, verdict="ok") for each in records])
    checking.keep(domain.id, records)
    shown = text(ana.get(reverse("domain", args=[domain.id])))
    for words in (
        "There is no DKIM key at s1._domainkey.shop.test",
        "v=spf1 ip4:203.0.113.7 -all",
        "10 mail.shop.test.",
        "203.0.113.7, from which your mail is sent, has no name",
        "not that it is wanted",
        "p=quarantine",
        "What changed",
    ):
        assert words in shown
    assert "▲" in text(ana.get(reverse("domains")))


def test_a_check_again_by_the_button_is_kept(ana, domain):
    ana.post(reverse("domain-check", args=[domain.id]))
    assert not checking.last(domain.id).ready


def test_the_zone_file_is_a_download(ana, domain):
    answer = ana.get(reverse("domain-zone-file", args=[domain.id]))
    assert answer["Content-Disposition"] == 'attachment; filename="shop.test.zone"'
    assert b"_dmarc.shop.test.\tIN\tTXT" in answer.content


def test_a_pace_is_kept_and_nonsense_is_not(ana, domain):
    nonsense = ("-1", "0", "many", "1e3", "9" * 40)
    for typed, kept in (("120", 120), *((typed, 120) for typed in nonsense), ("", None)):
        ana.post(reverse("domain-pace", args=[domain.id]), {"per_minute": typed})
        assert senders.domain(domain.id).per_minute == kept


def test_strangers_see_nothing_of_a_domain(ana, client, domain):
    for name in ("domain", "domain-zone-file"):
        assert client.get(reverse(name, args=[domain.id])).status_code == 302
        assert ana.get(reverse(name, args=[domain.id + 1])).status_code == 404
    assert ana.post(reverse("domain-check", args=[domain.id + 1])).status_code == 404


def test_each_value_to_copy_has_a_place_of_its_own(ana, domain):
    shown = ana.get(reverse("domain", args=[domain.id])).content.decode()
    places = re.findall(r' id="((?:host|value|record)-[^"]+)"', shown)
    assert len(places) == len(set(places)) > 20
    assert set(re.findall(r'data-copy="([^"]+)"', shown)) <= set(places)
