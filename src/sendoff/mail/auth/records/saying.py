"""Say a finding about a record in words: the rules are data, this fills their sentences. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sendoff.lib import rules
from sendoff.mail.auth.names import Answer, Status

_FOLDER = Path(__file__).with_name("rules")
VERDICTS = ("ok", "missing", "wrong", "pending", "unreachable")
SHOWN = 200  # characters of a record that a sentence repeats

Finding = tuple[str, Mapping[str, object]]  # the id of a rule, and what fills its sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a record amounts to. `mend` is one sentence that says what to publish; "" for none."""

    rule: str
    verdict: str
    sentence: str
    mend: str


@dataclass(frozen=True, kw_only=True)
class RecordRule(rules.Rule):
    """One fault of a record, or its being right. `scope` is the record; `samples` prove it."""

    verdict: str
    sentence: str
    mend: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"the verdict must be one of {', '.join(VERDICTS)}")

    def matches_sample(self, text: str) -> bool:
        """`records => what evaluation said`; several records have ` | ` between them."""
        from sendoff.mail.auth.records import samples  # it judges, and judging needs this file

        return self.id in samples.found(self.scope, text)


@lru_cache(maxsize=1)
def _rules() -> dict[str, RecordRule]:
    return {
        rule.id: rule
        for path in sorted(_FOLDER.glob("*.toml"))
        for rule in rules.load(path, RecordRule)
    }


def said(findings: Iterable[Finding]) -> tuple[Judgement, ...]:
    """The judgements for findings, in the same order."""
    return tuple(judged(_rules()[name], facts) for name, facts in findings)


def judged(rule: RecordRule, facts: Mapping[str, object]) -> Judgement:
    """What a rule says of these facts."""
    shown = {key: str(value)[:SHOWN] for key, value in facts.items()}
    whole = {key: str(value) for key, value in facts.items()}  # what is to be copied is not cut
    return Judgement(
        rule=rule.id,
        verdict=rule.verdict,
        sentence=rule.sentence.format_map(shown),
        mend=rule.mend.format_map(whole),
    )


def absent(kind: str, answer: Answer, facts: Mapping[str, object]) -> Finding | None:
    """The finding where DNS did not answer or has nothing; None where there is something."""
    if answer.status is Status.FAILED:
        return f"{kind}-unreachable", {**facts, "said": answer.said}
    if answer.status is not Status.FOUND or not answer.values:
        return f"{kind}-missing", facts
    return None
