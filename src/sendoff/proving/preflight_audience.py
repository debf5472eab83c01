"""Where the mail of a campaign would go: how many messages to each provider, how many to nobody.

What is known stays where sending finds it. It writes to nobody.
"""

from collections import Counter
from dataclasses import dataclass

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.lib.config import Config
from sendoff.outbox import public as outbox
from sendoff.sending import public as sending

MAX_DOMAINS = 100_000  # that one preflight looks at, those with most people first
MAX_NAMED = 20  # that end at DNS and are named; the others are counted
OTHERS = ""  # the provider of domains that DNS was not asked for yet, or did not answer about


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A domain whose messages end at DNS: why, and how many they are."""

    domain: str
    messages: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The people of a campaign by where their mail goes. `somewhere`: a domain of each provider."""

    messages: int
    domains: int
    providers: dict[str, int]
    somewhere: dict[str, str]
    no_route: int
    endings: tuple[Ending, ...]
    not_asked: int  # domains
    not_asked_messages: int


def spread(campaign_id: int, config: Config, patience_s: float) -> Spread:
    """Ask DNS for what is not known yet, for so many seconds at most, and count."""
    counts = audience.domain_counts(campaigns.list_ids(campaign_id))
    looked_at = list(counts)[:MAX_DOMAINS]
    known = outbox.known_ways(looked_at)
    if missing := [domain for domain in looked_at if domain not in known]:
        sending.find_routes(config, missing, patience_s)
        known |= outbox.known_ways(missing)
    return counted(counts, known)


def counted(counts: dict[str, int], known: dict[str, outbox.KnownWay]) -> Spread:
    """Put what is known of each domain together. Pure."""
    providers: Counter[str] = Counter()
    somewhere: dict[str, str] = {}
    endings = []
    for domain, count in counts.items():
        way = known.get(domain)
        if way and way.ends:
            endings.append(Ending(domain=domain, messages=count, why=way.ends))
            continue
        provider = way.provider if way else OTHERS
        providers[provider] += count
        somewhere.setdefault(provider, domain)
    unknown = [count for domain, count in counts.items() if domain not in known]
    return Spread(
        messages=sum(counts.values()),
        domains=len(counts),
        providers=dict(providers.most_common()),
        somewhere=somewhere,
        no_route=sum(each.messages for each in endings),
        endings=tuple(endings[:MAX_NAMED]),
        not_asked=len(unknown),
        not_asked_messages=sum(unknown),
    )
