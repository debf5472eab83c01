"""As whom a campaign is sent and to whom a message goes: values that the composer takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from sendoff.lib.tokens import Tokens
from sendoff.mail import addresses, dkim


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The sender's settings of one campaign. `base_url`: of the tracking pages; `keys`: selectors
    and private halves of what signs, RSA first."""

    from_name: str
    from_email: str
    reply_to: str
    sending_domain: str  # d= of the DKIM signature, right half of the Message-ID
    keys: tuple[tuple[str, dkim.PrivateKey], ...] = field(repr=False)
    return_path_domain: str
    base_url: str
    list_id: str  # "customers.shop.test"
    list_name: str
    unsubscribe_domain: str  # of the mailto: in List-Unsubscribe
    feedback_id: tuple[str, ...] = ()  # campaign, customer, type, sender: Feedback-ID's order
    token_key: bytes = field(repr=False)
    tracked: frozenset[str] = frozenset({"opens", "clicks"})  # and "trap": what `Tracking` uses


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """One message to write. `dated_ms`: when it was planned, so that a retry has the same Date."""

    campaign: int
    seq: int
    email: str
    fields: Mapping[str, object]
    dated_ms: int


def message_id(key: bytes, domain: str, campaign: int, seq: int) -> str:
    """The Message-ID of one message, with its angle brackets; the same at every try."""
    proof = Tokens(key, "message-id").of(campaign, seq, b"")[:8]
    return f"<{campaign}.{seq}.{proof}@{addresses.ascii_domain(domain)}>"
