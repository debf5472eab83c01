"""Hits in the database: the rows, the sums beside them, and that these never disagree."""

import random

import pytest
from django.db import connection
from django.db.models import Count, Q

from sendoff.tracking import hits, models, public, store

ANA, BEN, CY = 1, 2, 3


def hit(seq: int, kind: str, at_ms: int = 1_000, **more: object) -> hits.Hit:
    plain = hits.Hit(7, seq, kind, None, "", at_ms, "Mailbox/1.0", "192.0.2.7", "GET")
    return plain._replace(**more)


def recount(campaign: int) -> public.Engagement:
    rows = models.Engagement.objects.filter(campaign_id=campaign).aggregate(
        opened=Count("seq", filter=Q(opens__gt=0)),
        clicked=Count("seq", filter=Q(clicks__gt=0)),
        unsubscribed=Count("seq", filter=Q(unsubscribed_ms__isnull=False)),
    )
    number = models.Hit.objects.filter(campaign_id=campaign).count()
    return public.Engagement(**rows, hits=number)


@pytest.mark.django_db
def test_a_campaign_that_brought_nothing_back_counts_nothing():
    assert public.engagement(7) == public.Engagement()
    assert public.events_of(7, ANA) == []


@pytest.mark.django_db
def test_each_message_counts_once_however_often_it_is_opened():
    store.write([hit(ANA, "open"), hit(ANA, "open", 1_500), hit(BEN, "open")])
    store.write([hit(ANA, "open", 2_000), hit(CY, "click", link=0)])
    assert public.engagement(7) == public.Engagement(opened=2, clicked=1, unsubscribed=0, hits=5)
    ana = models.Engagement.objects.get(pk=(7, ANA))
    assert (ana.opens, ana.first_open_ms, ana.first_click_ms) == (3, 1_000, None)


@pytest.mark.django_db
def test_unsubscribing_twice_counts_once():
    for at_ms in (1_000, 2_000):
        store.write([hit(ANA, "unsubscribe", at_ms, method="POST", detail="button")])
    assert public.engagement(7).unsubscribed == 1
    assert models.Engagement.objects.get(pk=(7, ANA)).unsubscribed_ms == 1_000


@pytest.mark.django_db
def test_head_is_a_hit_but_nobody_saw_anything():
    store.write([hit(ANA, "open", method="HEAD"), hit(ANA, "click", link=0, method="HEAD")])
    assert public.engagement(7) == public.Engagement(hits=2)
    assert models.Hit.objects.filter(method="HEAD").count() == 2


@pytest.mark.django_db
def test_campaigns_are_counted_apart():
    store.write([hit(ANA, "open"), hit(ANA, "open", campaign=8), hit(BEN, "open", campaign=8)])
    assert public.engagement(7).opened == 1
    assert public.engagement(8).opened == 2


@pytest.mark.django_db
def test_the_tally_equals_a_recount_after_a_random_flood():
    chance = random.Random(5)
    for _ in range(30):
        store.write(
            [
                hit(
                    chance.randrange(40),
                    chance.choice(hits.KINDS),
                    chance.randrange(10_000),
                    campaign=chance.choice((7, 8)),
                    method=chance.choice(("GET", "GET", "HEAD")),
                )
                for _ in range(chance.randrange(1, 40))
            ]
        )
    assert public.engagement(7) == recount(7)
    assert public.engagement(8) == recount(8)
    assert public.engagement(7).hits > 100


@pytest.mark.django_db
def test_a_program_with_a_strange_name_is_stored_in_plain_letters():
    store.write([hit(ANA, "open", user_agent="Mail\0box\r\n é"), hit(BEN, "open", user_agent="é")])
    assert models.Hit.objects.get(seq=ANA).user_agent == "Mail?box\r\n ?"
    assert models.Hit.objects.get(seq=BEN).user_agent == "é"


@pytest.mark.django_db
def test_the_largest_numbers_a_token_holds_fit():
    store.write([hit(2**32 - 1, "open", campaign=2**32 - 1)])
    assert public.engagement(2**32 - 1).opened == 1


@pytest.mark.django_db
def test_the_events_of_a_message_are_told_in_order():
    store.write(
        [
            hit(ANA, "unsubscribe", 3_000, method="POST", detail="button on the unsubscribe page"),
            hit(ANA, "open", 1_000),
            hit(ANA, "click", 2_000, detail="https://shop.test/ana"),
            hit(ANA, "open", 1_500, method="HEAD"),
            hit(BEN, "open", 1_000),
        ]
    )
    told = [(e.type, e.at_ms, e.label, e.detail) for e in public.events_of(7, ANA)]
    assert told == [
        ("open", 1_000, "", "Mailbox/1.0"),
        ("open", 1_500, "", "Mailbox/1.0 (HEAD)"),
        ("click", 2_000, "", "https://shop.test/ana"),
        ("unsubscribe", 3_000, "", "button on the unsubscribe page"),
    ]


@pytest.mark.django_db
def test_a_click_on_a_campaign_that_is_gone_still_names_its_link():
    store.write([hit(ANA, "click", link=4)])
    assert public.events_of(7, ANA)[0].detail == "link 4"


@pytest.mark.django_db
def test_a_batch_is_written_whole_or_not_at_all():
    with pytest.raises(KeyError):
        store.write([hit(ANA, "open"), hit(BEN, "a kind that does not exist")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM tracking_hit")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_the_messages_behind_a_count_are_told_in_order_and_page_by_page():
    store.write([hit(BEN, "open"), hit(ANA, "open"), hit(CY, "open"), hit(CY, "click", link=0)])
    assert public.messages_that(7, "opened", 0, 2) == [ANA, BEN]
    assert public.messages_that(7, "opened", BEN, 2) == [CY]
    assert public.messages_that(7, "clicked", 0, 2) == [CY]
    assert public.messages_that(7, "unsubscribed", 0, 2) == []
