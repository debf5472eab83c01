"""Everything about one message at once: SPF, DKIM, DMARC and ARC, in the shape programs rely on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sendoff.mail.auth import arc, author, dkim, dmarc, message, spf
from sendoff.mail.auth.names import Remembering, Resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where a message came from and as whom: what SPF needs."""

    ip: str
    mail_from: str
    helo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All verdicts on a message. `spf` is None where nothing is known of its arrival."""

    spf: spf.Verdict | None
    dkim: tuple[dkim.Verdict, ...]
    dmarc: dmarc.Verdict
    arc: arc.Verdict


async def evaluate(
    data: bytes, arrival: Arrival | None, resolver: Resolver, at: datetime
) -> Evaluation:
    """Evaluate a message as it stands in `data`, at a moment. SpfError where the IP is none."""
    asking = Remembering(resolver)
    parsed = message.parse(data)
    sent = await spf.check(arrival.ip, arrival.mail_from, arrival.helo, asking) if arrival else None
    signed = await dkim.verify(parsed, asking, at)
    return Evaluation(
        spf=sent,
        dkim=signed,
        dmarc=await dmarc.evaluate(
            author.of(parsed),
            _by_result([(sent.result, sent.domain)] if sent else []),
            _by_result([(each.result, each.domain) for each in signed]),
            asking,
        ),
        arc=await arc.validate(parsed, asking),
    )


def _by_result(results: Sequence[tuple[str, str]]) -> dmarc.Identifiers:
    return dmarc.Identifiers(
        passed=[domain for result, domain in results if result == "pass"],
        undecided=[domain for result, domain in results if result == "temperror"],
    )


def document(evaluation: Evaluation) -> dict[str, Any]:
    """What `sendoff auth FILE` says."""
    return {
        "spf": spf_document(evaluation.spf) if evaluation.spf else None,
        "dkim": [dkim_document(each) for each in evaluation.dkim],
        "dmarc": dmarc_document(evaluation.dmarc),
        "arc": {"result": evaluation.arc.result, "why": evaluation.arc.why},
    }


def spf_document(verdict: spf.Verdict) -> dict[str, Any]:
    """What `sendoff auth --spf` says."""
    return {
        "result": verdict.result,
        "domain": verdict.domain,
        "explanation": verdict.explanation,
        "lookups": verdict.lookups,
        "why": verdict.why,
        "trace": list(verdict.trace),
    }


def dkim_document(verdict: dkim.Verdict) -> dict[str, Any]:
    """What is said of one signature."""
    return {
        "result": verdict.result,
        "domain": verdict.domain or None,
        "selector": verdict.selector or None,
        "algorithm": verdict.algorithm or None,
        "why": verdict.why,
        "unsigned": verdict.unsigned,
    }


def dmarc_document(verdict: dmarc.Verdict) -> dict[str, Any]:
    """What `sendoff auth --dmarc` says."""
    record = verdict.record
    names = ("p", "sp", "np", "t", "psd", "pct", "adkim", "aspf")
    return {
        "result": verdict.result,
        "policy": verdict.policy,
        "domain": verdict.domain,
        "aligned": {"spf": verdict.spf, "dkim": verdict.dkim},
        "strict": {
            "spf": record.aspf == "s" if record else False,
            "dkim": record.adkim == "s" if record else False,
        },
        "record": {name: _or_none(getattr(record, name)) for name in names} if record else None,
        "why": verdict.why,
    }


def _or_none(value: Any) -> Any:
    return None if value == "" else value
