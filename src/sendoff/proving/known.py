"""What this installation knows of a sending domain: its keys, its sources. It asks no DNS."""

from sendoff.lib.config import config
from sendoff.proving.subject import Key, Source, Subject
from sendoff.senders import public as senders


def subject(domain: senders.Domain) -> Subject:
    """The domain as a check needs it: what signs for it, and all that sends for the workspace."""
    ways = [each for each in senders.servers(domain.workspace_id) if each.enabled]
    keys = senders.keys(domain.id)
    settings = config()
    return Subject(
        domain=domain.name,
        keys=tuple(_key(each) for each in keys if each.state != senders.KeyState.RETIRED),
        old_keys=tuple(_key(each) for each in keys if each.state == senders.KeyState.RETIRED),
        return_path=domain.return_path_domain,
        sources=tuple(Source(ip=w.source_ip, helo=w.helo) for w in ways if w.source_ip),
        base_url=settings.base_url,
        at_home=settings.allow_private_targets,
    )


def _key(key: senders.Key) -> Key:
    """A key that is yet to sign, or that signs no more while its mail is on its way, is not
    demanded by receivers of the mail that goes out now."""
    stands = senders.KEY_STANDS[key.state]
    signs = key.state == senders.KeyState.SIGNING
    purpose = "DKIM key" if signs else f"DKIM key {key.selector} ({stands})"
    return Key(host=key.host, value=key.value, purpose=purpose, signs=signs)
