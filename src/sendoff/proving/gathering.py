"""Ask DNS, the web and mail servers about a subject, at once and in bounded time. Judges nothing.

What was not answered when time is up is an answer too: it could not be asked for.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import dns.exception
import dns.name

from sendoff.lib.config import Config
from sendoff.mail.auth import dmarc, spf
from sendoff.mail.auth.author import Author
from sendoff.mail.auth.live import Live
from sendoff.mail.auth.names import Answer, Resolver, Status
from sendoff.proving import mailboxes, texts, troubles
from sendoff.proving.facts import Alias, Facts, Heard
from sendoff.proving.subject import Subject
from sendoff.smtp.hosts import is_public
from sendoff.smtp.lookup import Lookup
from sendoff.smtp.policies import Discovered, Web, discover
from sendoff.smtp.trust import Trust

T = TypeVar("T")
WITHIN_S = 10.0  # for all of it: somebody looks at a page meanwhile
QUESTION_S = 4.0  # for one question with its repetitions
MAX_ALIASES = 8  # in a row, as resolvers follow them
ANYBODY = "no-such-name-of-a-record"  # what a wildcard answers for
LATE = "no answer in time"
_LATE = Answer(status=Status.FAILED, said=LATE)
_MAILBOXES = ("postmaster", "abuse")


@dataclass(frozen=True, kw_only=True)
class Network:
    """The network as this installation sees it. `nameserver` "" means the system's."""

    nameserver: str = ""
    web: Web | None = field(default_factory=Web)  # None: MTA-STS policies are not fetched
    smtp_port: int = 25
    allow_private: bool = False
    within_s: float = WITHIN_S


def network(config: Config) -> Network:
    """As the settings say."""
    private = config.allow_private_targets
    web = Web(trust=Trust(roots=config.tls_roots), port=config.mta_sts_port, allow_private=private)
    return Network(
        nameserver=config.resolver,
        web=web if config.mta_sts_port else None,
        smtp_port=config.smtp_port,
        allow_private=private,
    )


async def gather(subject: Subject, net: Network) -> Facts:
    """Everything that judging needs, within `net.within_s` and a moment."""
    asking = Asking(Live(net.nameserver, QUESTION_S), net.within_s)
    async with asyncio.TaskGroup() as group:
        names = group.create_task(_names(subject, asking))
        verdicts = group.create_task(_spf(subject, asking))
        author = group.create_task(_dmarc(subject, asking))
        policy = group.create_task(asking.before_late(_policy(subject, net), None))
        boxes = group.create_task(_mailboxes(subject, net, asking))
    return Facts(
        answers=names.result()[0],
        aliases=names.result()[1],
        wildcard=await asking.ask(_nobody(subject), "TXT"),
        spf=verdicts.result(),
        dmarc=author.result(),
        policy=policy.result(),
        mailboxes=boxes.result(),
    )


class Asking:
    """A resolver that asks each question once and gives up when the time for all is over."""

    def __init__(self, resolver: Resolver, within_s: float) -> None:
        self._resolver = resolver
        self._end = asyncio.get_running_loop().time() + within_s
        self._asked: dict[tuple[str, str], asyncio.Task[Answer]] = {}

    async def ask(self, name: str, kind: str) -> Answer:
        """The answer, the same whoever asks."""
        key = name.lower().rstrip("."), kind
        if key not in self._asked:
            asking = self.before_late(self._resolver.ask(*key), _LATE)
            self._asked[key] = asyncio.create_task(asking)
        return await asyncio.shield(self._asked[key])

    async def before_late(self, work: Awaitable[T], otherwise: T) -> T:
        """What the work gives; `otherwise` where time is up."""
        try:
            async with asyncio.timeout_at(self._end):
                return await work
        except TimeoutError:
            return otherwise


async def _names(
    subject: Subject, asking: Asking
) -> tuple[Mapping[tuple[str, str], Answer], Mapping[str, Alias]]:
    """The records themselves; then, for those that are not there, what may explain it."""
    wanted = questions(subject)
    answers = await _all(asking, wanted)
    hosts = [*answers[subject.return_path, "MX"].values, *answers[subject.domain, "MX"].values]
    for source in subject.sources:
        hosts += answers[source.reverse, "PTR"].values
    more = [(host, kind) for host in hosts for kind in ("A", "AAAA")]
    for other in texts.foreign_reports(subject.domain, answers[f"_dmarc.{subject.domain}", "TXT"]):
        more.append((texts.report_leave(subject.domain, other), "TXT"))
    absent = [(n, kind) for (n, kind) in wanted if not answers[n, kind].values]
    for name, kind in absent:
        there = troubles.elsewhere(name, subject.domain)
        more += [
            (troubles.doubled(name, subject.domain), kind),
            *([(there, kind)] if there else []),
        ]
    answers |= await _all(asking, more)
    suspects = {name for name, _ in absent} | {*answers[subject.return_path, "MX"].values}
    found = await asyncio.gather(*(_alias(asking, name) for name in suspects))
    return answers, {name: alias for name, alias in zip(suspects, found, strict=True) if alias}


def questions(subject: Subject) -> list[tuple[str, str]]:
    """What is asked whatever comes."""
    domain = subject.domain
    hosts = [domain, subject.return_path, *(key.host for key in (*subject.keys, *subject.old_keys))]
    below = ("_dmarc", "_mta-sts", "_smtp._tls", "default._bimi")
    found = [(host, "TXT") for host in (*hosts, *(f"{label}.{domain}" for label in below))]
    found += [(domain, "MX"), (subject.return_path, "MX")]
    found += [(source.reverse, "PTR") for source in subject.sources]
    named = {subject.links, *(source.helo for source in subject.sources)}
    return found + [(name, kind) for name in sorted(named) for kind in ("A", "AAAA") if name]


async def _all(
    asking: Asking, questions: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Answer]:
    unique = list(dict.fromkeys((n.lower().rstrip("."), kind) for n, kind in questions))
    found = await asyncio.gather(*(asking.ask(name, kind) for name, kind in unique))
    return dict(zip(unique, found, strict=True))


async def _alias(asking: Asking, name: str) -> Alias | None:
    """Where the CNAMEs of a name lead; None where it has none."""
    seen, at = [name.lower()], name
    for _ in range(MAX_ALIASES):
        answer = await asking.ask(at, "CNAME")
        if not answer.values:
            break
        at = answer.values[0].lower()
        if at in seen:
            return Alias(target=seen[-1] if len(seen) > 1 else at, circle=True)
        seen.append(at)
    return Alias(target=at, circle=len(seen) > MAX_ALIASES) if len(seen) > 1 else None


async def _spf(subject: Subject, asking: Asking) -> dict[str, dict[str, spf.Verdict]]:
    """For the return path and the domain, what SPF says of each sending address."""
    pairs = [(host, s) for host in (subject.return_path, subject.domain) for s in subject.sources]
    helos = {source.ip: source.helo for source in subject.sources}
    checks = (spf.check(s.ip, f"bounce@{host}", helos[s.ip], asking) for host, s in pairs)
    found: dict[str, dict[str, spf.Verdict]] = {}
    for (host, source), verdict in zip(pairs, await asyncio.gather(*checks), strict=True):
        found.setdefault(host, {})[source.ip] = verdict
    return found


async def _dmarc(subject: Subject, asking: Asking) -> dmarc.Verdict:
    proved = dmarc.Identifiers(passed=[subject.return_path])
    return await dmarc.evaluate(Author(domain=subject.domain), proved, dmarc.Identifiers(), asking)


async def _policy(subject: Subject, net: Network) -> Discovered | None:
    if net.web is None:
        return None
    try:
        name = dns.name.from_text(subject.domain)
    except dns.exception.DNSException:
        return None
    return await discover(Lookup(net.nameserver, QUESTION_S), net.web, name, None)


async def _mailboxes(subject: Subject, net: Network, asking: Asking) -> dict[str, Heard]:
    """What the domain's own mail server says of the addresses that must be there."""
    addresses = [f"{name}@{subject.domain}" for name in _MAILBOXES]
    answer = await asking.ask(subject.domain, "MX")
    if answer.status is Status.FAILED:
        return _unheard(addresses, "", f"{answer.said}.")
    hosts = [host for host in answer.values or (subject.domain,) if host not in (".", "")]
    late = _unheard(addresses, "", f"{LATE}.")
    for host in hosts[:1]:
        found = [(await asking.ask(host, kind)).values for kind in ("A", "AAAA")]
        there = [ip for values in found for ip in values]
        allowed = [ip for ip in there if net.allow_private or is_public(ip)]
        if allowed:
            place = (host, allowed[0], net.smtp_port)
            talk = mailboxes.ask(place, subject.mail_host, addresses)
            return dict(await asking.before_late(talk, late))
        if answer.values:
            return _unheard(addresses, host, f"{host} has no address that may be asked.")
    return {}


def _unheard(addresses: Iterable[str], host: str, why: str) -> dict[str, Heard]:
    return {address: Heard(host=host, code=0, said=why) for address in addresses}


def _nobody(subject: Subject) -> str:
    """A name below the domain that nobody enters."""
    return f"{ANYBODY}.{subject.domain}"
