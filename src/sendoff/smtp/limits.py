"""What a provider bears from one source, as far as anybody knows. Pure; the figures are rules."""

import functools
from dataclasses import dataclass
from pathlib import Path

from sendoff.lib import rules
from sendoff.smtp import providers

ANY = "*"


@dataclass(frozen=True, kw_only=True)
class ProviderLimit(rules.Rule):
    """What to keep to with one provider; None where nothing is known. Samples are MX hosts.

    `per`: the limits hold for the whole "provider", or for each "site", the MX hosts of one name.
    """

    provider: str
    per: str
    connections: int | None = None
    messages_per_connection: int | None = None
    per_minute: float | None = None

    def matches_sample(self, text: str) -> bool:
        found = providers.provider_of([text])
        return found == self.provider or (self.provider == ANY and not providers.known(found))


def of(provider: str) -> ProviderLimit:
    """The limits of a provider, or those that hold for any."""
    known = _by_provider()
    return known.get(provider) or known[ANY]


def every() -> tuple[ProviderLimit, ...]:
    """All that is known, for a table on a page."""
    return tuple(_by_provider().values())


@functools.cache
def _by_provider() -> dict[str, ProviderLimit]:
    found = rules.load(Path(__file__).with_name("limits.toml"), ProviderLimit)
    return {rule.provider: rule for rule in found}
