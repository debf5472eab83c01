"""Judge what a report says of one recipient by the rules that also judge replies. Pure."""

import re

from sendoff.mail import diagnostics, replies
from sendoff.mail.returned.saying import Said
from sendoff.mail.returned.values import Reported
from sendoff.mail.stages import Reply

#: In words for people; the reply itself stands beside them.
REASONS = {
    "bad_mailbox": "There is no such mailbox",
    "bad_domain": "The domain does not take mail",
    "mailbox_full": "The mailbox is full",
    "mailbox_inactive": "The mailbox is disabled or no longer used",
    "recipient_filtered": "The recipient does not accept this mail",
    "ip_or_sender_blocked": "The server blocks our address or domain",
    "auth_failure": "The message could not be authenticated",
    "content_or_policy": "The content or a policy of the server",
    "rate_limited": "Too much mail in too short a time",
    "too_big": "The message is too big",
    "expired_or_network": "The server could not be reached in time",
    "remote_system": "A fault of the recipient's mail system",
    "delivered": "The server confirmed the delivery",
    "unknown": "No reason was given that we know",
}
_NOTHING_SAID = re.compile(r"[245]\.0\.0")
_HARD = ("bad_mailbox", "bad_domain", "mailbox_inactive")


def judge(said: Said) -> Reported:
    """Status, category, fault and hardness of what is said; by one understanding for all ways."""
    if said.action in ("delivered", "relayed", "expanded"):
        return _confirmed(said)
    found = diagnostics.read(said.diagnostic)
    reply = _reply(said, found.reply)
    verdict = replies.understand(reply, found.stage)
    return Reported(
        recipient=said.recipient,
        final_recipient=said.final_recipient,
        action=said.action or "failed",
        status=reply.enhanced,
        hard=verdict.category in _HARD and not verdict.temporary and said.action != "delayed",
        suppress=verdict.action == "suppress" and said.action != "delayed",
        category=verdict.category,
        fault=verdict.fault,
        temporary=verdict.temporary,
        reason=REASONS.get(verdict.category, ""),
        diagnostic=said.diagnostic,
        remote_mta=said.remote_mta,
        rule=verdict.rule,
    )


def _confirmed(said: Said) -> Reported:
    return Reported(
        recipient=said.recipient,
        final_recipient=said.final_recipient,
        action=said.action,
        status=said.status,
        category="delivered",
        reason=REASONS["delivered"],
        diagnostic=said.diagnostic,
        remote_mta=said.remote_mta,
    )


def _reply(said: Said, reply: Reply) -> Reply:
    """The reply that the report tells of, with the status of the report where it says more."""
    told = reply.enhanced
    better = said.status if not told or _NOTHING_SAID.fullmatch(told) else told
    return Reply(code=reply.code, enhanced=better or told, text=reply.text or said.about)
