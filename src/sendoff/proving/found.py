"""One record of a domain as it was found: what was expected, what stands there, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from sendoff.mail.auth.names import Answer
from sendoff.mail.auth.records import Judgement
from sendoff.proving import saying
from sendoff.proving.saying import Finding

OPTIONAL = ("mta-sts", "tls-rpt", "bimi")
MAX_FOUND = 2_000  # characters kept of what DNS answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What `sendoff domain check` says of one record. `needed`: receivers demand it.

    `kind` names the record for programs, `purpose` for people; `mend` is "" where nothing is to be
    done. `advice` is what could be better while it is right, or what is wrong besides.
    """

    kind: str
    purpose: str
    host: str
    type: str
    expected: str
    found: str
    verdict: str
    rule: str
    sentence: str
    mend: str
    needed: bool
    advice: tuple[Judgement, ...] = ()
    repeated_s: float = 0.0  # for how long name servers may go on to say that it is not there

    @property
    def optional(self) -> bool:
        """Whether a domain may well do without it."""
        return self.kind in OPTIONAL

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that holds."""
        return (self.rule, *(each.rule for each in self.advice))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A record before it was looked at."""

    kind: str
    purpose: str
    host: str
    type: str
    expected: str
    needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A record that was looked at: what DNS answered, or another answer in words; the findings."""

    wanted: Wanted
    answer: Answer | str
    findings: Sequence[Finding]


def record(seen: Seen) -> Record:
    """A record in words. It has a finding: the gravest counts, that it is right comes last."""
    wanted, answer, judged = seen.wanted, seen.answer, saying.said(seen.findings)
    faults = [each for each in judged if each.verdict != "ok"]
    main = faults[0] if faults else judged[-1]
    right = judged[-1] if judged[-1].verdict == "ok" and faults else None
    return Record(
        kind=wanted.kind,
        purpose=wanted.purpose,
        host=wanted.host,
        type=wanted.type,
        expected=wanted.expected,
        found=_found(answer),
        verdict=main.verdict,
        rule=main.rule,
        sentence=main.sentence,
        mend=main.mend,
        needed=wanted.needed,
        advice=tuple(each for each in judged if each not in (main, right)),
        repeated_s=answer.repeated_s if isinstance(answer, Answer) else 0.0,
    )


def _found(answer: Answer | str) -> str:
    values = [answer] if isinstance(answer, str) else answer.values
    return "\n".join(map(saying.printable, values))[:MAX_FOUND]
