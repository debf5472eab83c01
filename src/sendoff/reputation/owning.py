"""Say whose a report is: the workspaces that write as the domain it is about. It asks no DNS."""

from dataclasses import dataclass

from sendoff.accounts import public as accounts
from sendoff.mail.auth.suffixes import registrable
from sendoff.senders import public as senders


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A workspace that a report concerns, and its keys as (domain, selector)."""

    workspace_id: int
    keys: frozenset[tuple[str, str]]


def owners(domain: str) -> list[Owner]:
    """Every workspace with a sending domain that a report about `domain` concerns."""
    found = []
    for workspace in accounts.workspaces():
        ours = senders.domains(workspace.id)
        if any(concerns(domain, each.name) for each in ours):
            keys = frozenset(
                (each.name, key.selector) for each in ours for key in senders.keys(each.id)
            )
            found.append(Owner(workspace_id=workspace.id, keys=keys))
    return found


def concerns(domain: str, ours: str) -> bool:
    """Whether a report about a domain tells of a sending domain of ours.

    It does for the domain itself and for names below it; and for the name above it that the owner
    registered, where the policy often stands (RFC 9989 4.10), but for no public suffix.
    """
    if domain == ours or domain.endswith(f".{ours}"):
        return True
    top = registrable(ours)
    above = ours.endswith(f".{domain}")
    return above and top is not None and (domain == top or domain.endswith(f".{top}"))
