"""What a person should look at, from a picture. Pure: it names buttons and presses none."""

from collections import defaultdict
from dataclasses import dataclass

from sendoff.insight import advice
from sendoff.insight.picture import Picture
from sendoff.mail.stages import STAGES, State
from sendoff.outbox import public as outbox

_NAMED = 3  # providers named in a sentence; more are counted


@dataclass(frozen=True, kw_only=True)
class Attention:
    """One thing to look at: `rule` names it for programs, `count` messages are affected."""

    rule: str
    sentence: str
    stage: str = ""  # where most of them stopped
    stages: tuple[str, ...] = ()  # everywhere they stopped
    fault: str = ""
    state: str = ""
    category: str = ""
    provider: str = ""
    count: int = 0
    until_ms: int | None = None
    why: str = ""
    actions: tuple[advice.Action, ...] = ()


def look(picture: Picture) -> list[Attention]:
    """Everything that asks for a person, the gravest first."""
    return [
        *_books(picture),
        *_nobody_sends(picture),
        *_unknown(picture),
        *_slow_lanes(picture),
        *_our_faults(picture),
    ]


def _books(picture: Picture) -> list[Attention]:
    if picture.books.balanced:
        return []
    sentence = "The books do not balance: the people counted at Send and the rows differ."
    why = (
        "This is a fault of Sendoff, not of the mail. “sendoff campaign show” names the difference."
    )
    return [Attention(rule="books", sentence=sentence, why=why)]


def _nobody_sends(picture: Picture) -> list[Attention]:
    if not picture.under_way or picture.workers_alive or not picture.books.waiting:
        return []
    count = picture.books.waiting
    return [
        Attention(
            rule="no-worker",
            sentence=f"No worker is running, so {count:,} wait. Start “sendoff run”.",
            fault="our_config",
            state=State.WAITING,
            count=count,
            why="Workers are the processes that send; each gives a sign of life every few seconds.",
        )
    ]


def _unknown(picture: Picture) -> list[Attention]:
    count = picture.undecided
    if not count:
        return []
    rule = advice.advise(State.UNKNOWN, "data", "", "")
    sentence = (
        f"{count:,} we don't know: the line was cut after the last dot. They may have it already."
    )
    stage = next((t.stage for t in picture.tallies if t.state == State.UNKNOWN), "data")
    return [
        Attention(
            rule="unknown",
            sentence=sentence,
            stage=stage,
            fault="network",
            state=State.UNKNOWN,
            count=count,
            why=rule.why if rule else "",
            actions=_actions(rule),
        )
    ]


def _slow_lanes(picture: Picture) -> list[Attention]:
    waiting = _by_provider(picture, State.WAITING)
    now = picture.books.at_ms
    shut = [
        lane for lane in picture.lanes if lane.suspended_until_ms > now and waiting[lane.provider]
    ]
    return [_slow_lane(lane, waiting[lane.provider]) for lane in shut]


def _slow_lane(lane: outbox.LaneRow, waiting: int) -> Attention:
    reason = f" ({lane.why})" if lane.why else ""
    rule = advice.advise(State.WAITING, "mail", "our_pace", "rate_limited")
    return Attention(
        rule="lane-suspended",
        sentence=f"{lane.provider} asked us to slow down{reason}. {waiting:,} wait.",
        stage="pace",
        fault="our_pace",
        state=State.WAITING,
        provider=lane.provider,
        count=waiting,
        until_ms=lane.suspended_until_ms,
        why=rule.why if rule else "",
        actions=_actions(rule),
    )


def _our_faults(picture: Picture) -> list[Attention]:
    """One for each advice and reason, whichever stages it was met at."""
    groups: dict[tuple[str, str, str, str], list[outbox.Tally]] = defaultdict(list)
    for tally in picture.tallies:
        rule = advice.advise(tally.state, tally.stage, tally.fault, tally.category)
        if rule and rule.attention and tally.state in (State.REFUSED, State.WAITING):
            groups[rule.id, tally.state, tally.fault, tally.category].append(tally)
    found = [_our_fault(tallies) for tallies in groups.values()]
    return sorted(found, key=lambda each: -each.count)


def _our_fault(tallies: list[outbox.Tally]) -> Attention:
    first = max(tallies, key=lambda tally: tally.count)
    count = sum(tally.count for tally in tallies)
    rule = advice.advise(first.state, first.stage, first.fault, first.category)
    providers = sorted({tally.provider for tally in tallies if tally.provider})
    verb = "refused" if first.state == State.REFUSED else "waiting"
    sentence = f"{count:,} {verb}, {_named(providers)}: {advice.category_words(first.category)}."
    return Attention(
        rule=rule.id if rule else "",
        sentence=f"{sentence} {rule.sentence}" if rule else sentence,
        stage=first.stage,
        stages=tuple(s.name for s in STAGES if s.name in {tally.stage for tally in tallies}),
        fault=first.fault,
        state=first.state,
        category=first.category,
        provider=providers[0] if len(providers) == 1 else "",
        count=count,
        why=rule.why if rule else "",
        actions=_actions(rule),
    )


def _named(providers: list[str]) -> str:
    if not providers:
        return "no provider yet"
    if len(providers) <= _NAMED:
        return ", ".join(providers)
    return f"{', '.join(providers[: _NAMED - 1])} and {len(providers) - _NAMED + 1} more"


def _by_provider(picture: Picture, state: State) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for tally in picture.tallies:
        if tally.state == state:
            counts[tally.provider] += tally.count
    return counts


def _actions(rule: advice.Advice | None) -> tuple[advice.Action, ...]:
    return tuple(advice.ACTIONS[key] for key in rule.actions) if rule else ()
