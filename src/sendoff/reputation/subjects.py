"""What of ours could be listed: source addresses, domains we write as, and where our links lead.

It asks nobody; an address that is not on the internet is left out, unless the settings allow it.
"""

from collections import defaultdict
from urllib.parse import urlsplit

from sendoff.accounts import public as accounts
from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.lib.config import Config
from sendoff.mail.auth.suffixes import registrable
from sendoff.reputation.zones import kind_of
from sendoff.senders import public as senders
from sendoff.smtp.hosts import is_public

LINK_DAYS = 30
MOST_LINKS = 50  # domains of a workspace's links; each is a question to each list

Whose = dict[str, frozenset[int]]  # subject -> workspaces


def subjects(config: Config) -> Whose:
    """Every subject, with the workspaces it concerns."""
    found: dict[str, set[int]] = defaultdict(set)
    everybody = [workspace.id for workspace in accounts.workspaces()]
    for server in senders.all_servers():
        if _is_asked(server.source_ip, config):
            ours = everybody if server.workspace_id is None else [server.workspace_id]
            found[server.source_ip].update(ours)
    for workspace in everybody:
        for name in (*_domains(workspace), *_of_url(config.base_url), *_linked(workspace)):
            found[name].add(workspace)
    return {subject: frozenset(whose) for subject, whose in found.items()}


def _is_asked(address: str, config: Config) -> bool:
    return bool(address) and (config.allow_private_targets or is_public(address))


def _domains(workspace_id: int) -> set[str]:
    """The domains that are registered for what we write as; lists know those."""
    names = [each.name for each in senders.domains(workspace_id)]
    return {*names, *filter(None, map(registrable, names))}


def _linked(workspace_id: int) -> list[str]:
    """Where the links of lately sent campaigns lead, the newest first."""
    since = clock.now_ms() - LINK_DAYS * 86_400_000
    found: dict[str, None] = {}
    for campaign in campaigns.of_workspace(workspace_id):
        if campaign.launched_at is None or clock.ms(campaign.launched_at) < since:
            continue
        for link in campaigns.link_targets(campaign.id):
            found |= dict.fromkeys(_of_url(link))
        if len(found) >= MOST_LINKS:
            break
    return list(found)[:MOST_LINKS]


def _of_url(url: str) -> tuple[str, ...]:
    """The registered domain of a URL's host; nothing where it is an address or no name at all."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ()
    name = registrable(host) if "." in host and kind_of(host) == "domain" else None
    return (name,) if name and name.isascii() else ()
