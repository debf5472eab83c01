"""Write real messages of a campaign to prove: as Send would, signed, for somebody at each provider.

Number 0 of a campaign is nobody's message: none of them is ever sent.
"""

from dataclasses import dataclass

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.proving.preflight_audience import OTHERS, Spread
from sendoff.proving.preflight_auth import Offer
from sendoff.proving.preflight_source import Source
from sendoff.senders import public as senders

MAX_PROVIDERS = 20  # that a message is written for; the smaller ones are judged together


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One message of the campaign, offered by each source that may carry it to a provider.

    `why_not`: why it cannot be written, so that nothing is offered.
    """

    provider: str
    messages: int
    recipient: str
    offers: tuple[Offer, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all messages of one campaign have in common."""

    campaign: campaigns.View
    writer: campaigns.Composer
    lists: list[int]
    published: tuple[senders.DnsRecord, ...]

    def trial(self, provider: str, messages: int, domain: str) -> Trial | None:
        """A message for the first person at a domain; None where nobody is there any more."""
        person = audience.somebody_at(self.lists, domain)
        if person is None or not person.email:
            return None
        try:
            offers = self.offers(person, sources(self.campaign, provider))
        except campaigns.RenderError as error:
            return Trial(
                provider=provider, messages=messages, recipient=person.email, why_not=str(error)
            )
        return Trial(provider=provider, messages=messages, recipient=person.email, offers=offers)

    def offers(self, person: audience.Contact, carriers: tuple[Source, ...]) -> tuple[Offer, ...]:
        """The message for a person as each source would offer it. RenderError: it cannot be."""
        now, email = clock.now(), str(person.email)
        letter = self.writer.compose(
            campaigns.Recipient(
                campaign=self.campaign.id,
                seq=0,
                email=email,
                fields={"email": email, **person.fields},
                dated_ms=clock.ms(now),
            )
        )
        return tuple(
            Offer(
                letter=letter,
                source=source,
                at=now,
                marketing=self.campaign.purpose == "marketing",
                published=self.published,
            )
            for source in carriers
        )


def desk(campaign: campaigns.View) -> Desk:
    """Get ready to write. ContentError, SenderError, AddressError: what must be mended first."""
    domain = senders.domain_of(campaign.workspace_id, campaign.from_email)
    ips = senders.source_ips(campaign.workspace_id)
    return Desk(
        campaign=campaign,
        writer=campaigns.rehearsal(campaign.id),
        lists=campaigns.list_ids(campaign.id),
        published=tuple(senders.records(domain.id, ips)),
    )


def trials(campaign: campaigns.View, found: Spread) -> list[Trial]:
    """A message for somebody at each of the largest providers; one for all the others together."""
    at, named = desk(campaign), [name for name in found.providers if name != OTHERS]
    large, small = named[:MAX_PROVIDERS], named[MAX_PROVIDERS:]
    wanted = [(name, found.providers[name], found.somewhere[name]) for name in large]
    if rest := [name for name in found.providers if name in small or name == OTHERS]:
        messages = sum(found.providers[name] for name in rest)
        wanted.append((OTHERS, messages, found.somewhere[rest[0]]))
    return [trial for each in wanted if (trial := at.trial(*each))]


def sources(campaign: campaigns.View, provider: str) -> tuple[Source, ...]:
    """Each server that may carry the campaign's messages to a provider, as receivers see it."""
    members = [member for member, _ in senders.suited(campaigns.ways(campaign), provider)]
    return tuple(_source(member.server) for member in members)


def every_source(campaign: campaigns.View) -> tuple[Source, ...]:
    """Each server that may carry the campaign's messages to anybody."""
    servers = [each.server for each in campaigns.ways(campaign).members if each.server.enabled]
    return tuple(_source(server) for server in servers)


def _source(server: senders.Server) -> Source:
    return Source(
        server=server.name,
        ip=server.source_ip if server.routed else "",
        helo=server.helo,
        tls=senders.server_config(server.id).tls,
        relay=not server.routed,
    )
