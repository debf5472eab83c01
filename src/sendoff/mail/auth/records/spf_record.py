"""Judge the SPF record of a name by its text and by what evaluation said for our addresses."""

import re
from collections.abc import Iterator, Mapping

from sendoff.mail.auth import spf
from sendoff.mail.auth.names import Answer
from sendoff.mail.auth.records import saying
from sendoff.mail.auth.records.saying import Finding, Judgement

_RECORD = re.compile(r"v=spf1(?= |$)", re.IGNORECASE)
_ALMOST = re.compile(r"[\s\"']*(?:v\s*=\s*)?[\s\"']*spf\s*[0-9]?", re.IGNORECASE)
_NO_RECORD = re.compile(r"(?:include:|redirect=)(\S+) has no SPF record")


def judge(
    domain: str, answer: Answer, verdicts: Mapping[str, spf.Verdict]
) -> tuple[Judgement, ...]:
    """Of the TXT records at a domain; `verdicts` by sending address, as `spf.check` gives them."""
    return saying.said(findings(domain, answer, verdicts))


def findings(domain: str, answer: Answer, verdicts: Mapping[str, spf.Verdict]) -> list[Finding]:
    """What is found, the gravest first; always something."""
    facts = {"domain": domain, "wanted": _wanted(verdicts), "words": _words(verdicts)}
    absent = saying.absent("spf", answer, facts)
    if absent:
        return [absent]
    records = [text for text in answer.values if _RECORD.match(text)]
    almost = [text for text in answer.values if _ALMOST.match(text) and text not in records]
    if not records:
        facts |= {"record": almost[0] if almost else ""}
        return [("spf-almost" if almost else "spf-missing", facts)]
    if len(records) > 1:
        return [("spf-doubled", {**facts, "count": len(records), "merged": _merged(records)})]
    facts["record"] = records[0]
    faults = [*_faults(facts, verdicts), *_advice(records[0], facts)]
    return faults if any(_is_fault(name) for name, _ in faults) else [*faults, ("spf-ok", facts)]


def _faults(facts: Mapping[str, object], verdicts: Mapping[str, spf.Verdict]) -> Iterator[Finding]:
    """What evaluation said; a record that is broken is so for every address."""
    for ip, verdict in verdicts.items():
        told = {**facts, "ip": ip, "result": verdict.result, "why": verdict.why}
        if verdict.result == "permerror":
            yield _broken(told, verdict)
            return
        if verdict.result == "temperror":
            yield "spf-temperror", told
            return
        if verdict.result != "pass":
            yield "spf-not-our-address", {**told, "word": _word(ip)}


def _broken(facts: Mapping[str, object], verdict: spf.Verdict) -> Finding:
    if "void" in verdict.why:
        return "spf-too-many-voids", facts
    if "lookup limit" in verdict.why:
        return "spf-too-many-look-ups", facts
    nothing = _NO_RECORD.search(verdict.why)
    if nothing:
        return "spf-include-of-nothing", {**facts, "included": nothing[1]}
    return "spf-malformed", facts


def _advice(record: str, facts: Mapping[str, object]) -> Iterator[Finding]:
    """What a record may say but should not."""
    terms = record.lower().split()[1:]
    if any(term in ("+all", "all") for term in terms):
        yield "spf-allows-everybody", facts
    if not any(term.endswith("all") or term.startswith("redirect=") for term in terms):
        yield "spf-open-end", facts
    if any(term.lstrip("+-~?").split(":")[0].split("/")[0] == "ptr" for term in terms):
        yield "spf-ptr", facts


def _is_fault(name: str) -> bool:
    return name not in ("spf-open-end", "spf-ptr")


def _word(ip: str) -> str:
    return f"ip{6 if ':' in ip else 4}:{ip}"


def _words(verdicts: Mapping[str, spf.Verdict]) -> str:
    return " ".join(_word(ip) for ip in verdicts)


def _wanted(verdicts: Mapping[str, spf.Verdict]) -> str:
    return f"v=spf1 {_words(verdicts)} -all"


def _merged(records: list[str]) -> str:
    """One record with the words of all, each once, what ends it last."""
    words = [word for record in records for word in record.split()[1:]]
    ends = [word for word in words if word.lower().lstrip("+-~?") == "all"]
    kept = dict.fromkeys(word for word in words if word not in ends)
    return " ".join(["v=spf1", *kept, ends[0] if ends else "-all"])
