"""Evaluate DMARC (RFC 9989): find the policy by walking the tree, compare who signed with From.

No list of public suffixes is used: the standard took it out. A passing identifier is a domain that
SPF (MAIL FROM) or DKIM proved; what does not align counts for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sendoff.mail.auth import names, policy
from sendoff.mail.auth.author import Author
from sendoff.mail.auth.names import Remembering, Resolver, Status
from sendoff.mail.auth.policy import Record

MAX_LABELS = 8  # RFC 9989 4.10: so many questions at most; longer names are cut to 7
MAX_IDENTIFIERS = 20  # whose trees are walked, for one message


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`policy`: the one that applies; `domain`: where the record was found; aligned domains."""

    result: str
    policy: str | None = None
    domain: str | None = None
    spf: str | None = None
    dkim: str | None = None
    record: Record | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What one walk up the tree found: records by name, longest first; `failed` says of DNS."""

    start: str
    found: tuple[tuple[str, Record], ...]
    failed: str = ""

    @property
    def organisation(self) -> str:
        """The Organizational Domain (RFC 9989 4.10.2)."""
        for name, record in self.found:
            if record.psd == "n":
                return name
            if record.psd == "y" and name != self.start:
                return ".".join(self.start.split(".")[-(name.count(".") + 2) :])
        return self.found[-1][0] if self.found else self.start

    def record_at(self, name: str) -> Record | None:
        """The record of just this name."""
        return next((record for at, record in self.found if at == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifiers:
    """Domains that SPF or DKIM proved, and such as they could not decide on (temperror)."""

    passed: Sequence[str] = ()
    undecided: Sequence[str] = ()


async def evaluate(
    author: Author, spf: Identifiers, dkim: Identifiers, resolver: Resolver
) -> Verdict:
    """The verdict for the author of a message and what was proved about it."""
    if author.several:
        return Verdict(result="no_evaluation", why=author.why)
    if not author.domain:
        return Verdict(result="none", why=author.why)
    asking = Remembering(resolver)
    walk = await _walk(author.domain, asking)
    own = walk.record_at(author.domain)
    if walk.failed and own is None:
        return Verdict(result="temperror", why=walk.failed)
    found = _applicable(walk)
    if found is None or not found[1].valid:
        return _none(author.domain, found)
    alignment = _Alignment(author.domain, walk, asking)
    strict_spf, strict_dkim = found[1].aspf == "s", found[1].adkim == "s"
    by_spf = await alignment.among(spf.passed, strict=strict_spf)
    by_dkim = await alignment.among(dkim.passed, strict=strict_dkim)
    if not by_spf and not by_dkim:
        open_spf = await alignment.among(spf.undecided, strict=strict_spf)
        undecided = open_spf or await alignment.among(dkim.undecided, strict=strict_dkim)
        if undecided:
            alignment.doubt = f"Whether {undecided} passes could not be decided: DNS failed."
    return await _verdict(author.domain, found, by_spf, by_dkim, (asking, alignment.doubt))


async def _walk(start: str, resolver: Resolver) -> Walk:
    """Ask for records from a name up to its top label, until a psd= tag ends it (4.10)."""
    found, failed = [], ""
    for name in _targets(start):
        answer = await resolver.ask(f"_dmarc.{name}", "TXT")
        if answer.status is Status.FAILED:
            failed = f"_dmarc.{name} could not be asked for: {answer.said}."
            break
        record = policy.single(answer.values)
        if record:
            found.append((name, record))
            if record.psd != "u":
                break
    return Walk(start=start, found=tuple(found), failed=failed)


def _targets(start: str) -> list[str]:
    """The names to ask at: at most eight. Such as DNS cannot hold are not asked for."""
    labels = start.split(".")
    above = labels[1:] if len(labels) <= MAX_LABELS else labels[-(MAX_LABELS - 1) :]
    higher = [".".join(above[at:]) for at in range(len(above))]
    return [name for name in (start, *higher) if names.can_exist(f"_dmarc.{name}")]


def _applicable(walk: Walk) -> tuple[str, Record] | None:
    """The record that applies: the author's, the organisation's or the suffix's (4.10.1)."""
    for name in (walk.start, walk.organisation):
        record = walk.record_at(name)
        if record:
            return name, record
    at = walk.found[-1] if walk.found else None
    return at if at and at[1].psd == "y" else None


class _Alignment:
    """Tells whether identifiers belong to the author's organisation (4.10.2)."""

    def __init__(self, author: str, walk: Walk, resolver: Resolver) -> None:
        self._author, self._walk, self._resolver = author, walk, resolver
        self._walks = 0
        self.doubt = ""  # what DNS did not answer on the way

    async def among(self, domains: Sequence[str], *, strict: bool) -> str | None:
        """The first identifier that aligns; the author's own domain before others."""
        identifiers = [names.normal(domain) for domain in domains]
        if self._author in identifiers:
            return self._author
        if strict:
            return None
        for domain in dict.fromkeys(identifiers):
            if domain and await self._same_organisation(domain):
                return domain
        return None

    async def _same_organisation(self, domain: str) -> bool:
        """Only a name above or below can share an organisation; such are walked, with a bound."""
        if self._walk.failed:
            could = names.within(domain, self._author.rpartition(".")[2])
            self.doubt = self.doubt or (self._walk.failed if could else "")
            return False
        organisation = self._walk.organisation
        if not names.within(domain, organisation):
            return False
        if self._walks >= MAX_IDENTIFIERS:
            self.doubt = self.doubt or f"Only {MAX_IDENTIFIERS} domains are compared with From."
            return False
        self._walks += 1
        walk = await _walk(domain, self._resolver)
        if walk.failed:
            self.doubt = self.doubt or walk.failed
            return False
        return walk.organisation == organisation


async def _verdict(
    author: str,
    found: tuple[str, Record],
    spf: str | None,
    dkim: str | None,
    asked: tuple[Resolver, str],
) -> Verdict:
    where, record = found
    resolver, doubt = asked
    asked_policy, failed = await _policy(author, where, record, resolver)
    aligned = spf is not None or dkim is not None
    problem = failed or ("" if aligned else doubt)
    return Verdict(
        result="temperror" if problem else "pass" if aligned else "fail",
        policy=record.applied(asked_policy) if asked_policy else None,
        domain=where,
        spf=spf,
        dkim=dkim,
        record=record,
        why=problem or _why(author, aligned, record),
    )


async def _policy(author: str, where: str, record: Record, resolver: Resolver) -> tuple[str, str]:
    """p, sp or np, whichever is meant, and what DNS failed to say if that cannot be told."""
    if author == where:
        return record.p, ""
    if not record.np:
        return record.policy_for_subdomain(exists=True), ""
    if not names.can_exist(author):
        return record.policy_for_subdomain(exists=False), ""
    answer = await resolver.ask(author, "A")  # NXDOMAIN says so of every type (RFC 8020)
    if answer.status is Status.FAILED:
        return "", f"Whether {author} exists could not be asked: {answer.said}."
    return record.policy_for_subdomain(exists=answer.status is not Status.NXDOMAIN), ""


def _why(author: str, aligned: bool, record: Record) -> str:
    odd = f" Its record is odd: {'; '.join(record.oddities)}." if record.oddities else ""
    if aligned:
        return odd.strip()
    return f"Neither SPF nor DKIM passed for a domain that aligns with {author}.{odd}"


def _none(author: str, found: tuple[str, Record] | None) -> Verdict:
    if found is None:
        return Verdict(result="none", why=f"No DMARC record applies to {author}.")
    where, record = found
    problem = "; ".join(record.oddities)
    why = f"The DMARC record of {where} names no policy that counts ({problem})."
    return Verdict(result="none", domain=where, record=record, why=why)
