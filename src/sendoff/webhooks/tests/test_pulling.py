"""What happens is told to who chose it: all of it, once, in order, whoever dies meanwhile."""

import json
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

import house as furniture
from sendoff.accounts import public as accounts
from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.feedback import acting as feedback_acting
from sendoff.feedback.effects import Happening, Kind, Source
from sendoff.lib import clock
from sendoff.mail.stages import Fault, Outcome
from sendoff.mail.stages import Kind as Ended
from sendoff.outbox import public as outbox
from sendoff.reputation import asking, noting, zones
from sendoff.senders import public as senders
from sendoff.tracking import hits, store
from sendoff.tracking import public as tracking
from sendoff.webhooks import catalogue, sources
from sendoff.webhooks import public as webhooks
from sendoff.webhooks.models import Delivery, Mark

URL = "https://crm.test/hook"
EVERYTHING = [event.id for event in catalogue.emitted()]
NOBODY = Outcome(
    kind=Ended.REFUSED,
    stage="rcpt",
    fault=Fault.RECIPIENT,
    category="bad_mailbox",
    code=550,
    enhanced="5.1.1",
    reply="550 5.1.1 no such user",
)
CUT = Outcome(kind=Ended.UNKNOWN, stage="data", fault=Fault.NETWORK)


def listening(house, *kinds):
    return webhooks.add(house.workspace, URL, kinds or EVERYTHING, "ana@shop.test").endpoint


def pulled():
    """Everything there is to pull; the bodies in the order they will be sent."""
    while webhooks.pull():
        pass
    rows = Delivery.objects.order_by("id")
    return [json.loads(row.body) for row in rows]


def kinds():
    return [told["type"] for told in pulled()]


def settled(campaign, seq, outcome, n=1):
    outbox.settle([furniture.settlement(campaign, seq, outcome, n)])


def came_back(house, campaign, seq, kind, source=Source.DSN, **what):
    """As feedback notes it."""
    subject = outbox.subject(campaign, seq)
    news = feedback_acting.News(
        subject=subject,
        what=Happening(kind=kind, source=source, **what),
        key=f"{kind}:{campaign}.{seq}",
        at_ms=clock.now_ms(),
        status="5.1.1",
        text="550 5.1.1 no such user",
    )
    with transaction.atomic():
        feedback_acting.act([news])


def hit(campaign, seq, kind, **more):
    told = {"link": None, "detail": "", "user_agent": "Mozilla/5.0", "ip": "192.0.2.7"}
    store.write(
        [
            hits.Hit(
                campaign=campaign,
                seq=seq,
                kind=kind,
                at_ms=clock.now_ms() - 60_000,
                method="GET",
                **(told | more),
            )
        ]
    )


def a_whole_life(house):
    """Everything that the catalogue tells of, done through the rooms as in life."""
    for name in ("ana", "ben", "cy", "di"):
        house.person(f"{name}@gmall.test", first_name=name)
    audience.suppress(house.workspace, "di@gmall.test", "manual", "Di asked on the phone.")
    campaign = house.launched().id
    by = "ana@shop.test"
    settled(campaign, 1, furniture.BUSY)
    campaigns.mark(campaign, campaigns.Badge.SENDING, "The first parcel was claimed.")
    campaigns.pause(campaign, by, "A typo.")
    campaigns.resume(campaign, by)
    settled(campaign, 1, furniture.ACCEPTED, n=2)
    settled(campaign, 2, NOBODY)
    settled(campaign, 3, CUT)
    assert outbox.finish() == [campaign]
    for kind in (Kind.BOUNCE, Kind.SOFT_BOUNCE, Kind.DELAYED, Kind.CONFIRMED, Kind.UNSUBSCRIBE):
        came_back(house, campaign, 2, kind, category="bad_mailbox", fault="recipient")
    came_back(house, campaign, 1, Kind.COMPLAINT, Source.ARF, category="complaint")
    hit(campaign, 1, "open")
    hit(campaign, 1, "click", link=0)
    hit(campaign, 1, "unsubscribe", detail="one-click")
    assert tracking.label_fresh()
    audience.unsuppress(house.workspace, "di@gmall.test", "Di changed her mind.")
    house.packed(house.launched())
    _lanes_and_servers(house, by)
    _blocklists(house)
    again = house.launched().id
    campaigns.cancel(again, by, "Not needed.")
    _imports(house)
    return campaign


def _lanes_and_servers(house, by):
    lane = outbox.lane_overview(house.workspace)[0]
    act = outbox.Act(kind="slow", why="They asked.", by=by, per_minute=1)
    outbox.undo(outbox.act(lane.id, act).id, by, "They are fine again.")
    signs = senders.Signs(
        server_id=house.server.id,
        driver="smtp",
        provider="gmall.test",
        failures=1_000,
        last_ms=clock.now_ms(),
        stage="connect",
        fault="network",
        category="expired_or_network",
        reply="connection refused",
    )
    assert senders.examine([signs])
    assert senders.well(house.server.id, by)


def _blocklists(house):
    for state, why in ((zones.State.LISTED, "it wrote to a trap"), (zones.State.CLEAN, "")):
        verdict = zones.Verdict(state=state, why=why, codes=("127.0.0.2",))
        asked = asking.Asked(subject="192.0.2.10", zone="psbl", verdict=verdict)
        known = {zone.id: zone for zone in zones.known()}
        noting.note([asked], {"192.0.2.10": frozenset({house.workspace})}, known)


def _imports(house):
    from sendoff.lib.config import config

    folder = Path(config().data)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("good.csv", "email\neve@gmall.test\n"), ("bad.csv", "no header here\n")):
        (folder / name).write_text(text)
        audience.run_import(house.workspace, house.list, folder / name)


def test_a_whole_life_tells_every_event_with_exactly_its_fields(house):
    listening(house)
    a_whole_life(house)
    told = pulled()
    webhooks.pull_attention()
    told = pulled()
    for each in told:
        assert set(each) == {"type", "timestamp", "version", "data"}
        assert catalogue.every()[each["type"]].faults(each["data"]) == []
    assert {each["type"] for each in told} == set(EVERYTHING)


def test_done_comes_with_books_that_balance(house):
    listening(house, "campaign.done")
    campaign = a_whole_life(house)
    (done,) = pulled()
    books = done["data"]["books"]
    assert done["data"]["campaign"] == campaign
    assert books["balanced"]
    states = ("accepted", "refused", "skipped", "waiting", "unknown")
    assert books["audience"] == 4 == sum(books[name] for name in states)


def test_what_happened_twice_is_told_twice_and_what_is_read_twice_once(house):
    listening(house)
    a_whole_life(house)
    told = pulled()
    Mark.objects.update(at=0)
    webhooks.pull_late()
    assert len(pulled()) == len(told)


def test_messages_are_told_in_the_order_they_were_settled_each_with_its_words(house):
    for name in ("ana", "ben"):
        house.person(f"{name}@gmall.test")
    listening(house, "message.accepted", "message.deferred", "message.refused")
    campaign = house.launched().id
    settled(campaign, 2, furniture.BUSY)
    settled(campaign, 1, NOBODY)
    settled(campaign, 2, furniture.ACCEPTED, n=2)
    told = pulled()
    assert [(t["type"], t["data"]["attempt"]) for t in told] == [
        ("message.deferred", 1),
        ("message.refused", 1),
        ("message.accepted", 2),
    ]
    refused = told[1]["data"]
    assert refused["email"] == "ana@gmall.test"
    assert refused["message_id"] == campaigns.message_id(campaign, 1)
    assert (refused["code"], refused["reply"]) == (550, "550 5.1.1 no such user")


def test_only_what_was_chosen_is_told_and_only_to_who_chose_it(house):
    first = listening(house, "campaign.paused")
    second = listening(house, "campaign.done", "contact.suppressed")
    a_whole_life(house)
    pulled()
    of = {
        row.id: {d.kind for d in webhooks.deliveries(house.workspace, row.id)}
        for row in (first, second)
    }
    assert of == {
        first.id: {"campaign.paused"},
        second.id: {"campaign.done", "contact.suppressed"},
    }


def test_another_workspace_hears_nothing_of_anas_campaigns(house):
    ben = accounts.create_owner("ben@other.test", "correct horse battery", "Ben's shop")
    theirs = webhooks.add(ben.workspace_id, URL, EVERYTHING, "ben@other.test").endpoint
    a_whole_life(house)
    pulled()
    told = {d.kind for d in webhooks.deliveries(ben.workspace_id, theirs.id)}
    assert told == set()


def test_what_happened_before_is_not_told(house):
    a_whole_life(house)
    listening(house)
    later = listening(house)
    webhooks.pull_late()
    assert kinds() == []
    audience.suppress(house.workspace, "cy@gmall.test", "manual", "Cy asked.")
    assert kinds() == ["contact.suppressed"] * 2
    assert later.id


def test_without_listeners_nothing_is_noted_and_leftovers_are_let_go(house):
    made = listening(house, "message.accepted")
    house.person("ana@gmall.test")
    campaign = house.launched().id
    settled(campaign, 1, furniture.BUSY)
    webhooks.switch(house.workspace, made.id, False)
    settled(campaign, 1, furniture.ACCEPTED, n=2)
    assert outbox.any_news()
    assert kinds() == []
    assert not outbox.any_news()
    assert not Mark.objects.exists()


def test_what_cannot_be_stored_is_read_again_and_nothing_is_lost(house):
    listening(house, "message.accepted", "contact.suppressed")
    house.person("ana@gmall.test")
    settled(house.launched().id, 1, furniture.ACCEPTED)
    audience.suppress(house.workspace, "cy@gmall.test", "manual", "Cy asked.")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE webhooks_delivery RENAME TO out_of_reach")
        for _ in range(2):
            with pytest.raises(DatabaseError, match="webhooks_delivery"):
                webhooks.pull()
        cursor.execute("ALTER TABLE out_of_reach RENAME TO webhooks_delivery")
    assert sorted(kinds()) == ["contact.suppressed", "message.accepted"]


def test_an_opt_out_is_told_once_however_often_and_whichever_way(house):
    listening(house, "contact.unsubscribed")
    house.person("ana@gmall.test")
    campaign = house.launched().id
    settled(campaign, 1, furniture.ACCEPTED)
    hit(campaign, 1, "unsubscribe", detail="one-click")
    hit(campaign, 1, "unsubscribe", detail="link")
    tracking.label_fresh()
    came_back(house, campaign, 1, Kind.UNSUBSCRIBE, Source.MAILTO)
    (told,) = pulled()
    assert told["data"]["email"] == "ana@gmall.test"


def test_a_page_that_is_full_is_read_on_at_once(house):
    listening(house, "message.accepted")
    people = [f"p{n}@gmall.test" for n in range(sources.PAGE + 1)]
    for address in people:
        house.person(address)
    campaign = house.launched().id
    outbox.settle(
        [furniture.settlement(campaign, n + 1, furniture.ACCEPTED) for n in range(len(people))]
    )
    assert webhooks.pull() == 1
    assert [told["data"]["email"] for told in pulled()] == people
