"""The way as people see it: steps with bars, and a word for everything that stopped. Pure."""

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlencode

from sendoff.insight import advice
from sendoff.insight.picture import Picture
from sendoff.mail.stages import BY_NAME, STAGES, State, Step
from sendoff.outbox import public as outbox

STEPS = (Step.QUEUE, Step.ROUTE, Step.HANDSHAKE, Step.ENCRYPTION, Step.OFFERED, Step.ACCEPTED)
_SHOWN = 5  # notes beside one bar; the rest is summed up
_SEEN = 0.35  # per cent of the width that even a single message gets
# How a stop reads where the stage says more than the category.
_AT = {
    "connect": "no connection",
    "greeting": "at the greeting",
    "ehlo": "at the introduction",
    "tls": "no encryption",
}


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A piece of a bar, in per cent of its width."""

    state: str
    x: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Note:
    """Why so many stopped here; `query` opens their rows."""

    state: str
    text: str
    count: int
    query: str


@dataclass(frozen=True, kw_only=True)
class WayRow:
    """One step: how many reached it, what of them stopped here. `all_query` opens the stopped."""

    step: str
    reached: int
    query: str
    bar: tuple[Segment, ...]
    notes: tuple[Note, ...]
    stopped: int
    all_query: str
    more: bool


def way(picture: Picture) -> list[WayRow]:
    """The steps from Queue to Accepted."""
    stopped = picture.stopped_at
    reached, rows = picture.books.audience, []
    for step in STEPS:
        names = stages_of(step)
        rows.append(_row(picture, step, reached))
        reached -= sum(stopped[name] for name in names)
    return rows


def stages_of(step: str) -> tuple[str, ...]:
    """The stages a step is made of."""
    return tuple(stage.name for stage in STAGES if stage.step == step)


def _row(picture: Picture, step: Step, reached: int) -> WayRow:
    here = [
        t for t in picture.tallies if t.state != State.ACCEPTED and BY_NAME[t.stage].step == step
    ]
    states: dict[str, int] = defaultdict(int)
    for tally in here:
        states[tally.state] += tally.count
    if step == Step.QUEUE:
        states[State.WAITING] += picture.to_plan
    notes = _notes(picture, here)
    return WayRow(
        step=step,
        reached=reached,
        query=_query(step),
        bar=_bar(picture.books.audience, reached, states, step),
        notes=tuple(notes[:_SHOWN]),
        stopped=sum(tally.count for tally in here),
        all_query=urlencode({"stage": ",".join(stages_of(step))}, safe=","),
        more=len(notes) > _SHOWN,
    )


def _query(step: Step) -> str:
    if step == Step.QUEUE:
        return ""
    if step == Step.ACCEPTED:
        return urlencode({"state": State.ACCEPTED})
    return urlencode({"reached": stages_of(step)[0]})


def _bar(audience: int, reached: int, states: dict[str, int], step: Step) -> tuple[Segment, ...]:
    """What went on in one piece, then what stopped here by state; rare things stay visible."""
    if not audience:
        return ()
    gone_on = reached - sum(states.values())
    pieces = [("accepted" if step == Step.ACCEPTED else "passed", gone_on)]
    pieces += [(s, states[s]) for s in ("waiting", "refused", "unknown", "skipped")]
    segments, x = [], 0.0
    for state, count in pieces:
        if count > 0:
            width = max(100 * count / audience, _SEEN)
            segments.append(
                Segment(state=state, x=round(min(x, 100 - _SEEN), 2), width=round(width, 2))
            )
            x += width
    return tuple(segments)


def _notes(picture: Picture, tallies: list[outbox.Tally]) -> list[Note]:
    """One for each reason, whichever stages of the step it was met at."""
    alike: dict[tuple[str, str, str], list[outbox.Tally]] = defaultdict(list)
    for tally in tallies:
        category = "" if tally.state == State.UNKNOWN else tally.category
        alike[tally.state, category, _text(tally.state, tally.stage, category)].append(tally)
    notes = [_note(key, group) for key, group in alike.items()]
    order = (State.WAITING, State.REFUSED, State.UNKNOWN, State.SKIPPED)
    return sorted(notes, key=lambda n: (order.index(State(n.state)), -n.count))


def _note(key: tuple[str, str, str], tallies: list[outbox.Tally]) -> Note:
    state, category, text = key
    met = {tally.stage for tally in tallies}
    stages = ",".join(stage.name for stage in STAGES if stage.name in met)
    asked = {"state": state, "stage": stages} | ({"category": category} if category else {})
    count = sum(tally.count for tally in tallies)
    return Note(state=state, text=text, count=count, query=urlencode(asked, safe=","))


def _text(state: str, stage: str, category: str) -> str:
    if state == State.UNKNOWN:
        return "we don't know"
    if state == State.SKIPPED:
        return "skipped"
    verb = "put off" if state == State.WAITING else "refused"
    if not category:
        return "waiting" if state == State.WAITING else f"{verb} {_AT.get(stage, '')}".strip()
    words = _AT[stage] if stage in ("connect", "tls") else advice.category_words(category)
    if stage in ("greeting", "ehlo"):
        words = f"{words} {_AT[stage]}"
    if words.startswith("by "):
        return f"{verb} {words}"
    return f"{verb}, {words}" if state == State.WAITING else words
