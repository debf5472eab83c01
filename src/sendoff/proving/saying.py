"""Say a finding of the check in words: rules of this room and those about records. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from sendoff.lib import rules
from sendoff.mail.auth.records import Judgement
from sendoff.mail.auth.records import saying as of_records

FOLDER = Path(__file__).with_name("rules")

Finding = of_records.Finding  # the id of a rule, and what fills its sentence


@dataclass(frozen=True, kw_only=True)
class CheckRule(of_records.RecordRule):
    """One fault of a set-up, or its being right. `scope` is the kind of record it is about."""

    def matches_sample(self, text: str) -> bool:
        """The sample is a small world, as `samples` reads it."""
        from sendoff.proving import samples  # it judges, and judging needs this file

        return self.id in samples.found(self.scope, text)


@lru_cache(maxsize=1)
def _rules() -> dict[str, CheckRule]:
    return {
        rule.id: rule
        for path in sorted(FOLDER.glob("*.toml"))
        for rule in rules.load(path, CheckRule)
    }


def said(findings: Iterable[Finding]) -> tuple[Judgement, ...]:
    """The judgements for findings, in the same order; what cannot be printed is not repeated."""
    return tuple(_printable(_said(finding)) for finding in findings)


def printable(text: str) -> str:
    """A text of strangers without what would command a terminal, or break the line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _printable(judged: Judgement) -> Judgement:
    return replace(judged, sentence=printable(judged.sentence), mend=printable(judged.mend))


def _said(finding: Finding) -> Judgement:
    name, facts = finding
    rule = _rules().get(name)
    if rule is None:
        return of_records.said([finding])[0]
    return of_records.judged(rule, facts)
