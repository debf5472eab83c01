"""What others tell of our mail day by day, as values, and why it cannot be had. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sendoff.lib.errors import PlainError

GOOGLE, SNDS = "google", "snds"
NAMES = {GOOGLE: "Google Postmaster Tools", SNDS: "Microsoft SNDS"}
HOW = {
    GOOGLE: "Make a service account in Google Cloud, switch the Gmail Postmaster Tools API on"
    " there, add the account as a user of your domain at postmaster.google.com, and bring its JSON"
    " key.",
    SNDS: "Ask for your addresses at Microsoft SNDS, switch on automated data access there, and"
    " bring the link that it shows.",
}

RULES = {
    "spf": "SPF",
    "dkim": "DKIM",
    "spf_and_dkim": "SPF and DKIM",
    "dmarc_policy": "DMARC policy",
    "dmarc_alignment": "aligned From",
    "message_formatting": "form of messages",
    "dns_records": "DNS records",
    "encryption": "encryption",
    "user_reported_spam_rate": "reported as spam",
    "one_click_unsubscribe": "one-click unsubscribe",
    "honor_unsubscribe": "opt-outs honoured",
}


class OutsideError(PlainError):
    """Figures cannot be had, or what was brought is no key; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The figures of one domain or address on one day (since 1970, UTC)."""

    subject: str
    day: int
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look brought: all of it or nothing. `standing`: rules kept, by domain; `said`: what
    could not be had of some, in sentences."""

    days: tuple[Day, ...] = ()
    standing: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    said: tuple[str, ...] = ()
