"""Find a host of a site that talks to us: tries hosts in order and keeps what each of them said.

It offers no message. Whatever goes wrong is a value: the outcome that every waiting message gets.
"""

import asyncio
import errno
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sendoff.lib import drill
from sendoff.mail import stages
from sendoff.mail.stages import Evidence, Fault, Kind, Outcome
from sendoff.smtp.manners import Manners
from sendoff.smtp.mishaps import lost, theirs
from sendoff.smtp.session import Session, Terms, TlsFailed
from sendoff.smtp.wishes import Wish, wish

MAX_ADDRESSES = 5  # RFC 5321 5.1 wants at least two; a site with five dead hosts is down
_NO_STARTTLS = "starttls-not-supported"
CONNECT_LIMIT = 30.0  # seconds for TCP; kernels would wait two minutes


class Host(Protocol):
    """What dialling needs to know of an MX host or a relay."""

    @property
    def name(self) -> str: ...
    @property
    def addresses(self) -> tuple[str, ...]: ...
    @property
    def sts(self) -> str: ...
    @property
    def tlsa(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whom to call and how. `source_ip` "" leaves the choice to the system."""

    hosts: Sequence[Host]
    port: int
    manners: Manners
    terms: Terms
    source_ip: str = ""
    domain: str = ""  # whose mail it is


@dataclass(slots=True, kw_only=True)
class Called:
    """How dialling ended: a session, or the outcome that says why not; and all evidence."""

    session: Session | None = None
    outcome: Outcome | None = None
    mx: str = ""
    peer: str = ""
    wish: Wish  # how the last line had to be encrypted
    why_not: str = ""  # why a line that should have been encrypted is not
    result: str = ""  # the same in the words of RFC 8460 4.3
    by_tls: bool = False  # whether the last line broke at encryption, or on its first use
    steps: list[Evidence] = field(default_factory=list)


async def dial(plan: Plan) -> Called:
    """Open a session to the first host that takes us, at most MAX_ADDRESSES addresses."""
    called = Called(wish=Wish(word=plan.manners.tls, tls=plan.manners.tls))
    failures: list[Outcome] = []
    for host, address in _addresses(plan):
        called.mx, called.peer = host.name, _peer(address, plan.port)
        called.why_not = called.result = ""
        called.wish = wish(host, plan.manners.tls, plan.terms.verify)
        outcome = await _call(_as_wished(plan, called.wish), host.name, address, called)
        if outcome is None:
            return called
        failures.append(outcome)
        if outcome.fault is Fault.OUR_CONFIG:
            break  # what is wrong with us is wrong at every host
    called.outcome = most_telling(failures) if failures else _nowhere(plan)
    return called


def most_telling(failures: Sequence[Outcome]) -> Outcome:
    """Of several hosts' failures the one that came furthest, the last of equals.

    It is final only if every host's was: one busy host may take tomorrow what another refused.
    """
    furthest = max(reversed(failures), key=lambda outcome: stages.position(outcome.stage))
    if any(outcome.kind is Kind.DEFERRED for outcome in failures):
        return replace(furthest, kind=Kind.DEFERRED)
    return furthest


def _as_wished(plan: Plan, wanted: Wish) -> Plan:
    return replace(
        plan,
        manners=replace(plan.manners, tls=wanted.tls),
        terms=replace(
            plan.terms,
            verify=wanted.verify,
            tlsa=wanted.tlsa,
            names=(plan.domain,) * bool(plan.domain),
        ),
    )


async def _call(plan: Plan, name: str, address: str, called: Called) -> Outcome | None:
    """One address; on a new line in clear where only TLS is the trouble and policy lets us."""
    outcome = await _try(plan, plan.manners, name, address, called)
    if outcome is None or not called.by_tls or plan.manners.tls != "opportunistic":
        return outcome
    called.why_not = outcome.reply
    if plan.manners.username:
        return outcome  # a password is never sent in clear, so there is no use in such a line
    in_clear = await _try(plan, replace(plan.manners, tls="none"), name, address, called)
    return in_clear and most_telling((outcome, in_clear))


async def _try(
    plan: Plan, manners: Manners, name: str, address: str, called: Called
) -> Outcome | None:
    called.by_tls = False
    session = await _connect(plan, manners, name, address, called)
    if isinstance(session, Outcome):
        return session
    try:
        outcome = await session.opened()
    except TlsFailed as failed:
        await session.close()
        outcome = lost("tls", f"The TLS handshake failed: {failed}")
        outcome = outcome if failed.line else theirs(outcome)
        called.result = failed.result
    called.steps += session.client.steps
    if outcome is None:
        called.session = session
        if session.client.tls_why_not and called.wish.tls != "none":
            called.result = called.result or _NO_STARTTLS
        return None
    return _laid_at_the_door_of_tls(outcome, session, called)


def _laid_at_the_door_of_tls(outcome: Outcome, session: Session, called: Called) -> Outcome:
    """In TLS 1.3 a server may reject the handshake so late that it shows only at the next read.

    An alert says so. A cut may hide one: it is told where it was, but a line in clear is worth it.
    """
    broke = session.alerted or outcome.fault is Fault.NETWORK
    first_use = session.client.secure and outcome.stage == "ehlo"
    called.by_tls = (first_use and broke) or outcome.stage == "tls"
    if called.by_tls and not called.result:
        called.result = _NO_STARTTLS if session.client.tls_why_not else "validation-failure"
    if session.alerted and called.by_tls:
        return theirs(replace(outcome, stage="tls"))
    return outcome


async def _connect(
    plan: Plan, manners: Manners, name: str, address: str, called: Called
) -> Session | Outcome:
    """A TCP connection from our source address."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    local = (plan.source_ip, 0) if plan.source_ip else None
    failure, session = None, None
    try:
        async with asyncio.timeout(CONNECT_LIMIT * plan.terms.time_factor):
            _, session = await loop.create_connection(
                lambda: Session(manners, plan.terms, name), address, plan.port, local_addr=local
            )
        drill.point("connect")
    except TimeoutError:
        failure = lost("connect", "The host did not answer in time.")
    except OSError as error:
        failure = _refusal(error, plan.source_ip)
    ms = round((loop.time() - began) * 1000, 3)
    command = f"connect {called.peer} ({name})"
    said = failure.reply if failure else "connected"
    called.steps.append(Evidence(stage="connect", ms=ms, command=command, reply=said))
    return failure or session or lost("connect", said)


def _refusal(error: OSError, source_ip: str) -> Outcome:
    if error.errno == errno.EADDRNOTAVAIL and source_ip:
        sentence = f"This machine has no address {source_ip}; give the sending server one it has."
        return _ours(sentence)
    known = {
        errno.ECONNREFUSED: "The host refused the connection.",
        errno.EHOSTUNREACH: "There is no way to the host.",
        errno.ENETUNREACH: "There is no way to the host's network.",
        errno.ETIMEDOUT: "The host did not answer in time.",
        errno.ECONNRESET: "The host broke off the connection.",
    }
    return lost("connect", known.get(error.errno or 0, f"Could not connect: {error}."))


def _nowhere(plan: Plan) -> Outcome:
    if any(host.addresses for host in plan.hosts):
        return _ours(f"No host of the site has an address of the same family as {plan.source_ip}.")
    return lost("dns", "No address is known for any host of the site.")


def _ours(sentence: str) -> Outcome:
    return Outcome(
        kind=Kind.DEFERRED,
        stage="connect",
        fault=Fault.OUR_CONFIG,
        category="expired_or_network",
        reply=sentence,
    )


def _addresses(plan: Plan) -> Iterator[tuple[Host, str]]:
    """Hosts and addresses to try, in order, of the family that our source address has."""
    family = ipaddress.ip_address(plan.source_ip).version if plan.source_ip else 0
    found = 0
    for host in plan.hosts:
        for address in host.addresses:
            if family in (0, ipaddress.ip_address(address).version) and found < MAX_ADDRESSES:
                found += 1
                yield host, address


def _peer(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
