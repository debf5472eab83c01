"""Read the pretend providers from their TOML file; never decides what they answer.

A personality is one provider: where it listens, how DNS shows it, how it behaves, and what a
correct sender must have recorded in the end for its messages.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PACKAGED = Path(__file__).with_name("personalities.toml")

DNS_KINDS = ("mx", "two_mx", "address_only", "null_mx", "nxdomain", "servfail")
TLS_KINDS = ("good", "none", "broken")


class PersonalityError(ValueError):
    """The file of personalities cannot be used; the sentence names the provider and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What a correct sender records in the end, in words of the sender's own ladder.

    `tls` is what the evidence of an accepted message must say: "verified", "unverified", "none".
    """

    stage: str
    fault: str
    outcome: str  # accepted | refused | unknown | waiting
    category: str
    tls: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """Some mailboxes of a provider that behave in their own way: `local`, `local-1`, `local.x`.

    With `returns` their mail is taken, and comes back later with this reply as the reason.
    """

    local: str
    behaviour: Mapping[str, Any]
    expect: Expect
    share: int = 0
    returns: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Personality:
    """One pretend provider. `share` is its number of people in a demo of about a thousand."""

    name: str
    reads: str
    domains: tuple[str, ...]
    address: str
    expect: Expect
    behaviour: Mapping[str, Any]
    share: int = 0
    dns: str = "mx"
    tls: str = "good"
    listens: bool = True
    pipelining: bool = True
    delay_s: float = 0.0
    check: bool = True
    file: bool = True
    engine: str = "mx"  # mx | sink
    host: str = ""  # of its mail server, where that is not below its first domain
    rules: str = ""  # gmail: judges by the rules that Gmail publishes, with its codes
    specials: tuple[Special, ...] = field(default=())

    @property
    def mail_host(self) -> str:
        """The name of the host that takes the mail."""
        if self.host:
            return self.host
        return f"{'mx2' if self.dns == 'two_mx' else 'mx1'}.{self.domains[0]}"

    def special(self, local: str) -> Special | None:
        """The special mailbox this local part belongs to, if any."""
        for special in self.specials:
            if local == special.local or local.startswith(
                (f"{special.local}-", f"{special.local}.")
            ):
                return special
        return None

    def expects(self, local: str) -> Expect:
        """What must become of a message to this local part."""
        special = self.special(local)
        return special.expect if special else self.expect


def load(path: Path = PACKAGED) -> tuple[Personality, ...]:
    """Every personality of the file, in its order; raises PersonalityError."""
    with path.open("rb") as file:
        rows = tomllib.load(file).get("provider", [])
    found = tuple(_personality(row) for row in rows)
    _check_unique([p.name for p in found], "name")
    _check_unique([domain for p in found for domain in p.domains], "domain")
    _check_unique([p.address for p in found], "address")
    return found


def by_domain(personalities: tuple[Personality, ...]) -> dict[str, Personality]:
    """Look a provider up by the domain of an address."""
    return {domain: p for p in personalities for domain in p.domains}


def expected(personalities: tuple[Personality, ...], address: str) -> Expect | None:
    """What must become of a message to this address; None for a domain of none of them."""
    local, _, domain = address.lower().rpartition("@")
    provider = by_domain(personalities).get(domain)
    return provider.expects(local) if provider else None


def _personality(row: dict[str, Any]) -> Personality:
    name = row.get("name", "without a name")
    try:
        values = {**row, "domains": tuple(row["domains"]), "expect": Expect(**row["expect"])}
        values["behaviour"] = row.get("behaviour", {"kind": "accepts"})
        values["specials"] = tuple(
            Special(
                local=local,
                **{
                    "behaviour": {"kind": "accepts"},
                    **special,
                    "expect": Expect(**special["expect"]),
                },
            )
            for local, special in row.get("specials", {}).items()
        )
        made = Personality(**values)
    except (KeyError, TypeError) as problem:
        raise PersonalityError(f"Provider {name}: {problem}; see personality.py.") from problem
    if made.dns not in DNS_KINDS or made.tls not in TLS_KINDS:
        raise PersonalityError(f"Provider {name}: dns or tls is a word this program does not know.")
    return made


def _check_unique(values: list[str], what: str) -> None:
    twice = {value for value in values if values.count(value) > 1}
    if twice:
        raise PersonalityError(f"The {what} {sorted(twice)[0]} belongs to two providers; give one.")
