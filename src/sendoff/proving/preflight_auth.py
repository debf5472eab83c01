"""What SPF, DKIM and DMARC make of a real message from one source, as facts. It decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sendoff.drivers.contract import Letter
from sendoff.mail.auth import author, dmarc, evaluation, keys, message, spf, tags
from sendoff.mail.auth.dkim import Verdict
from sendoff.mail.auth.evaluation import Evaluation
from sendoff.mail.auth.message import Message, unfolded
from sendoff.mail.auth.names import Remembering, Resolver, Status
from sendoff.proving import preflight_message, preflight_source
from sendoff.proving.preflight_rules import UNKNOWN, Fact
from sendoff.proving.preflight_source import Source
from sendoff.senders import public as senders

ADVISED_BITS = 2048  # RFC 8301 3.2
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found of one message from one source: the verdicts, and the facts for the rules.

    `author`: the domain of From; `return_path`: that of the envelope sender.
    """

    author: str
    return_path: str
    source: Source
    evaluation: Evaluation
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A message as it would be offered. `published`: the records its domain's owner is told."""

    letter: Letter
    source: Source
    at: datetime
    marketing: bool = True
    published: Sequence[senders.DnsRecord] = ()


async def examine(offer: Offer, resolver: Resolver) -> Proof:
    """Prove one message: what receivers would find when this source offers it now."""
    asking = Remembering(resolver)
    source, parsed = offer.source, message.parse(bytes(offer.letter.data))
    arrival = evaluation.Arrival(ip=source.ip, mail_from=offer.letter.sender, helo=source.helo)
    seen = await evaluation.evaluate(
        bytes(offer.letter.data), arrival if not source.unseen else None, asking, offer.at
    )
    by_spf, by_dkim = _spf(seen, offer), _dkim(seen, offer)
    return Proof(
        author=author.of(parsed).domain,
        return_path=_domain(offer.letter.sender),
        source=source,
        evaluation=seen,
        facts={
            "spf": by_spf,
            "dkim": by_dkim,
            "either": _either(by_spf, by_dkim),
            "dmarc": _dmarc(seen, by_spf, offer),
            "key": await _key(seen, asking),
            "return_path": await _return_path(offer, asking),
            **await preflight_source.facts(source, asking),
            **preflight_message.facts(parsed, _signed(parsed), marketing=offer.marketing),
        },
    )


def _spf(seen: Evaluation, offer: Offer) -> Fact:
    if seen.spf is None:
        return Fact(value=UNKNOWN, said=offer.source.unseen)
    verdict, ip = seen.spf, offer.source.ip
    if verdict.result == "temperror":
        said = f"We could not ask DNS for the SPF record of {verdict.domain}."
        return Fact(value=UNKNOWN, said=said, for_now=True)
    if verdict.result == "pass":
        return Fact(value="pass", said=f"SPF passes for {verdict.domain} from {ip}.")
    return Fact(value=verdict.result, said=_spf_said(verdict, ip), mend=_spf_mend(offer, verdict))


def _spf_said(verdict: spf.Verdict, ip: str) -> str:
    if verdict.result == "none":
        return f"{verdict.domain} has no SPF record."
    if verdict.result == "permerror":
        why = f": {verdict.why}" if verdict.why else ""
        return f"The SPF record of {verdict.domain} can not be used{why}."
    return f"The SPF record of {verdict.domain} says {verdict.result} to {ip}."


def _spf_mend(offer: Offer, verdict: spf.Verdict) -> str:
    ours = [r for r in offer.published if r.host == verdict.domain and "v=spf1" in r.value]
    if verdict.result in ("none", "permerror") and ours:
        return f"Publish at {ours[0].host}, type TXT, and nothing else of SPF: {ours[0].value}"
    ip = offer.source.ip
    kind = "ip6" if ":" in ip else "ip4"
    return f"Add {kind}:{ip} to the SPF record of {verdict.domain}, before its “all”."


def _dkim(seen: Evaluation, offer: Offer) -> Fact:
    passing = [each for each in seen.dkim if each.passes]
    if passing:
        selectors = " and ".join(each.selector for each in passing)
        said = f"DKIM passes: {passing[0].domain} signed with {selectors}."
        broken = [f" {each.selector} fails: {each.why}" for each in seen.dkim if not each.passes]
        return Fact(value="pass", said=said + "".join(broken))
    if not seen.dkim:
        return Fact(value="none", said="The message is not signed.")
    waiting = [each for each in seen.dkim if each.result == "temperror"]
    if waiting:
        said = f"We could not ask DNS for the DKIM key. {waiting[0].why}"
        return Fact(value=UNKNOWN, said=said, for_now=True)
    first = seen.dkim[0]
    said = f"DKIM fails: {first.why or first.result}"
    return Fact(value=first.result, said=said, mend=_dkim_mend(offer, first))


def _dkim_mend(offer: Offer, verdict: Verdict) -> str:
    host = f"{verdict.selector}._domainkey.{verdict.domain}"
    ours = [record.value for record in offer.published if record.host == host]
    if not ours:
        return f"Publish the key of {host} as it stands under Delivery, Domains."
    return f"Publish at {host}, type TXT, and nothing else: {ours[0]}"


def _either(by_spf: Fact, by_dkim: Fact) -> Fact:
    if "pass" in (by_spf.value, by_dkim.value):
        proved = [
            name for name, fact in (("SPF", by_spf), ("DKIM", by_dkim)) if fact.value == "pass"
        ]
        return Fact(value="pass", said=f"{' and '.join(proved)} passes.")
    for fact in (by_spf, by_dkim):
        if fact.value == UNKNOWN:
            return Fact(value=UNKNOWN, said=fact.said, for_now=fact.for_now)
    said = f"{by_spf.said} {by_dkim.said}"
    return Fact(value="broken", said=said, mend=by_dkim.mend)


def _dmarc(seen: Evaluation, by_spf: Fact, offer: Offer) -> Fact:
    verdict = seen.dmarc
    if verdict.result == "pass":
        by = [f"{name} ({domain})" for name, domain in _aligned(verdict) if domain]
        policy = f"policy {verdict.policy}" if verdict.policy else "no policy"
        return Fact(value="pass", said=f"DMARC passes by {' and '.join(by)}, {policy}.")
    if verdict.result == "none":
        return Fact(value="none", said=verdict.why, mend=_dmarc_mend(offer))
    if verdict.result == "temperror":
        said = f"We could not ask DNS whether DMARC passes. {verdict.why}"
        return Fact(value=UNKNOWN, said=said, for_now=True)
    if by_spf.value == UNKNOWN and verdict.result == "fail":
        said = f"DKIM does not prove the domain of From, and SPF is not known: {by_spf.said}"
        return Fact(value=UNKNOWN, said=said, for_now=by_spf.for_now)
    policy = verdict.policy if verdict.policy in _POLICIES else "none"
    said = f"DMARC fails, policy {policy}. {verdict.why}"
    mend = "Mend DKIM or SPF for the domain of From: one of them is enough."
    return Fact(value=f"fail_{policy}", said=said, mend=mend)


def _aligned(verdict: dmarc.Verdict) -> tuple[tuple[str, str | None], ...]:
    return ("SPF", verdict.spf), ("DKIM", verdict.dkim)


def _dmarc_mend(offer: Offer) -> str:
    ours = [record for record in offer.published if record.host.startswith("_dmarc.")]
    if not ours:
        return "Publish at _dmarc of the domain, type TXT: v=DMARC1; p=none"
    return f"Publish at {ours[0].host}, type TXT, and nothing else: v=DMARC1; p=none"


async def _key(seen: Evaluation, resolver: Resolver) -> Fact:
    """How long the keys are that verified; a shorter one than 1024 bits verifies nowhere."""
    for each in seen.dkim:
        if "less than" in each.why and not each.passes:
            return Fact(value="short", said=each.why, mend="Make a new key of 2048 bits.")
        if not each.passes:
            continue
        found = await keys.find(each.selector, each.domain, each.algorithm, resolver)
        rsa = [key.bits for key in found.keys if key.type == "rsa"]
        if rsa and min(rsa) < ADVISED_BITS:
            said = f"The key {each.selector} has {min(rsa)} bits; {ADVISED_BITS} are advised."
            return Fact(value="advised", said=said)
        if found.keys:
            kind = f"{min(rsa)} bits" if rsa else "Ed25519"
            return Fact(value="pass", said=f"The key {each.selector} is long enough ({kind}).")
    return Fact(value=UNKNOWN, said="No key verified the message, so none was measured.")


async def _return_path(offer: Offer, resolver: Resolver) -> Fact:
    """Whether an answer could go to the return path: MX, or else an address (RFC 5321 5.1)."""
    domain = _domain(offer.letter.sender)
    for kind in ("MX", "A", "AAAA"):
        answer = await resolver.ask(domain, kind)
        if answer.status is Status.FAILED:
            said = f"We could not ask DNS for {domain}: {answer.said}."
            return Fact(value=UNKNOWN, said=said, for_now=True)
        if answer.status is Status.FOUND:
            return Fact(value="pass", said=f"The return path's domain {domain} is there.")
    said = f"The return path's domain {domain} has neither a mail server nor an address."
    ours = [r for r in offer.published if r.host == domain and r.type == "MX"]
    mend = f"Publish at {domain}, type MX: {ours[0].value if ours else '10 and your mail server'}"
    return Fact(value="missing", said=said, mend=mend)


def _signed(parsed: Message) -> frozenset[str]:
    """The fields that a signature covers; whether it verifies is told apart."""
    written = [tags.read(unfolded(field.value)) for field in parsed.named(b"dkim-signature")]
    return frozenset(name for told in written for name in tags.listed(told.get("h", b"")))


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
