"""Judge everything about a domain, from facts alone: the same facts give the same verdicts."""

from collections.abc import Callable, Sequence

from sendoff.proving import texts, ways
from sendoff.proving.facts import Facts
from sendoff.proving.found import Record, Seen, record
from sendoff.proving.subject import Subject

Judge = Callable[[Subject, Facts], list[Seen]]

# In the order of the page: what receivers demand comes first.
JUDGES: dict[str, Judge] = {
    "domain": ways.domain,
    "dkim": texts.dkim,
    "spf-return-path": texts.spf_return_path,
    "mx-return-path": ways.mx_return_path,
    "dmarc": texts.dmarc,
    "ptr": ways.ptr,
    "helo": ways.helo,
    "spf": texts.spf,
    "alignment": texts.alignment,
    "links": ways.links,
    "mailboxes": ways.mailboxes,
    "dmarc-reports": texts.dmarc_reports,
    "dkim-old": texts.old_keys,
    "mta-sts": texts.mta_sts,
    "tls-rpt": texts.tls_rpt,
    "bimi": texts.bimi,
}


def judge(subject: Subject, facts: Facts) -> tuple[Record, ...]:
    """Every record of a domain, in the order they are shown in."""
    return tuple(record(seen) for each in JUDGES.values() for seen in each(subject, facts))


def of_kind(kind: str, subject: Subject, facts: Facts) -> list[str]:
    """The rules that hold for one kind; `any` stands for DKIM, where rules hold for every kind."""
    seen = JUDGES["dkim" if kind == "any" else kind](subject, facts)
    return [name for each in seen for name, _ in each.findings]


def ready(records: Sequence[Record]) -> bool:
    """Whether all that receivers demand is there."""
    return all(each.verdict == "ok" for each in records if each.needed)
