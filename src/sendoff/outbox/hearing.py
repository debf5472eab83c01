"""Write down the signals among replies, with the outcomes they came with. It does not act on them.

Only what the other side said in a session is heard: a delay of our own making would else prolong
itself.
"""

from collections.abc import Sequence
from typing import Protocol

from sendoff.outbox import sql
from sendoff.outbox.models import Signal
from sendoff.outbox.signals import heard

_HEARD = ("deferred", "refused")


class Settled(Protocol):
    """What is read of a settlement."""

    @property
    def outcome(self) -> str: ...
    @property
    def session_id(self) -> str: ...


def note(settlements: Sequence[Settled]) -> None:
    """Write down the signals among the news of this transaction, each once: `settling` holds them.

    A reply counts for the first rule that it matches; a provider's own come first.
    """
    if not any(each.outcome in _HEARD and each.session_id for each in settlements):
        return
    found = []
    for workspace, server, provider, domain, reply, at_ms in sql.rows("refusals"):
        if (rule := heard(provider, reply)) is not None:
            found.append(
                Signal(
                    workspace_id=workspace,
                    rule=rule.id,
                    server_id=server,
                    provider=provider,
                    domain_id=domain,
                    reply=reply[:500],
                    at_ms=at_ms,
                )
            )
    Signal.objects.bulk_create(found)
