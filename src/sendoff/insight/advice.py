"""Say what a stop means and what to do about it, from advice.toml. It never acts by itself."""

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from sendoff.lib import rules
from sendoff.mail import stages

_FILE = Path(str(resources.files("sendoff.insight") / "advice.toml"))


@dataclass(frozen=True, kw_only=True)
class Action:
    """What a button says and does: `send_again`, `leave`, `retry` act, the others open pages."""

    key: str
    label: str


ACTIONS: dict[str, Action] = {
    action.key: action
    for action in (
        Action(key="leave", label="Leave"),
        Action(key="send_again", label="Send again"),
        Action(key="domains", label="Check the domain"),
        Action(key="servers", label="Look at the servers"),
        Action(key="lanes", label="Look at the lanes"),
        Action(key="content", label="Read the content"),
    )
}


@dataclass(frozen=True, kw_only=True)
class Advice(rules.Rule):
    """One sentence of advice; an empty condition always holds, "-" stands for an empty word."""

    sentence: str
    next: str
    why: str
    states: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    next_refused: str = ""
    next_waiting: str = ""
    actions: tuple[str, ...] = ()
    attention: bool = False

    def holds(self, state: str, stage: str, fault: str, category: str) -> bool:
        """Whether every condition is met."""
        asked = (
            (self.states, state),
            (self.stages, stage),
            (self.faults, fault or "-"),
            (self.categories, category or "-"),
        )
        return all(not wanted or found in wanted for wanted, found in asked)

    def matches_sample(self, text: str) -> bool:
        state, stage, fault, category = ("" if word == "-" else word for word in text.split())
        return self.holds(state, stage, fault, category)

    def next_for(self, state: str) -> str:
        """What happens next to a message in this state."""
        return {"refused": self.next_refused, "waiting": self.next_waiting}.get(
            state, ""
        ) or self.next


def advise(state: str, stage: str, fault: str, category: str) -> Advice | None:
    """The advice for a message that stopped like this; None where there is nothing to say."""
    if state == "accepted":
        return None
    found = (rule for rule in _rules() if rule.holds(state, stage, fault, category))
    return next(found, None)


def category_words(category: str) -> str:
    """A category as people read it; an unknown word is shown as it is."""
    return _words()["categories"].get(category, category.replace("_", " "))


def fault_words(fault: str) -> str:
    """Whose fault, as people read it."""
    return stages.FAULT_READS.get(fault, fault.replace("_", " "))


def hold_words(hold: str) -> str:
    """Why a message waits, as a sentence; empty where nothing holds it."""
    return _words()["holds"].get(hold, "")


@functools.cache
def _rules() -> tuple[Advice, ...]:
    return rules.load(_FILE, Advice)


@functools.cache
def _words() -> dict[str, dict[str, str]]:
    read = tomllib.loads(_FILE.read_text("utf-8"))
    return {name: read[name] for name in ("categories", "holds")}
