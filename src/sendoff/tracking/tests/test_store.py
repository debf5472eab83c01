"""Hits in the database: the rows, the sums beside them, and that these never disagree."""

import random

import pytest
from django.db import IntegrityError, connection
from django.db.models import Count, Q

from sendoff.lib import clock
from sendoff.tracking import hits, labelling, models, public, store

ANA, BEN, CY = 1, 2, 3


def hit(seq: int, kind: str, at_ms: int = 1_000, **more: object) -> hits.Hit:
    plain = hits.Hit(7, seq, kind, None, "", at_ms, "Mailbox/1.0", "192.0.2.7", "GET")
    return plain._replace(**more)


def come_in(batch: list[hits.Hit]) -> None:
    """Store hits and count them, as the web process and the clerk do one after the other."""
    others = [each for each in batch if each.kind != hits.UNSUBSCRIBE]
    for each in batch:
        if each not in others:
            store.opt_out(each)
    store.write(others)
    while labelling.label_fresh():
        pass


def counts(campaign: int) -> tuple[int, int, int, int]:
    seen = public.engagement(campaign)
    return seen.opened, seen.clicked, seen.unsubscribed, seen.hits


def recount(campaign: int) -> tuple[int, int, int, int]:
    rows = models.Engagement.objects.filter(campaign_id=campaign).aggregate(
        opened=Count("seq", filter=Q(opens__gt=0)),
        clicked=Count("seq", filter=Q(clicks__gt=0)),
        unsubscribed=Count("seq", filter=Q(unsubscribed_ms__isnull=False)),
    )
    number = models.Hit.objects.filter(campaign_id=campaign).count()
    return rows["opened"], rows["clicked"], rows["unsubscribed"], number


@pytest.mark.django_db
def test_a_campaign_that_brought_nothing_back_counts_nothing():
    assert public.engagement(7) == public.Engagement()
    assert public.events_of(7, ANA) == []


@pytest.mark.django_db
def test_each_message_counts_once_however_often_it_is_opened():
    come_in([hit(ANA, "open"), hit(ANA, "open", 1_500), hit(BEN, "open")])
    come_in([hit(ANA, "open", 2_000), hit(CY, "click", link=0)])
    assert counts(7) == (2, 1, 0, 5)
    ana = models.Engagement.objects.get(pk=(7, ANA))
    assert (ana.opens, ana.first_open_ms, ana.first_click_ms) == (3, 1_000, None)


@pytest.mark.django_db
def test_unsubscribing_twice_counts_once():
    for at_ms in (1_000, 2_000):
        store.opt_out(hit(ANA, "unsubscribe", at_ms, method="POST", detail="button"))
    assert public.engagement(7).unsubscribed == 1
    assert models.Engagement.objects.get(pk=(7, ANA)).unsubscribed_ms == 1_000


@pytest.mark.django_db
def test_head_is_a_hit_but_nobody_saw_anything():
    come_in([hit(ANA, "open", method="HEAD"), hit(ANA, "click", link=0, method="HEAD")])
    assert counts(7) == (0, 0, 0, 2)
    assert models.Hit.objects.filter(method="HEAD").count() == 2


@pytest.mark.django_db
def test_campaigns_are_counted_apart():
    come_in([hit(ANA, "open"), hit(ANA, "open", campaign=8), hit(BEN, "open", campaign=8)])
    assert public.engagement(7).opened == 1
    assert public.engagement(8).opened == 2


@pytest.mark.django_db
def test_the_tally_equals_a_recount_after_a_random_flood():
    chance = random.Random(5)
    for _ in range(30):
        come_in(
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
    assert counts(7) == recount(7)
    assert counts(8) == recount(8)
    assert public.engagement(7).hits > 100


@pytest.mark.django_db
def test_a_program_with_a_strange_name_is_stored_in_plain_letters():
    store.write([hit(ANA, "open", user_agent="Mail\0box\r\n é"), hit(BEN, "open", user_agent="é")])
    assert models.Hit.objects.get(seq=ANA).user_agent == "Mail?box\r\n ?"
    assert models.Hit.objects.get(seq=BEN).user_agent == "é"


@pytest.mark.django_db
def test_the_largest_numbers_a_token_holds_fit():
    come_in([hit(2**32 - 1, "open", campaign=2**32 - 1)])
    assert public.engagement(2**32 - 1).opened == 1


@pytest.mark.django_db
def test_the_events_of_a_message_are_told_in_order():
    store.opt_out(
        hit(ANA, "unsubscribe", 3_000, method="POST", detail="button on the unsubscribe page")
    )
    store.write(
        [
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
        ("unsubscribe", 3_000, "human", "button on the unsubscribe page"),
    ]


@pytest.mark.django_db
def test_a_click_on_a_campaign_that_is_gone_still_names_its_link():
    store.write([hit(ANA, "click", link=4)])
    assert public.events_of(7, ANA)[0].detail == "link 4"


@pytest.mark.django_db
def test_a_batch_is_written_whole_or_not_at_all():
    with pytest.raises(IntegrityError):
        store.write([hit(ANA, "open"), hit(BEN, "open", ip=None)])
    assert models.Hit.objects.count() == 0


@pytest.mark.django_db
def test_the_messages_behind_a_count_are_told_in_order_and_page_by_page():
    come_in([hit(BEN, "open"), hit(ANA, "open"), hit(CY, "open"), hit(CY, "click", link=0)])
    assert public.messages_that(7, "opened", 0, 2) == [ANA, BEN]
    assert public.messages_that(7, "opened", BEN, 2) == [CY]
    assert public.messages_that(7, "clicked", 0, 2) == [CY]
    assert public.messages_that(7, "unsubscribed", 0, 2) == []


@pytest.mark.django_db
def test_what_is_not_counted_yet_is_told_apart():
    now = clock.now_ms()
    store.write([hit(ANA, "open", now), hit(ANA, "open", now), hit(BEN, "click", now, link=0)])
    assert labelling.label_fresh() == 0
    seen = public.engagement(7)
    assert (seen.opened, seen.opened_lately, seen.clicked_lately, seen.hits) == (0, 1, 1, 3)


@pytest.mark.django_db
def test_hits_without_a_label_are_found_by_their_index():
    if connection.vendor != "sqlite":
        return  # PostgreSQL chooses by what the table is like
    for name in ("ripe", "fresh"):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {store._SQL[name]}", (1, 1))
            assert "tracking_hit_no_label" in str(cursor.fetchall())
