"""Whose mail servers these are, told by the names of the MX hosts. Pure; the names are rules."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sendoff.lib import rules

# Second-level names under which people register in some countries: co.uk, com.au, or.jp.
_REGISTRY_LABELS = frozenset({"ac", "co", "com", "edu", "gov", "ne", "net", "or", "org"})


@dataclass(frozen=True, kw_only=True)
class ProviderRule(rules.Rule):
    """One mailbox provider and the endings of its MX host names, as `google.com`."""

    provider: str
    reads: str
    suffixes: tuple[str, ...]
    tls: str = "opportunistic"  # or "required": their mail is never offered in clear
    in_clear: str = ""  # what they do with mail that comes in clear, as a sentence

    def ends(self, host: str) -> int:
        """How many characters of the host's name are a known ending; 0 for none."""
        name = "." + host.rstrip(".").lower()
        return max((len(s) for s in self.suffixes if name.endswith("." + s)), default=0)

    def matches_sample(self, text: str) -> bool:
        return self.ends(text) > 0


def provider_of(hosts: Sequence[str]) -> str:
    """The provider behind MX hosts, best preference first: a known one, or the hosts' own site."""
    known = max(_rules(), key=lambda rule: rule.ends(hosts[0]), default=None) if hosts else None
    if known and known.ends(hosts[0]):
        return known.provider
    return site_of(hosts)


def reads(provider: str) -> str:
    """A provider's name for people; a site is its own."""
    return next((rule.reads for rule in _rules() if rule.provider == provider), provider)


def tls_of(provider: str) -> str:
    """The encryption that a provider's mail needs: opportunistic or required."""
    known = (rule.tls for rule in _rules() if rule.provider == provider)
    return next(known, "opportunistic")


def in_clear(provider: str) -> str:
    """What a provider does with mail that comes in clear, as a sentence; "" where it is unknown."""
    return next((rule.in_clear for rule in _rules() if rule.provider == provider), "")


def known(provider: str) -> bool:
    """Whether it is a provider with a name here, or else the site of a domain's own hosts."""
    return any(rule.provider == provider for rule in _rules())


def site_of(hosts: Sequence[str]) -> str:
    """What looks like the registered domain of the best MX host: limits apply to a site."""
    labels = hosts[0].rstrip(".").lower().split(".") if hosts else []
    country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _REGISTRY_LABELS
    return ".".join(labels[-3 if country else -2 :])


@functools.cache
def _rules() -> tuple[ProviderRule, ...]:
    return rules.load(Path(__file__).with_name("providers.toml"), ProviderRule)
