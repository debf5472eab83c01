"""Judge the TXT records of a domain: DKIM, SPF, DMARC, MTA-STS, TLS-RPT, BIMI. Asks no DNS."""

from collections.abc import Callable, Iterable
from functools import partial

from sendoff.mail.auth import names, policy
from sendoff.mail.auth.names import Answer, Status
from sendoff.mail.auth.records import dkim_record, dmarc_record, other_records, spf_record
from sendoff.proving import troubles
from sendoff.proving.facts import Facts
from sendoff.proving.found import Seen, Wanted
from sendoff.proving.saying import Finding
from sendoff.proving.subject import Key, Subject

_GONE = (Status.NXDOMAIN, Status.NODATA)


def dkim(subject: Subject, facts: Facts) -> list[Seen]:
    """The keys that sign."""
    return [_key(subject, facts, key) for key in subject.keys]


def _key(subject: Subject, facts: Facts, key: Key) -> Seen:
    wanted = _txt("dkim", key.purpose, key.host, key.value, needed=key.signs)
    judge = partial(dkim_record.findings, key.host, expected=key.value)
    return _judged(subject, facts, wanted, judge)


def old_keys(subject: Subject, facts: Facts) -> list[Seen]:
    """Keys that sign no longer and are still published; such as are gone are not told of."""
    found = []
    for key in subject.old_keys:
        answer = facts.of(key.host, "TXT")
        if any("p=" in value and not value.rstrip(" ;").endswith("p=") for value in answer.values):
            wanted = _txt("dkim-old", "Old DKIM key", key.host, "", needed=False)
            found.append(
                Seen(
                    wanted=wanted,
                    answer=answer,
                    findings=[_finding("old-key-there", host=key.host)],
                )
            )
    return found


def spf_return_path(subject: Subject, facts: Facts) -> list[Seen]:
    """SPF of the return path: what receivers look at."""
    purpose = "SPF of the return path"
    wanted = _txt(
        "spf-return-path", purpose, subject.return_path, subject.spf, needed=bool(subject.spf)
    )
    return [_spf(subject, facts, wanted)]


def spf(subject: Subject, facts: Facts) -> list[Seen]:
    """SPF of the domain itself, for receivers that look at the name in From or EHLO."""
    wanted = _txt("spf", "SPF of the domain", subject.domain, subject.spf, needed=False)
    return [_spf(subject, facts, wanted)]


def _spf(subject: Subject, facts: Facts, wanted: Wanted) -> Seen:
    verdicts = facts.spf.get(wanted.host, {})

    def judge(answer: Answer) -> Iterable[Finding]:
        if subject.spf:
            return spf_record.findings(wanted.host, answer, verdicts)
        there = any(value.lower().startswith("v=spf1") for value in answer.values)
        return [_finding("spf-by-relay" if there else "spf-of-relay-missing", host=wanted.host)]

    return _judged(subject, facts, wanted, judge)


def dmarc(subject: Subject, facts: Facts) -> list[Seen]:
    """The policy that applies: its own, else that of a domain above."""
    host = f"_dmarc.{subject.domain}"
    wanted = _txt("dmarc", "DMARC policy", host, subject.dmarc, needed=True)
    where = facts.dmarc.domain
    if facts.of(host, "TXT").status in _GONE and where and where != subject.domain:
        words = {"domain": subject.domain, "where": where, "policy": facts.dmarc.policy or "none"}
        text = facts.dmarc.record.text if facts.dmarc.record else ""
        return [Seen(wanted=wanted, answer=text, findings=[_finding("dmarc-inherited", **words)])]
    return [
        _judged(
            subject, facts, wanted, lambda answer: dmarc_record.findings(subject.domain, answer)
        )
    ]


def dmarc_reports(subject: Subject, facts: Facts) -> list[Seen]:
    """Whether others agreed to take our reports (RFC 9990 4), where they have to."""
    found = []
    for host in foreign_reports(subject.domain, facts.of(f"_dmarc.{subject.domain}", "TXT")):
        asked = report_leave(subject.domain, host)
        answer = facts.of(asked, "TXT")
        name = "dmarc-reports-not-agreed"
        if answer.status is Status.FAILED:
            name = "dmarc-reports-unreachable"
        elif any(policy.is_record(value) for value in answer.values):
            name = "dmarc-reports-agreed"
        wanted = _txt(
            "dmarc-reports", "Leave to send DMARC reports", asked, "v=DMARC1", needed=False
        )
        words = {"host": asked, "other": host, "domain": subject.domain, "said": answer.said}
        found.append(Seen(wanted=wanted, answer=answer, findings=[_finding(name, **words)]))
    return found


def foreign_reports(domain: str, answer: Answer) -> list[str]:
    """The domains outside of ours to which a DMARC record has reports sent, each once."""
    told = policy.single(answer.values)
    hosts: dict[str, None] = {}
    for uri in (*told.rua, *told.ruf) if told else ():
        kind, _, address = uri.partition(":")
        host = names.normal(address.rpartition("@")[2].partition("!")[0])
        if kind.lower() == "mailto" and host and not _same(host, domain):
            hosts[host] = None
    return list(hosts)


def report_leave(domain: str, other: str) -> str:
    """The name at which another domain agrees to take our reports (RFC 9990 4)."""
    return f"{domain}._report._dmarc.{other}"


def alignment(subject: Subject, facts: Facts) -> list[Seen]:
    """Whether SPF of the return path counts for From: DMARC asks for the same organisation."""
    verdict, back = facts.dmarc, subject.return_path
    wanted = Wanted(
        kind="alignment",
        purpose="Return path and From in line",
        host=back,
        type="DMARC",
        expected=f"below {subject.domain}",
        needed=False,
    )
    words = {"domain": subject.domain, "back": back, "said": verdict.why}
    return [
        Seen(wanted=wanted, answer=back, findings=[_finding(_alignment(subject, facts), **words)])
    ]


def _alignment(subject: Subject, facts: Facts) -> str:
    verdict, near = facts.dmarc, names.within(subject.return_path, subject.domain)
    if verdict.result == "temperror":
        return "alignment-unreachable"
    if verdict.spf or (near and not verdict.record):
        return "alignment-ok"
    strict = verdict.record is not None and verdict.record.aspf == "s"
    return "alignment-strict" if near and strict else "alignment-foreign"


def tls_rpt(subject: Subject, facts: Facts) -> list[Seen]:
    """Where others report how mail to the domain was encrypted."""
    expected = f"v=TLSRPTv1; rua=mailto:tls-reports@{subject.return_path}"
    host = f"_smtp._tls.{subject.domain}"
    wanted = _txt("tls-rpt", "TLS reports", host, expected, needed=False)
    return [
        _judged(
            subject,
            facts,
            wanted,
            lambda answer: other_records.findings("tls-rpt", subject.domain, answer),
        )
    ]


def bimi(subject: Subject, facts: Facts) -> list[Seen]:
    """The logo beside the mail."""
    expected = f"v=BIMI1; l=https://{subject.domain}/logo.svg; a="
    host = f"default._bimi.{subject.domain}"
    wanted = _txt("bimi", "Logo (BIMI)", host, expected, needed=False)
    applies = facts.dmarc.policy or "none"
    return [
        _judged(
            subject,
            facts,
            wanted,
            lambda a: other_records.findings("bimi", subject.domain, a, applies),
        )
    ]


def mta_sts(subject: Subject, facts: Facts) -> list[Seen]:
    """The record and the policy that protect mail to the domain on its way."""
    host = f"_mta-sts.{subject.domain}"
    wanted = _txt("mta-sts", "MTA-STS", host, "v=STSv1; id=20261122000000;", needed=False)

    def judge(answer: Answer) -> Iterable[Finding]:
        found = other_records.findings("mta-sts", subject.domain, answer)
        problem = _sts(subject, facts) if found[0][0] == "mta-sts-ok" else None
        return [problem, *found] if problem else found

    return [_judged(subject, facts, wanted, judge)]


def _sts(subject: Subject, facts: Facts) -> Finding | None:
    """What is wrong with the policy itself; None where it is right or was not asked for."""
    found = facts.policy
    if found is None:
        return None
    hosts = facts.of(subject.domain, "MX").values
    words: dict[str, object] = {
        "domain": subject.domain,
        "why": found.evidence[-1].reply.removeprefix("No policy: ") if found.evidence else "",
        "lines": " / ".join(f"mx: {host}" for host in hosts),
        "host": "",
    }
    if found.trouble:
        return _STS_TROUBLE.get(found.trouble, "mta-sts-no-policy"), words
    if found.mode == "none" or found.policy is None:
        return "mta-sts-mode-none", words
    if not hosts:
        return "mta-sts-no-mx", words
    unnamed = [host for host in hosts if not found.policy.covers(host)]
    if unnamed:
        return "mta-sts-mx-not-named", {**words, "host": unnamed[0]}
    return ("mta-sts-testing", words) if found.mode == "testing" else None


_STS_TROUBLE = {
    "sts-webpki-invalid": "mta-sts-certificate",
    "sts-policy-invalid": "mta-sts-policy-broken",
}


def _judged(
    subject: Subject,
    facts: Facts,
    wanted: Wanted,
    judge: Callable[[Answer], Iterable[Finding]],
) -> Seen:
    """A record by its own rules, unless something explains better why it is not as it should be."""
    answer = facts.of(wanted.host, wanted.type)
    trouble = troubles.of(wanted, subject.domain, facts)
    if trouble is not None:
        return Seen(wanted=wanted, answer=answer, findings=[trouble])
    told = {"wanted": wanted.expected} if wanted.expected else {}  # one record, wherever it is said
    findings = [(name, {**words, **told}) for name, words in judge(answer)]
    return Seen(wanted=wanted, answer=answer, findings=findings)


def _txt(kind: str, purpose: str, host: str, expected: str, *, needed: bool) -> Wanted:
    return Wanted(
        kind=kind, purpose=purpose, host=host, type="TXT", expected=expected, needed=needed
    )


def _finding(name: str, **words: object) -> Finding:
    return name, words


def _same(host: str, domain: str) -> bool:
    """Whether reports stay in the house: one of the two names lies at or below the other."""
    return names.within(host, domain) or names.within(domain, host)
