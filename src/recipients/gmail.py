"""Refuse a message as Gmail says it refuses bulk mail: its rules and its codes. Files nothing.

support.google.com/a/answer/81126 and support.google.com/a/answer/3726730, read 2026-11-22.
"""

from recipients.checks import Arrival, Verdict
from recipients.zone import Zone, reverse_name


def refusal(arrival: Arrival, verdict: Verdict, zone: Zone) -> str:
    """The reply, or nothing where the message keeps to all of it."""
    spf, dkim, dmarc = verdict.spf == "pass", verdict.dkim == "pass", verdict.dmarc
    rules = (
        (not _named(arrival.peer, zone), "550 5.7.25 The sending IP does not match its PTR record"),
        (not spf and not dkim, "550 5.7.26 This mail is unauthenticated: neither SPF nor DKIM"),
        (verdict.refusal.startswith("550 5.7.26"), "550 5.7.26 Not accepted: the DMARC policy"),
        (not spf, "550 5.7.27 This mail has been blocked because SPF does not pass"),
        (not dkim, "550 5.7.30 This mail has been blocked because DKIM does not pass"),
        (dmarc == "none", "550 5.7.40 This mail has been blocked: there is no DMARC policy"),
        (dmarc != "pass", "421 4.7.32 From is not aligned with SPF or DKIM"),
    )
    return next((reply for broken, reply in rules if broken), "")


def _named(address: str, zone: Zone) -> bool:
    """Whether the address has a name that leads back to it."""
    names = [r.value for r in zone.look_up(reverse_name(address), "PTR").records if r.type == "PTR"]
    found = [r.value for name in names for r in zone.look_up(name, "A").records if r.type == "A"]
    return address in found
