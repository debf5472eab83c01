"""Why a record is not where it should be, whatever kind it is: aliases, doubled names, wildcards.

Pure: each function takes facts and gives a finding, or None where that is not the trouble.
"""

from sendoff.mail.auth.names import Status
from sendoff.proving.facts import Facts
from sendoff.proving.found import Wanted
from sendoff.proving.saying import Finding

MAX_TXT_BYTES = 4096  # of one name: what DNS carries without TCP (RFC 6891 6.2.5)
_AT_DOMAIN = "_dmarc."


def of(wanted: Wanted, domain: str, facts: Facts) -> Finding | None:
    """What explains that the record is absent or cannot be read; None where nothing does."""
    answer = facts.of(wanted.host, wanted.type)
    told: dict[str, object] = {
        "host": wanted.host,
        "type": wanted.type,
        "wanted": wanted.expected,
        "domain": domain,
    }
    if answer.status is Status.FOUND:
        return _too_long(wanted, facts, told) or _wildcard(wanted, facts, told)
    return (
        _alias(wanted, facts, told)
        or _doubled(wanted, facts, told)
        or _elsewhere(wanted, facts, told)
    )


def elsewhere(host: str, domain: str) -> str:
    """Where a record is found that was published without the part with an underscore."""
    if host.startswith(_AT_DOMAIN):
        return host.removeprefix(_AT_DOMAIN)
    return host.replace("._domainkey.", ".", 1) if "._domainkey." in host else ""


def doubled(host: str, domain: str) -> str:
    """Where a record is found to whose host name the DNS host added the domain once more."""
    return f"{host}.{domain}"


def _alias(wanted: Wanted, facts: Facts, told: dict[str, object]) -> Finding | None:
    alias = facts.aliases.get(wanted.host)
    if alias is None:
        return None
    name = "alias-loop" if alias.circle else "alias-to-nothing"
    failed = facts.of(wanted.host, wanted.type).status is Status.FAILED
    if failed and not alias.circle:
        return None
    return name, {**told, "target": alias.target}


def _doubled(wanted: Wanted, facts: Facts, told: dict[str, object]) -> Finding | None:
    domain = str(told["domain"])
    there = doubled(wanted.host, domain)
    answer = facts.of(there, wanted.type)
    if answer.status is not Status.FOUND or answer.values == facts.wildcard.values:
        return None
    short = wanted.host.removesuffix(domain).rstrip(".")
    return "doubled-name", {**told, "there": there, "short": short or "@"}


def _elsewhere(wanted: Wanted, facts: Facts, told: dict[str, object]) -> Finding | None:
    there = elsewhere(wanted.host, str(told["domain"]))
    sign = "v=DMARC1" if wanted.host.startswith(_AT_DOMAIN) else "p="
    values = facts.of(there, wanted.type).values if there else ()
    if not any(sign in value and value.startswith(("v=D", "k=", "p=")) for value in values):
        return None
    return "at-another-host", {**told, "there": there}


def _wildcard(wanted: Wanted, facts: Facts, told: dict[str, object]) -> Finding | None:
    if wanted.type != "TXT" or not facts.wildcard.values or "_" not in wanted.host:
        return None
    values = facts.of(wanted.host, wanted.type).values
    return ("wildcard", told) if values == facts.wildcard.values else None


def _too_long(wanted: Wanted, facts: Facts, told: dict[str, object]) -> Finding | None:
    size = sum(map(len, facts.of(wanted.host, wanted.type).values))
    if wanted.type != "TXT" or size <= MAX_TXT_BYTES:
        return None
    return "too-long", {**told, "size": f"{size:,}", "most": f"{MAX_TXT_BYTES:,}"}
