"""What happens after an attempt follows the campaign's own rules."""

from sendoff.mail.stages import Fault, Kind, Outcome, State
from sendoff.outbox.terms import LAST_WAIT_S, Terms, decide

TERMS = Terms(
    retry_after_s=(300, 900), time_to_live_ms=48 * 3_600_000, paused_ms=0, resend_unknown=False
)
BUSY = Outcome(
    kind=Kind.DEFERRED, stage="rcpt", fault=Fault.RECIPIENT_SYSTEM, category="rate_limited"
)
CUT = Outcome(kind=Kind.UNKNOWN, stage="data", fault=Fault.NETWORK, category="expired_or_network")


def wait_s(attempt: int, outcome: Outcome = BUSY, terms: Terms = TERMS) -> float:
    decision = decide(outcome, terms, attempt=attempt, first_ms=0, now_ms=1_000)
    assert decision.state is State.WAITING
    return (decision.due_ms - 1_000) / 1000


def test_waits_follow_the_schedule_with_a_little_jitter():
    assert 300 <= wait_s(1) <= 330
    assert 900 <= wait_s(2) <= 990


def test_past_the_schedule_the_last_wait_doubles_up_to_six_hours():
    assert 1800 <= wait_s(3) <= 1980
    slow = Terms(retry_after_s=(14400,), time_to_live_ms=10**9, paused_ms=0, resend_unknown=False)
    assert LAST_WAIT_S <= wait_s(5, terms=slow) <= LAST_WAIT_S * 1.1


def test_the_other_side_may_ask_for_longer():
    patient = Outcome(kind=Kind.DEFERRED, stage="rcpt", retry_after_s=3600)
    assert wait_s(1, patient) >= 3600


def test_the_last_try_is_at_the_end_of_the_time_to_live_and_then_it_is_refused():
    end = TERMS.time_to_live_ms
    last = decide(BUSY, TERMS, attempt=9, first_ms=0, now_ms=end - 1000)
    assert (last.state, last.due_ms) == (State.WAITING, end)
    over = decide(BUSY, TERMS, attempt=10, first_ms=0, now_ms=end)
    assert (over.state, over.category) == (State.REFUSED, "expired_or_network")


def test_time_spent_paused_does_not_count():
    paused = Terms(retry_after_s=(300,), time_to_live_ms=1000, paused_ms=5000, resend_unknown=False)
    assert decide(BUSY, paused, attempt=1, first_ms=0, now_ms=4000).state is State.WAITING


def test_an_unknown_fate_is_held_unless_the_campaign_says_send_again():
    held = decide(CUT, TERMS, attempt=1, first_ms=0, now_ms=0)
    assert held.state is State.UNKNOWN
    again = Terms(retry_after_s=(300,), time_to_live_ms=10**9, paused_ms=0, resend_unknown=True)
    assert decide(CUT, again, attempt=1, first_ms=0, now_ms=0).state is State.WAITING
    assert decide(CUT, again, attempt=1, first_ms=0, now_ms=10**9).state is State.UNKNOWN
