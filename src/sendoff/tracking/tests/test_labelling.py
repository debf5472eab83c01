"""Labels beside the hits, and the sums that follow them: per message, provider and contact."""

from collections import Counter

import pytest
import time_machine

from house import ACCEPTED, furnish, settlement
from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.tracking import hits, labelling, models, public, store

pytestmark = pytest.mark.django_db(transaction=True)

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
SCANNER = "Barracuda Sentinel (EE)"
ANA, BEN, CY = 1, 2, 3
HOUR = 3_600_000


@pytest.fixture
def sent() -> int:
    """A campaign of ten hours ago: Ana and Ben are at one.test, Cy is at two.test."""
    with time_machine.travel(clock.at(clock.now_ms() - 10 * HOUR)):
        house = furnish()
        for address in ("ana@one.test", "ben@one.test", "cy@two.test"):
            house.person(address)
        campaign = house.launched()
        house.packed(campaign)
        outbox.settle([settlement(campaign.id, seq, ACCEPTED) for seq in (ANA, BEN, CY)])
    return campaign.id


def hit(campaign: int, seq: int, kind: str = "open", after_ms: int = HOUR, **more: object):
    """A hit so long after the message was accepted."""
    accepted = outbox.whose(campaign, [seq])[seq].accepted_ms or 0
    plain = hits.Hit(
        *(campaign, seq, kind, 0 if kind == "click" else None, ""),
        *(accepted + after_ms, FIREFOX, "192.0.2.7", "GET"),
    )
    return plain._replace(**more)


def label(batch: list[hits.Hit]) -> None:
    """Store hits and label them."""
    store.write(batch)
    while labelling.label_fresh():
        pass


def recounted(campaign: int) -> dict[str, Counter[str]]:
    """The counts as the messages say them, to hold the sums against."""
    rows = models.Engagement.objects.filter(campaign_id=campaign)
    return {
        name: Counter(filter(None, rows.values_list(name, flat=True)))
        for name in ("opened_by", "clicked_by")
    }


def sums(campaign: int) -> dict[str, Counter[str]]:
    seen = public.engagement(campaign)
    return {"opened_by": Counter(seen.opened_by), "clicked_by": Counter(seen.clicked_by)}


def test_people_and_machines_are_counted_apart_and_nothing_is_dropped(sent):
    batch = [
        hit(sent, ANA),
        hit(sent, ANA, user_agent=SCANNER),
        hit(sent, BEN, user_agent=SCANNER),
        hit(sent, CY, user_agent="Mozilla/5.0"),
        hit(sent, CY, "click"),
    ]
    label(batch)
    seen = public.engagement(sent)
    assert seen.opened_by == {"human": 1, "machine": 1, "privacy_proxy": 1}
    assert seen.clicked_by == {"human": 1}
    assert (seen.opened, seen.clicked, seen.hits) == (3, 1, 5)
    assert models.Hit.objects.filter(label="").count() == 0
    assert sums(sent) == recounted(sent)


def test_a_hit_is_labelled_only_once_what_came_with_it_is_stored(sent):
    store.write([hit(sent, ANA, "click")._replace(at_ms=clock.now_ms())])
    assert labelling.label_fresh() == 0
    (event,) = public.events_of(sent, ANA)
    assert event.label == ""


def test_all_links_at_once_are_a_scanner_in_any_clothes(sent):
    at_once = [hit(sent, ANA, "click", HOUR + n, link=n) for n in range(4)]
    pixel = hit(sent, ANA, "open", HOUR + 2)
    later = hit(sent, ANA, "click", 2 * HOUR, link=1)
    label([*at_once, pixel, later])
    found = [(event.type, event.label) for event in public.events_of(sent, ANA)]
    assert found.count(("click", "machine")) == 4
    assert ("open", "machine") in found
    assert found[-1] == ("click", "human")
    assert public.engagement(sent).clicked_by == {"human": 1}


def test_links_labelled_in_different_portions_are_still_seen_together(sent, monkeypatch):
    monkeypatch.setattr(labelling, "PORTION", 1)
    label([hit(sent, ANA, "click", HOUR + n, link=n) for n in range(3)])
    assert {event.label for event in public.events_of(sent, ANA)} == {"machine"}


def test_a_click_right_after_acceptance_is_a_machine(sent):
    label([hit(sent, ANA, "click", 700), hit(sent, BEN, "click", 7_000)])
    (ana,), (ben,) = public.events_of(sent, ANA), public.events_of(sent, BEN)
    assert (ana.label, ana.rule) == ("machine", "click-too-soon")
    assert ana.why.startswith("The link was followed within two seconds")
    assert ben.label == "human"


def test_who_follows_the_hidden_link_is_a_machine_and_the_others_are_not(sent):
    label(
        [
            hit(sent, ANA, "trap", HOUR),
            hit(sent, ANA, "click", HOUR + 100),
            hit(sent, ANA, "click", HOUR + 200, ip="198.51.100.1"),
        ]
    )
    found = [(event.type, event.label) for event in public.events_of(sent, ANA)]
    assert found == [("trap", "machine"), ("click", "machine"), ("click", "human")]
    assert public.engagement(sent).clicked == 1


def test_it_is_kept_per_provider_and_per_contact(sent):
    label([hit(sent, ANA), hit(sent, BEN, user_agent=SCANNER), hit(sent, CY)])
    assert public.by_provider(sent) == {
        "one.test": {("open", "human"): 1, ("open", "machine"): 1},
        "two.test": {("open", "human"): 1},
    }
    ana = outbox.whose(sent, [ANA])[ANA]
    (kept,) = public.kept_of(ana.contact_id)
    assert (kept.kind, kept.label, kept.messages) == ("open", "human", 1)
    assert kept.last_ms == (ana.accepted_ms or 0) + HOUR


def test_a_person_who_comes_after_the_machine_moves_the_message(sent):
    label([hit(sent, ANA, user_agent=SCANNER)])
    assert public.engagement(sent).opened_by == {"machine": 1}
    label([hit(sent, ANA, after_ms=2 * HOUR)])
    assert public.engagement(sent).opened_by == {"human": 1}
    label([hit(sent, ANA, after_ms=3 * HOUR, user_agent=SCANNER)])
    assert public.engagement(sent).opened_by == {"human": 1}
    assert sums(sent) == recounted(sent)


def test_labels_made_anew_bring_the_sums_along(sent):
    label([hit(sent, ANA), hit(sent, ANA, "click"), hit(sent, BEN)])
    models.Hit.objects.filter(seq=ANA).update(user_agent=SCANNER)  # as if a rule had changed
    assert sum(public.relabel()) == 3
    seen = public.engagement(sent)
    assert (seen.opened_by, seen.clicked_by) == ({"human": 1, "machine": 1}, {"machine": 1})
    assert (seen.opened, seen.clicked, seen.hits) == (2, 1, 3)
    assert models.Engagement.objects.get(pk=(sent, ANA)).opens == 1
    assert sums(sent) == recounted(sent)
    assert public.by_provider(sent)["one.test"]["open", "human"] == 1
    (_, opened) = public.kept_of(outbox.whose(sent, [ANA])[ANA].contact_id)
    assert (opened.label, opened.messages) == ("machine", 1)
    assert sum(public.relabel(sent + 1)) == 0


def test_hits_on_messages_that_nobody_knows_are_labelled_too(sent):
    stray = hit(sent, ANA)._replace(campaign=99, seq=7, at_ms=1_000)
    label([stray, hit(sent, ANA)._replace(method="HEAD")])
    assert public.engagement(99).opened_by == {"human": 1}
    assert public.engagement(sent).opened_by == {}
    assert set(models.Hit.objects.values_list("label", flat=True)) == {"human", "machine"}


def test_those_counted_under_a_label_are_behind_its_number(sent):
    label([hit(sent, ANA), hit(sent, BEN, user_agent=SCANNER)])
    assert public.messages_that(sent, "opened_human", 0, 10) == [ANA]
    assert public.messages_that(sent, "opened_machine", 0, 10) == [BEN]


def test_labels_made_anew_leave_unsubscribes_and_the_last_seconds_alone(sent):
    label([hit(sent, ANA)])
    store.opt_out(hit(sent, ANA, "unsubscribe", HOUR, method="POST", detail="button"))
    store.write([hit(sent, BEN)._replace(at_ms=clock.now_ms())])
    assert sum(public.relabel()) == 1
    seen = public.engagement(sent)
    assert (seen.opened, seen.opened_lately, seen.unsubscribed, seen.hits) == (1, 1, 1, 3)
