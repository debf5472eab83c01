"""What a workspace still needs before its first campaign: a list that ticks itself. Only reads."""

from collections.abc import Iterable
from dataclasses import dataclass

from sendoff.audience import public as audience
from sendoff.campaigns import public as campaigns
from sendoff.proving import public as proving
from sendoff.senders import public as senders


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the list: whether it is done, and the page (a URL name) where it is done."""

    title: str
    done: bool
    sentence: str
    page: str
    label: str


def steps(workspace_id: int, listed: Iterable[campaigns.View]) -> list[Step]:
    """The way to the first campaign, in order; empty once one was sent."""
    sent = [each for each in listed if each.badge != campaigns.Badge.DRAFT]
    if sent:
        return []
    domains = senders.domains(workspace_id)
    servers = senders.servers(workspace_id)
    people = sum(each.subscribed for each in audience.lists(workspace_id))
    return [
        Step(
            title="A domain to write from",
            done=bool(domains),
            sentence=_domain(workspace_id, domains[0])
            if domains
            else "It signs your mail, so that it is known as yours.",
            page="domains",
            label="Domains",
        ),
        Step(
            title="A way out",
            done=bool(servers),
            sentence=servers[0].name if servers else "Our own delivery, or a relay of yours.",
            page="servers",
            label="Servers",
        ),
        Step(
            title="People to write to",
            done=bool(people),
            sentence=f"{people:,} subscribed." if people else "A list, from a CSV file.",
            page="imports",
            label="Import people",
        ),
        Step(
            title="The first campaign",
            done=False,
            sentence="Nothing leaves before you press Send.",
            page="campaign-new",
            label="Write a campaign",
        ),
    ]


def _domain(workspace_id: int, domain: senders.Domain) -> str:
    """Its name, and whether its records are right, where somebody looked."""
    checked = proving.last_of(workspace_id).get(domain.id)
    if checked is None:
        return domain.name
    return (
        f"{domain.name}: {'ready' if checked.ready else 'some of its records are not right yet'}."
    )
