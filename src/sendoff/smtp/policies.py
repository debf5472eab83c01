"""Find the MTA-STS policy of a domain: TXT, then HTTPS (RFC 8461 3). It enforces nothing.

What was fetched is the caller's to keep and to bring along next time: a policy that is still in
its time holds whatever DNS and HTTPS say, so that nobody can take it away by silencing them.
"""

import asyncio
from dataclasses import dataclass, field, replace

import dns.name

from sendoff.lib import clock
from sendoff.mail.stages import Evidence
from sendoff.smtp import https, mta_sts
from sendoff.smtp.hosts import is_public
from sendoff.smtp.lookup import Lookup
from sendoff.smtp.mta_sts import Policy
from sendoff.smtp.trust import Trust

RETRY_S = 300.0  # after a policy that could not be fetched (RFC 8461 3.3)
PATH = "/.well-known/mta-sts.txt"


@dataclass(frozen=True, kw_only=True)
class Web:
    """How policies are fetched. `port` other than 443 and `allow_private` are for tests."""

    trust: Trust = field(default_factory=Trust)
    port: int = 443
    allow_private: bool = False
    patience_s: float = https.PATIENCE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """The policy that holds now, if any. `trouble`: RFC 8460 4.3 word where none could be had."""

    policy: Policy | None = None
    evidence: tuple[Evidence, ...] = ()
    trouble: str = ""
    ttl_s: float = 86_400

    @property
    def mode(self) -> str:
        """enforce, testing or none."""
        return self.policy.mode if self.policy else "none"


async def discover(
    lookup: Lookup, web: Web, domain: dns.name.Name, known: Policy | None
) -> Discovered:
    """The policy of a domain; `known` is the one that was found before."""
    now = clock.now_ms()
    kept = known if known and known.until_ms > now else None
    answer = await lookup.ask(dns.name.from_text("_mta-sts", domain), "TXT")
    policy_id = mta_sts.id_of(answer.texts)
    if not policy_id:
        return Discovered(policy=kept, evidence=(answer.evidence,))
    ttl_s = answer.ttl_s
    if kept and kept.id == policy_id and kept.fetched_ms + mta_sts.REFRESH_MS > now:
        return Discovered(policy=kept, evidence=(answer.evidence,), ttl_s=ttl_s)
    fetched = await _fetch(lookup, web, domain.to_text(omit_final_dot=True), policy_id)
    evidence = (answer.evidence, *fetched.evidence)
    if fetched.trouble:
        return replace(fetched, policy=kept, evidence=evidence, ttl_s=min(ttl_s, RETRY_S))
    return replace(fetched, evidence=evidence, ttl_s=ttl_s)


async def _fetch(lookup: Lookup, web: Web, domain: str, policy_id: str) -> Discovered:
    loop = asyncio.get_running_loop()
    began = loop.time()
    host, policy, trouble = f"mta-sts.{domain}", None, ""
    try:
        context = web.trust.context(True)
        addresses = await _addresses(lookup, web, host)
        said = await https.text((host, web.port, PATH), addresses, context, web.patience_s)
        policy = mta_sts.parse(said, policy_id, clock.now_ms())
        words = ", ".join(policy.lines)
    except https.FetchError as error:
        trouble = "sts-webpki-invalid" if error.by_tls else "sts-policy-fetch-error"
        words = f"No policy: {error}"
    except mta_sts.PolicyError as error:
        trouble, words = "sts-policy-invalid", f"No policy: {error}"
    ms = round((loop.time() - began) * 1000, 3)
    step = Evidence(stage="dns", ms=ms, command=f"GET https://{host}{PATH}", reply=words)
    return Discovered(policy=policy, evidence=(step,), trouble=trouble)


async def _addresses(lookup: Lookup, web: Web, host: str) -> list[str]:
    name = dns.name.from_text(host)
    answers = await asyncio.gather(*(lookup.ask(name, kind) for kind in ("A", "AAAA")))
    found = (address for answer in answers for address in answer.addresses)
    return [address for address in found if web.allow_private or is_public(address)]
