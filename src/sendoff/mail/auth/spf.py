"""Evaluate SPF (RFC 7208) and say how it came about. spftrace does the work, behind our face."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import spftrace
from spftrace import macros

from sendoff.lib.errors import PlainError
from sendoff.mail.auth import names
from sendoff.mail.auth.names import Resolver, Status

DEFAULT_EXPLANATION = "DEFAULT"  # a receiver's own words where the domain has none
_RCODES = {
    Status.FOUND: "NOERROR",
    Status.NODATA: "NOERROR",
    Status.NXDOMAIN: "NXDOMAIN",
    Status.FAILED: "TIMEOUT",
}
_LEFT_OUT = frozenset(("at_ms", "ms", "source"))  # of the trace: what differs from run to run


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`domain`: whose record was evaluated; `lookups`: terms that ask DNS, of which 10 may be."""

    result: str
    domain: str
    explanation: str | None
    lookups: int
    trace: tuple[Mapping[str, Any], ...]

    @property
    def why(self) -> str:
        """The reason that the evaluation ended on, "" where it ended on a mechanism."""
        reasons = [str(step["reason"]) for step in self.trace if "reason" in step]
        return reasons[-1] if reasons else ""


class SpfError(PlainError, ValueError):
    """The question itself is wrong: no IP address."""


class _Asking(spftrace.BaseResolver):
    """Lends spftrace our resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self._ours = resolver

    async def _lookup(self, name: str, rtype: str) -> tuple[str, list[str]]:
        answer = await self._ours.ask(name, rtype)
        return _RCODES[answer.status], list(answer.values)


class _Explaining(spftrace.Evaluator):
    """Reads an explanation word by word: spftrace 0.3.0 takes none that holds a blank."""

    async def _explanation(
        self, ip: Any, domain: str, sender: str, helo: str, exp_term: spftrace.Term
    ) -> str | None:
        context = macros.MacroContext(
            ip=ip,
            sender=sender,
            helo=helo,
            domain=domain,
            receiver=self.receiver,
            session=self.session,
        )
        try:
            with self.session.void_exempt():  # RFC 7208 4.6.4: the verdict is out already
                where = macros.truncate_domain(await macros.expand(exp_term.arg or "", context))
                _, texts = await self.session.query(where, "TXT")
                words = texts[0].split(" ") if len(texts) == 1 else []
                told = [await macros.expand(word, context, exp=True) for word in words]
        except (spftrace.SpfError, spftrace.DnsError, ValueError):
            return None
        return " ".join(told) or None


async def check(ip: str, mail_from: str, helo: str, resolver: Resolver) -> Verdict:
    """Whether the address may send for the domain of `mail_from`, or of `helo` for a null sender.

    SpfError where `ip` is no address. `mail_from` may be a path in brackets or a domain.
    """
    try:
        address = str(ipaddress.ip_address(ip.strip().strip("[]").removeprefix("IPv6:")))
    except ValueError:
        raise SpfError(f'"{ip[:60]}" is no IP address.') from None
    sender = mail_from.strip().removeprefix("<").removesuffix(">")
    local, at, domain = sender.rpartition("@")
    sending = _ascii(domain if domain else helo)
    evaluator = _Explaining(_Asking(resolver), receiver="unknown")
    found = await evaluator.evaluate(address, f"{local or 'postmaster'}@{sending}", _ascii(helo))
    explained = found.explanation or (DEFAULT_EXPLANATION if found.result == "fail" else None)
    return Verdict(
        result=found.result,
        domain=sending.lower().rstrip("."),
        explanation=explained,
        lookups=found.dns_terms_used,
        trace=tuple(_step(event.to_dict()) for event in found.trace.events),
    )


def _ascii(domain: str) -> str:
    """A-labels (RFC 7208 4.3), otherwise as written: case shows in macros."""
    domain = domain.strip()
    return domain if domain.isascii() else names.normal(domain) or domain


def _step(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in _LEFT_OUT}
