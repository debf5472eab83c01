"""Where a domain's mail goes: MX by RFC 5321 section 5.1, with what was asked and answered.

It connects to nothing. What a domain says wrongly is the domain's; what DNS fails to say is the
network's, and only waits.
"""

import asyncio
import random
from dataclasses import dataclass, field, replace

import dns.name

from sendoff.lib import clock
from sendoff.mail.stages import Evidence, Fault, Kind, Outcome
from sendoff.smtp import policies, providers
from sendoff.smtp.hosts import MailHost, is_public
from sendoff.smtp.lookup import PATIENCE_S, Answer, Lookup, Status
from sendoff.smtp.mta_sts import Policy

MAX_HOSTS = 10  # more MX hosts than this are not asked for their addresses
MAX_CACHED = 50_000  # domains


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The way to a domain; `outcome` is set where there is none. `ttl_s`: how long it holds.

    `policy`: its MTA-STS policy, to be kept and brought along next time; `trouble`: why there is
    none though one is announced, as a word of RFC 8460 4.3.
    """

    domain: str
    provider: str = ""
    site: str = ""
    hosts: tuple[MailHost, ...] = ()
    outcome: Outcome | None = None
    evidence: tuple[Evidence, ...] = ()
    ttl_s: float = 300
    policy: Policy | None = None
    trouble: str = ""


@dataclass(slots=True)
class _Notes:
    """What was learnt on the way to one Routing."""

    evidence: list[Evidence] = field(default_factory=list)
    ttl_s: float = 86_400
    failed: bool = False  # some answer did not come, so that nothing is final
    private: int = 0  # addresses left out because they are not of the internet
    unproven: list[str] = field(default_factory=list)  # hosts whose TLSA records do not come

    def add(self, answer: Answer) -> Answer:
        self.evidence.append(answer.evidence)
        self.ttl_s = min(self.ttl_s, answer.ttl_s)
        self.failed |= answer.status is Status.FAILED
        return answer


class Resolver:
    """Finds routes and remembers them for as long as DNS says.

    `nameserver`: "address:port", or "" for the system's. `allow_private`: let hosts have loopback
    and private addresses, for demo and tests only. `patience_s`: seconds for one question. `web`:
    how MTA-STS policies are fetched; None: they are not asked for.
    """

    def __init__(
        self,
        nameserver: str = "",
        allow_private: bool = False,
        patience_s: float = PATIENCE_S,
        web: policies.Web | None = None,
    ) -> None:
        self._lookup = Lookup(nameserver, patience_s)
        self._web = web
        self._allow_private = allow_private
        self._known: dict[str, tuple[int, Routing]] = {}  # until when (ms), what
        self._asking: dict[str, asyncio.Task[Routing]] = {}

    async def resolve(self, domain: str, known: Policy | None = None) -> Routing:
        """The route to a domain. Hosts of equal preference come in a new order each time.

        `known`: the MTA-STS policy found before, which holds until its time ends.
        """
        name = domain.rstrip(".").lower()
        until, routing = self._known.get(name, (0, None))
        if routing is None or until <= clock.now_ms():
            routing = await asyncio.shield(self._once(name, known))
        return replace(routing, domain=domain, hosts=_shuffled(routing.hosts))

    async def addresses_of(self, host: str) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
        """The addresses of a host that the operator named himself: private ones are fine."""
        asked = _as_name(host)
        if asked is None:
            return (), ()
        answers = await asyncio.gather(*(self._lookup.ask(asked, kind) for kind in ("A", "AAAA")))
        found = tuple(address for answer in answers for address in answer.addresses)
        return found, tuple(answer.evidence for answer in answers)

    async def web_addresses_of(self, host: str) -> tuple[str, ...]:
        """The addresses of a host that a stranger named: private ones only where allowed."""
        found, _ = await self.addresses_of(host)
        return tuple(each for each in found if self._allow_private or is_public(each))

    async def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records at a name; () where there are none, or no answer comes."""
        asked = _as_name(name)
        return (await self._lookup.ask(asked, "TXT")).texts if asked else ()

    def _once(self, name: str, known: Policy | None) -> asyncio.Task[Routing]:
        """Many messages may want the same domain at once; it is asked for once."""
        if name not in self._asking:
            task = asyncio.get_running_loop().create_task(self._find_and_keep(name, known))
            self._asking[name] = task
            task.add_done_callback(lambda _: self._asking.pop(name, None))
        return self._asking[name]

    async def _find_and_keep(self, name: str, known: Policy | None) -> Routing:
        routing = await self._find(name)
        if routing.hosts and self._web:
            routing = await self._under_policy(self._web, routing, known)
        elif known:
            routing = replace(routing, policy=known)
        if len(self._known) >= MAX_CACHED:
            self._known.pop(next(iter(self._known)))
        self._known[name] = (clock.now_ms() + int(routing.ttl_s * 1000), routing)
        return routing

    async def _find(self, name: str) -> Routing:
        notes = _Notes()
        asked = _as_name(name)
        if asked is None:
            return _none(name, notes, _refused("5.1.2", f"{name} can not be the name of a domain."))
        answer = notes.add(await self._lookup.ask(asked, "MX"))
        if answer.status is Status.NXDOMAIN:
            return _none(name, notes, _refused("5.1.2", f"The domain {name} does not exist."))
        if answer.status is Status.FAILED:
            return _none(name, notes, _waits(f"DNS gives no answer for {name}: {answer.said}"))
        if answer.status is Status.NODATA:
            return await self._implicit(name, answer.secure, notes)
        named = [(preference, host) for preference, host in answer.mx if host != "."]
        if not named:
            sentence = f"The domain {name} says that it takes no mail (null MX)."
            return _none(name, notes, _refused("5.1.10", sentence))
        return await self._through(name, named, answer.secure, notes)

    async def _implicit(self, name: str, secure: bool, notes: _Notes) -> Routing:
        """No MX: the domain's own address is its mail host (RFC 5321 5.1)."""
        host = await self._host((0, name), secure, notes)
        if host:
            return _found(name, (host,), notes)
        sentence = f"The domain {name} has neither MX nor address, so it takes no mail."
        return _none(name, notes, _unroutable(notes, sentence, Fault.RECIPIENT))

    async def _through(
        self, name: str, named: list[tuple[int, str]], secure: bool, notes: _Notes
    ) -> Routing:
        notes.failed |= len(named) > MAX_HOSTS  # nothing is final while some were not asked for
        named = sorted(named)[:MAX_HOSTS]
        found = await asyncio.gather(*(self._host(each, secure, notes) for each in named))
        hosts = tuple(filter(None, found))
        if hosts:
            return _found(name, hosts, notes)
        sentence = f"None of the mail hosts of {name} has an address."
        return _none(name, notes, _unroutable(notes, sentence, Fault.RECIPIENT_SYSTEM))

    async def _host(self, named: tuple[int, str], secure: bool, notes: _Notes) -> MailHost | None:
        """A host with its addresses, and its TLSA records where DNSSEC secures the way to it."""
        asked = _as_name(named[1])
        if asked is None:
            return None
        answers = await asyncio.gather(*(self._lookup.ask(asked, kind) for kind in ("A", "AAAA")))
        found = [address for answer in answers for address in notes.add(answer).addresses]
        usable = [address for address in found if self._allow_private or is_public(address)]
        notes.private += len(found) - len(usable)
        if not usable:
            return None
        name = named[1].rstrip(".").lower()
        host = MailHost(preference=named[0], name=name, addresses=tuple(usable))
        if secure and all(answer.secure for answer in answers):
            return await self._with_tlsa(host, asked, notes)
        return host

    async def _with_tlsa(
        self, host: MailHost, asked: dns.name.Name, notes: _Notes
    ) -> MailHost | None:
        """DANE (RFC 7672 2.2): a host whose TLSA records fail to come is not talked to at all."""
        answer = notes.add(await self._lookup.ask(dns.name.from_text("_25._tcp", asked), "TLSA"))
        if answer.status is Status.FAILED:
            notes.unproven.append(host.name)
            return None
        return replace(host, tlsa=answer.texts if answer.secure else ())

    async def _under_policy(
        self, web: policies.Web, routing: Routing, known: Policy | None
    ) -> Routing:
        """The route as the domain's MTA-STS policy allows it."""
        name = _as_name(routing.domain)
        if name is None:
            return routing
        found = await policies.discover(self._lookup, web, name, known)
        routing = replace(
            routing,
            policy=found.policy,
            trouble=found.trouble,
            ttl_s=min(routing.ttl_s, found.ttl_s),
            evidence=(*routing.evidence, *found.evidence),
        )
        if found.policy is None or found.policy.mode == "none":
            return routing
        return _allowed(routing, found.policy)


def _as_name(name: str) -> dns.name.Name | None:
    try:
        asked = dns.name.from_text(name, idna_codec=dns.name.IDNA_2008_UTS_46)
    except (dns.exception.DNSException, UnicodeError, ValueError):
        return None
    return asked if len(asked.labels) > 1 else None


def _shuffled(hosts: tuple[MailHost, ...]) -> tuple[MailHost, ...]:
    """By preference; equals in random order, so that the load spreads (RFC 5321 5.1)."""
    if len(hosts) < 2:
        return hosts
    return tuple(sorted(hosts, key=lambda h: (h.preference, random.random())))  # noqa: S311 - no secret


def _allowed(routing: Routing, policy: Policy) -> Routing:
    """Under enforce only the hosts that the policy names (RFC 8461 5); DANE has its own word."""
    strict = policy.mode == "enforce"
    others = "" if strict else "testing, not named"
    marked = [
        host
        if host.tlsa
        else replace(host, sts=policy.mode if policy.covers(host.name) else others)
        for host in routing.hosts
    ]
    hosts = tuple(host for host in marked if host.tlsa or host.sts)
    if hosts:
        return replace(routing, hosts=hosts)
    named = ", ".join(host.name for host in routing.hosts)
    sentence = (
        f"The MTA-STS policy of {routing.domain} allows none of its mail hosts: {named}."
        " The domain's owner must mend one or the other."
    )
    outcome = Outcome(
        kind=Kind.DEFERRED,
        stage="tls",
        fault=Fault.RECIPIENT_SYSTEM,
        category="remote_system",
        reply=sentence,
    )
    return replace(routing, hosts=(), outcome=outcome)


def _found(name: str, hosts: tuple[MailHost, ...], notes: _Notes) -> Routing:
    names = [host.name for host in hosts]
    return Routing(
        domain=name,
        provider=providers.provider_of(names),
        site=providers.site_of(names),
        hosts=hosts,
        evidence=tuple(notes.evidence),
        ttl_s=notes.ttl_s,
    )


def _none(name: str, notes: _Notes, outcome: Outcome) -> Routing:
    site = providers.site_of([name])
    return Routing(
        domain=name,
        provider=site,
        site=site,
        outcome=outcome,
        evidence=tuple(notes.evidence),
        ttl_s=min(notes.ttl_s, 3600),
    )


def _unroutable(notes: _Notes, sentence: str, fault: Fault) -> Outcome:
    if notes.private:
        sentence = "The domain's mail hosts have only private addresses, not of the internet."
        fault = Fault.RECIPIENT_SYSTEM
    elif notes.unproven:
        hosts = ", ".join(notes.unproven)
        return _waits(
            f"DNS gives no answer for the TLSA records of {hosts}, so nobody may connect."
        )
    elif notes.failed:
        return _waits(f"{sentence} Some of them could not be looked up.")
    return replace(_refused("5.4.4", sentence), fault=fault)


def _refused(enhanced: str, sentence: str) -> Outcome:
    return Outcome(
        kind=Kind.REFUSED,
        stage="dns",
        fault=Fault.RECIPIENT,
        category="bad_domain",
        enhanced=enhanced,
        reply=sentence,
    )


def _waits(sentence: str) -> Outcome:
    return Outcome(
        kind=Kind.DEFERRED,
        stage="dns",
        fault=Fault.NETWORK,
        category="expired_or_network",
        enhanced="4.4.3",
        reply=sentence,
    )
