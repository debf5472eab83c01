"""Who asked: the rules against programs they have seen and programs they have not."""

import json
from pathlib import Path

import pytest

from sendoff.tracking import labels
from sendoff.tracking.labels import HUMAN, MACHINE, PRIVACY_PROXY, UNKNOWN, Asked, Context

CORPUS = Path(__file__).parents[5] / "shared/corpora/clickbots/user_agents.jsonl"
#: Labelled by hand before the rules were first run on them; eight are in the corpus too.
HELD_OUT = Path(__file__).with_name("held_out.tsv")

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def said(user_agent: str = FIREFOX, kind: str = "click", **more: object) -> labels.Label:
    around = {k: more.pop(k) for k in ("after_ms", "links", "trapped") if k in more}
    asked = Asked(user_agent=user_agent, kind=kind, **more)  # type: ignore[arg-type]
    return labels.label(asked, Context(**around))  # type: ignore[arg-type]


def balanced_accuracy(rows: list[tuple[str, str]]) -> float:
    """The mean share of bots and of humans told apart, by user agent alone."""
    right: dict[str, list[bool]] = {"bot": [], "human": []}
    for truth, user_agent in rows:
        found = labels.label(Asked(user_agent=user_agent)).label
        right[truth].append((found in (MACHINE, PRIVACY_PROXY)) == (truth == "bot"))
    return sum(sum(each) / len(each) for each in right.values()) / len(right)


def test_the_corpus_is_told_apart_by_user_agent_alone():
    if not CORPUS.exists():
        pytest.skip("../shared/corpora/clickbots is absent")
    rows = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
    assert balanced_accuracy([(row["label"], row["ua"]) for row in rows]) >= 0.97


def test_programs_that_no_rule_was_written_for_are_told_apart():
    lines = HELD_OUT.read_text("utf-8").splitlines()
    rows = [(label, agent) for label, agent in (line.split("\t") for line in lines)]
    assert len(rows) > 100
    assert balanced_accuracy(rows) >= 0.97


def test_a_browser_is_a_person_until_something_speaks_against_it():
    assert said().label == HUMAN
    assert said(after_ms=60_000, links=1).label == HUMAN


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"method": "HEAD"}, "head"),
        ({"trapped": True}, "trap"),
        ({"links": 3}, "many-links-at-once"),
        ({"after_ms": 1_500}, "click-too-soon"),
        ({"after_ms": -40}, "click-too-soon"),  # it was quicker than our books
        ({"ip": "209.222.82.7"}, "gateway-network"),
        ({"ip": "40.94.20.1"}, "gateway-network"),
    ],
)
def test_what_a_machine_does_tells_it_whatever_it_calls_itself(more, rule):
    found = said(**more)
    assert (found.label, found.rule) == (MACHINE, rule)
    assert found.why.endswith(".")


def test_a_picture_loaded_by_apple_says_nothing_about_the_person():
    assert said("Mozilla/5.0", "open").label == PRIVACY_PROXY
    assert said("Mozilla/5.0", "click").label == MACHINE  # Apple loads pictures, it follows nothing


def test_gmails_picture_proxy_stands_for_a_person_unless_it_comes_with_the_mail():
    assert said(GMAIL, "open", after_ms=3_600_000).label == HUMAN
    assert said(GMAIL, "open", after_ms=1_000).label == MACHINE
    assert said(GMAIL, "click").label == MACHINE


def test_who_says_nothing_is_unknown_but_not_when_it_does_what_machines_do():
    assert said("").label == UNKNOWN
    assert said("-").label == UNKNOWN
    assert said("", links=4).label == MACHINE


def test_whoever_unsubscribes_is_a_person():
    assert said("Go-http-client/2.0", "unsubscribe", method="POST", after_ms=10).label == HUMAN


def test_a_message_counts_under_the_likeliest_person():
    assert labels.likeliest([MACHINE, PRIVACY_PROXY, HUMAN]) == HUMAN
    assert labels.likeliest([MACHINE, PRIVACY_PROXY]) == PRIVACY_PROXY
    assert labels.likeliest([]) == ""


@pytest.mark.parametrize("agent", ["\x00", "a" * 300, "(" * 300, "é🦉", "%" * 300, "@" * 300])
@pytest.mark.parametrize("ip", ["", "not an address", "::ffff:40.94.1.1", "1.2.3.4.5"])
def test_nonsense_gets_an_answer(agent, ip):
    assert said(agent, ip=ip).label in labels.LABELS
