"""What a person should look at, from a picture. Pure: it names buttons and presses none."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from sendoff.insight import advice, waiting
from sendoff.insight.picture import Picture
from sendoff.mail.stages import STAGES, State
from sendoff.outbox import public as outbox
from sendoff.smtp import providers

IDLE_MS = 5 * 60_000  # so long without a worker is no restart any more
_EXPIRED = "Every try until then was put off or found nobody."
_EXPIRED_WHY = (
    "The time to live is a setting of the campaign; trying again starts it anew."
    " Nobody is taken off your lists for this."
)
_IN_CLEAR_WHY = (
    "Anyone on the way can read such mail, and some receivers trust it less. Only the other side"
    " can offer TLS; where it is a relay of yours, “Check it now” on its page has the lines."
)
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
    retry: str = ""  # a word of outbox.Only: these can be had tried again

    @property
    def arrived(self) -> bool:
        """Whether it is about mail that was accepted: to know, and nothing to decide."""
        return self.state == State.ACCEPTED


def look(picture: Picture) -> list[Attention]:
    """Everything that asks for a person, the gravest first."""
    return [
        *_books(picture),
        *_nobody_sends(picture),
        *_unknown(picture),
        *_slow_lanes(picture),
        *_listed(picture),
        *_our_faults(picture),
        *_domain(picture),
        *_in_clear(picture),
        *_nobody_listens(picture),
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
    if picture.idle_since_ms is None:
        return []
    count, now = picture.books.waiting, picture.books.at_ms
    sentence = f"No worker is running, so {count:,} wait. Start one: sendoff worker"
    if now - picture.idle_since_ms >= IDLE_MS:
        seen = waiting.no_worker(picture.worker_seen_ms, now)
        sentence = f"Nothing is being sent: {seen}. {waiting.START}"
    return [
        Attention(
            rule="no-worker",
            sentence=sentence,
            fault="our_config",
            state=State.WAITING,
            count=count,
            why="Workers are the processes that send; each gives a sign of life every few seconds.",
        )
    ]


def _domain(picture: Picture) -> list[Attention]:
    """Records of its From domain that were right, and are not any more."""
    return [
        Attention(
            rule="domain-broke",
            sentence=f"{change.purpose}: it was right before. {change.sentence}",
            stage="accepted",
            fault="our_domain",
            count=picture.books.waiting,
            why="What waits is sent all the same, and may be refused. The page of the domain says"
            " since when, and what to publish.",
            actions=(advice.ACTIONS["domains"],),
        )
        for change in picture.broken
    ]


def _nobody_listens(picture: Picture) -> list[Attention]:
    """Of a campaign that was accepted: whether the workspace ever hears of what comes back."""
    if picture.listening is None or not (picture.listening.silent and picture.books.accepted):
        return []
    return [
        Attention(
            rule="nobody-listens",
            sentence=picture.listening.sentence,
            stage="feedback",
            fault="our_config",
            state=State.ACCEPTED,
            count=picture.books.accepted,
            why=(
                "Bounces and complaints that nobody reads cost reputation. “What comes back”, under"
                " Delivery, sends a mail that must come back."
            ),
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
    held = _by_provider(picture, State.WAITING)
    now = picture.books.at_ms
    shut = [lane for lane in picture.lanes if lane.suspended_until_ms > now and held[lane.provider]]
    return [_slow_lane(lane, held[lane.provider]) for lane in shut]


def _slow_lane(lane: outbox.LaneRow, held: int) -> Attention:
    reason = f" ({lane.why})" if lane.why else ""
    who = f"{lane.provider} asked us to slow down{reason}"
    if lane.rule.startswith(outbox.OPERATOR):
        who = f"The lane of {lane.provider} was shut by {lane.by}{reason}"
    rule = advice.advise(State.WAITING, "mail", "our_pace", "rate_limited")
    return Attention(
        rule="lane-suspended",
        sentence=f"{who}. {held:,} wait.",
        stage="pace",
        fault="our_pace",
        state=State.WAITING,
        provider=lane.provider,
        count=held,
        until_ms=lane.suspended_until_ms if lane.suspended_until_ms < outbox.FOR_EVER_MS else None,
        why=rule.why if rule else "",
        actions=_actions(rule),
    )


def _listed(picture: Picture) -> list[Attention]:
    """Addresses of ours that blocklists have, while somebody still waits."""
    if not picture.under_way:
        return []
    return [
        Attention(
            rule=f"listed-{each.zone}",
            sentence=f"{each.subject}, which we send from, is listed at {each.zone_name}:"
            f" {each.why}.",
            stage="connect",
            fault="our_ip",
            state=State.WAITING,
            count=picture.books.waiting,
            why=(
                "Receivers that go by this list refuse mail, so the lanes are slowed until it is"
                " out. “Blocklists”, under Delivery, has the way out of the list."
            ),
            actions=(advice.Action(key="blocklists", label="See blocklists"),),
        )
        for each in picture.listed
    ]


def _our_faults(picture: Picture) -> list[Attention]:
    """One for each advice and reason, whichever stages it was met at."""
    groups: dict[tuple[str, str, str, str], list[outbox.Tally]] = defaultdict(list)
    for tally in picture.tallies:
        rule = _rule(tally)
        if rule and rule.attention and tally.state in (State.REFUSED, State.WAITING):
            groups[rule.id, tally.state, tally.fault, tally.category].append(tally)
    found = [_our_fault(tallies) for tallies in groups.values()]
    return sorted(found, key=lambda each: -each.count)


def _our_fault(tallies: list[outbox.Tally]) -> Attention:
    first = max(tallies, key=lambda tally: tally.count)
    count = sum(tally.count for tally in tallies)
    rule = _rule(first)
    providers = sorted({tally.provider for tally in tallies if tally.provider})
    retry = _retry(first, rule)
    return Attention(
        rule=rule.id if rule else "",
        sentence=f"{_ended(first, count, providers)} {rule.sentence if rule else ''}".strip(),
        stage=first.stage,
        stages=tuple(s.name for s in STAGES if s.name in {tally.stage for tally in tallies}),
        fault=first.fault,
        state=first.state,
        category=first.category,
        provider=providers[0] if len(providers) == 1 else "",
        count=count,
        why=rule.why if rule else "",
        actions=(*_actions(rule), *_try_again(retry, count)),
        retry=retry,
    )


def _in_clear(picture: Picture) -> list[Attention]:
    """Mail that was accepted without encryption: by whom, and what they are known to do with it."""
    clear: Counter[str] = Counter()
    for tally in picture.tallies:
        if tally.state == State.ACCEPTED and tally.tls == "none":
            clear[tally.provider] += tally.count
    if not clear:
        return []
    names = [name for name, _ in clear.most_common()]
    known = [providers.in_clear(name) for name in names if providers.in_clear(name)]
    sentence = f"{clear.total():,} went without encryption, {_named(names)}: no TLS was offered."
    return [
        Attention(
            rule="in-clear",
            sentence=" ".join([sentence, *known]),
            stage="tls",
            fault="recipient_system",
            state=State.ACCEPTED,
            provider=names[0] if len(names) == 1 else "",
            count=clear.total(),
            why=_IN_CLEAR_WHY,
        )
    ]


def _rule(tally: outbox.Tally) -> advice.Advice | None:
    """The advice; what was given up asks for a person even where its last words ask for none."""
    rule = advice.advise(tally.state, tally.stage, tally.fault, tally.category)
    if rule is None or rule.attention or not _expired(tally):
        return rule
    return replace(rule, id="expired", attention=True, sentence=_EXPIRED, why=_EXPIRED_WHY)


def _expired(tally: outbox.Tally) -> bool:
    return tally.state == State.REFUSED and tally.category == "expired_or_network"


def _retry(tally: outbox.Tally, rule: advice.Advice | None) -> str:
    """Which word of `campaign retry` takes them up again."""
    if tally.state != State.REFUSED or rule is None:
        return ""
    return outbox.Only.EXPIRED if rule.id == "expired" else outbox.Only.REFUSED


def _try_again(retry: str, count: int) -> tuple[advice.Action, ...]:
    people = "person" if count == 1 else "people"
    return (advice.Action(key="retry", label=f"Try again for {count:,} {people}"),) if retry else ()


def _ended(tally: outbox.Tally, count: int, providers: list[str]) -> str:
    """How many stand alike, where, and how that came."""
    if _expired(tally):
        return f"{count:,} given up, {_named(providers)}: their time was over."
    verb = "refused" if tally.state == State.REFUSED else "waiting"
    return f"{count:,} {verb}, {_named(providers)}: {advice.category_words(tally.category)}."


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
