"""Replies and people slow and suspend lanes; every action is a row that can be undone."""

from dataclasses import replace

import pytest

from house import BUSY, TERMS, furnish, open_route, settlement
from sendoff.campaigns import public as campaigns
from sendoff.lib import rules
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.outbox import public as outbox
from sendoff.outbox import signals
from sendoff.outbox.models import Action, Signal, Tally

pytestmark = pytest.mark.django_db
MINUTE = 60_000


def said(reply: str) -> Outcome:
    """A message that was put off with these words."""
    return replace(BUSY, reply=reply, code=int(reply[:3]))


QUOTA_OF_ADDRESS = said(
    "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP"
    " address [192.0.2.1 15]"
)
QUOTA = said("421 4.7.28 Our system has detected an unusual rate of mail.")
DEFERRED = said("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred")


@pytest.fixture
def house():
    house = furnish()
    for who in ("one", "two"):
        outbox.register(who, "here", 1)
    return house


def sent_to(house, provider: str, count: int = 8, **changes: object):
    """People whose mail this provider takes, and a campaign to them in parcels."""
    for n in range(count):
        house.person(f"p{n}@{provider}.test")
    campaign = house.launched(**changes)
    route = replace(open_route(f"{provider}.test"), provider=provider)
    outbox.save_routes([route])
    ways = campaigns.ways(campaign)
    outbox.pack(campaign.id, ways, outbox.look(campaign.id, ways), TERMS)
    return campaign


def lane(house, provider: str) -> outbox.LaneRow:
    lanes = outbox.lane_overview(house.workspace)
    return next(lane for lane in lanes if lane.provider == provider)


def hear(campaign, *seqs: int, outcome: Outcome, n: int = 1) -> None:
    """Outcomes of attempts on a connection come into the books."""
    rows = []
    for seq in seqs:
        row = settlement(campaign.id, seq, outcome, n)
        row.session_id = f"session {seq}"
        rows.append(row)
    outbox.settle(rows)


def take(worker: str = "one") -> list[outbox.Ticket]:
    return outbox.queue_adapter().take(worker, 5, 60)


def past(ms: int) -> None:
    """Time goes by for actions and signals."""
    for row in Action.objects.all():
        for name in ("since_ms", "until_ms", "stop_until_ms", "step_ms", "undone_ms"):
            if getattr(row, name):
                setattr(row, name, getattr(row, name) - ms)
        row.save()
    for signal in Signal.objects.all():
        signal.at_ms -= ms
        signal.save()


def accepted(campaign, n: int) -> None:
    Tally.objects.create(
        campaign_id=campaign.id, provider="google", state="accepted", stage="accepted",
        fault="", category="", tls=str(n), count=n,
    )  # fmt: skip


def test_a_burst_told_by_two_workers_sets_off_one_action(house):
    campaign = sent_to(house, "yahoo")
    hear(campaign, 1, 2, outcome=DEFERRED)
    hear(campaign, 3, 4, outcome=DEFERRED)
    hear(campaign, 3, 4, outcome=DEFERRED)  # told twice, counted once
    assert Signal.objects.count() == 4
    (action,) = outbox.watch()
    assert outbox.watch() == []
    assert (action.rule, action.kind, action.provider) == ("yahoo-tss04", "suspend", "yahoo")
    assert action.reply == DEFERRED.reply
    assert action.until_ms - action.since_ms == 120 * MINUTE
    assert action.messages == 8
    assert take() == []
    assert {row.hold for row in outbox.messages(campaign.id, outbox.Filter()) if row.parcel_id} == {
        "lane_suspended"
    }


def test_a_single_reply_below_the_threshold_does_nothing(house):
    campaign = sent_to(house, "yahoo")
    hear(campaign, 1, outcome=DEFERRED)
    assert outbox.watch() == []
    assert len(take()) == 1


def test_a_delay_of_our_own_making_never_counts(house):
    campaign = sent_to(house, "yahoo")
    ours = replace(DEFERRED, code=None, fault=Fault.NETWORK)
    hear(campaign, 1, 2, 3, outcome=ours)
    assert not Signal.objects.exists()


def test_an_action_ends_by_itself(house):
    campaign = sent_to(house, "yahoo")
    hear(campaign, 1, 2, outcome=DEFERRED)
    outbox.watch()
    past(120 * MINUTE)
    assert lane(house, "yahoo").actions == ()
    assert len(take()) == 1
    assert outbox.watch() == []


def test_an_undone_action_is_over_and_old_replies_do_not_bring_it_back(house):
    campaign = sent_to(house, "yahoo")
    hear(campaign, 1, 2, outcome=DEFERRED)
    (action,) = outbox.watch()
    outbox.undo(action.id, "ana@shop.test", "they called us")
    assert outbox.watch() == []
    assert len(take()) == 1
    (row,) = outbox.actions(house.workspace)
    assert (row.undone_by, row.undone_why) == ("ana@shop.test", "they called us")
    with pytest.raises(outbox.ActionError, match="not in force"):
        outbox.undo(action.id, "ana@shop.test", "again")


def test_google_s_procedure_stops_for_ten_minutes_and_comes_back_one_connection_at_a_time(house):
    campaign = sent_to(house, "google", 8)
    full = lane(house, "google").connections
    hear(campaign, 1, outcome=QUOTA_OF_ADDRESS)
    (action,) = outbox.watch()
    assert (action.kind, action.rule) == ("recover", "google-quota-address")
    assert action.stop_until_ms - action.since_ms == 10 * MINUTE
    assert take() == []
    past(10 * MINUTE)
    assert lane(house, "google").connections == 1
    assert len(take()) == 1
    outbox.watch()
    assert lane(house, "google").connections == 1  # nothing was accepted yet
    for connections in range(2, full + 1):
        accepted(campaign, connections)
        past(MINUTE)
        outbox.watch()
        assert lane(house, "google").connections == connections
    assert lane(house, "google").actions == ()


def test_the_same_reply_during_recovery_stops_for_ten_minutes_more(house):
    campaign = sent_to(house, "google")
    hear(campaign, 1, outcome=QUOTA_OF_ADDRESS)
    outbox.watch()
    past(15 * MINUTE)
    accepted(campaign, 1)
    outbox.watch()
    assert lane(house, "google").connections == 2
    hear(campaign, 2, outcome=QUOTA_OF_ADDRESS)
    assert outbox.watch() == []
    assert take() == []
    past(10 * MINUTE)
    assert lane(house, "google").connections == 1


def test_where_google_names_no_quota_address_and_domain_are_taken_to_be_over(house):
    campaign = sent_to(house, "google")
    hear(campaign, 1, outcome=QUOTA)
    begun = {(action.server_id is None, action.domain_id is None) for action in outbox.watch()}
    assert begun == {(False, True), (True, False)}


def test_an_action_on_one_sending_domain_leaves_the_lane_to_the_others(house):
    mine = sent_to(house, "google")
    hear(mine, 1, outcome=said("421 4.7.28 an unusual rate of mail from your DKIM domain [x 35]"))
    (action,) = outbox.watch()
    assert (action.domain_id, action.server_id) == (mine.domain_id, None)
    assert take() == []
    assert lane(house, "google").suspended_until_ms == 0


def test_a_suspended_lane_leaves_the_others_alone(house):
    sent_to(house, "google")
    other = sent_to(house, "yahoo")
    outbox.act(lane(house, "google").id, outbox.Act(kind="suspend", why="test", by="ana"))
    assert {ticket.campaign for ticket in take()} == {other.id}


def test_a_slowed_lane_gives_its_pace_and_its_connections(house):
    campaign = sent_to(house, "google")
    wanted = outbox.Act(kind="slow", why="careful", by="ana", per_minute=30, lasts_s=60)
    outbox.act(lane(house, "google").id, wanted)
    row = lane(house, "google")
    assert (row.per_minute, row.pace_rule, row.connections) == (30, "operator: ana", 2)
    (limit,) = outbox.limits_in_force(row.id, campaign.id)
    assert (limit.name, limit.per_minute, limit.rule) == (f"lane:{row.id}", 30, "operator: ana")


def test_draining_finishes_what_was_taken_and_takes_no_more(house):
    sent_to(house, "google", 30)
    (ticket,) = outbox.queue_adapter().take("one", 1, 60)
    outbox.act(lane(house, "google").id, outbox.Act(kind="drain", why="moving", by="ana"))
    assert take("two") == []
    assert not outbox.actions_in_force()[0].stops(0)
    assert len(outbox.letters(ticket.parcel)) == 10


def test_resuming_opens_what_was_shut(house):
    sent_to(house, "google")
    here = lane(house, "google").id
    outbox.act(here, outbox.Act(kind="suspend", why="test", by="ana"))
    outbox.act(here, outbox.Act(kind="drain", why="test", by="ana"))
    assert len(outbox.resume(here, "ben", "all is well")) == 2
    assert len(take()) == 1
    with pytest.raises(outbox.ActionError, match="not shut"):
        outbox.resume(here, "ben", "twice")


def test_expiring_refuses_what_waits_but_not_what_a_worker_has(house):
    campaign = sent_to(house, "google", 30)
    hear(campaign, 30, outcome=BUSY)
    (ticket,) = outbox.queue_adapter().take("one", 1, 60)
    action = outbox.act(lane(house, "google").id, outbox.Act(kind="expire", why="old", by="ana"))
    assert action.messages == 20
    rows = outbox.messages(campaign.id, outbox.Filter(state="refused"))
    assert {(row.category, row.reason) for row in rows} == {
        ("expired_or_network", "Given up by ana: old")
    }
    assert {row.stage for row in rows} == {"queue", "rcpt"}
    assert len(outbox.letters(ticket.parcel)) == 10
    assert outbox.proof(campaign.id) == []
    assert outbox.books(campaign.id).waiting == 10


def test_transactional_mail_goes_first_and_has_others_step_aside(house):
    for n in range(200):
        house.person(f"q{n}@google.test")
    news = sent_to(house, "google", 8)
    assert len(take()) == house.server.connections
    parcel = sent_to(house, "google", 0, name="Your order", purpose="transactional")
    assert outbox.urgent_lanes() == {lane(house, "google").id}
    held = take("two")
    assert held == []
    first = outbox.parcels_of("one")[0]
    outbox.settle([], parcels=[outbox.HandBack(parcel=first, worker="one")])
    assert [ticket.campaign for ticket in take("two")] == [parcel.id]
    assert outbox.urgent_lanes() == frozenset()
    assert news.purpose == "marketing"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kind": "stop"}, "none of"),
        ({"kind": "suspend", "why": " "}, "Say why"),
        ({"kind": "slow"}, "how slow"),
    ],
)
def test_what_can_not_be_done_to_a_lane_is_said(house, wrong, says):
    sent_to(house, "google")
    with pytest.raises(outbox.ActionError, match=says):
        outbox.act(lane(house, "google").id, outbox.Act(**{"why": "test", "by": "ana", **wrong}))


def test_the_provider_s_own_limits_hold_with_rule_and_source(house):
    sent_to(house, "apple")
    row = lane(house, "apple")
    assert row.messages_per_connection == 5
    (term,) = [term for term in row.terms if term.kind == "messages_per_connection"]
    assert term.rule == "limit-apple"
    assert term.source
    assert term.checked


def test_every_rule_proves_itself_by_its_samples():
    assert len(signals.every()) >= 20
    for rule in signals.every().values():
        for sample in rule.sample:
            heard = signals.heard(next(iter(rule.providers), "elsewhere.test"), sample)
            assert heard is not None
            assert heard.id == rule.id, sample


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ('action = "shout"', "action is one of"),
        ('action = "slow"', "says to what"),
        ('action = "recover"', "stop_s"),
    ],
)
def test_a_rule_that_does_not_say_what_to_do_is_refused(tmp_path, changed, says):
    file = tmp_path / "actions.toml"
    file.write_text(
        'schema = "sendoff.outbox.signals:ActionRule"\n[[rule]]\nid = "x"\nscope = "any"\n'
        'decides = "x"\ntext = "busy"\ntimes = 1\nwithin_s = 60\nscopes = ["lane"]\nlasts_s = 60\n'
        f'{changed}\nsample = "busy"\nnot_sample = "free"\nsource = "x"\nchecked = 2026-11-22\n'
    )
    with pytest.raises(rules.RuleError, match=says):
        rules.load(file, signals.ActionRule)


def test_a_refusal_counts_as_a_signal_too(house):
    campaign = sent_to(house, "qq", 8)
    refused = replace(said("550 Ip frequency limited [192.0.2.1]"), kind=Kind.REFUSED)
    hear(campaign, 1, 2, 3, 4, 5, outcome=refused)
    (action,) = outbox.watch()
    assert action.rule == "qq-frequency"
