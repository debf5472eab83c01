"""What was proved of a campaign's messages when they were offered, in words and as a trace says it.

It joins proofs by time, key and source; it asks no DNS and proves nothing itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sendoff.campaigns import public as campaigns
from sendoff.lib import clock
from sendoff.mail.stages import Kind, position
from sendoff.outbox import public as outbox
from sendoff.proving import public as proving
from sendoff.senders import public as senders

NOTHING: dict[str, Any] = {"spf": None, "dkim": None, "dmarc": None}
_CHECKS = (("SPF", "spf"), ("DKIM", "dkim"), ("DMARC", "dmarc"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """Everything that was proved while a campaign ran, and the keys of its domain."""

    keys: tuple[senders.Key, ...] = ()
    known: tuple[proving.Proved, ...] = ()

    def of(self, attempt: outbox.AttemptRow) -> proving.Proved | None:
        """What was proved of the message of one try; None before it was offered to anybody."""
        if attempt.outcome != Kind.ACCEPTED and position(attempt.stage) < position("mail"):
            return None
        keys = senders.keys_then(self.keys, attempt.started_ms)
        source_ip = (attempt.session or {}).get("source_ip") or ""
        selectors = {key.selector for key in keys}
        return proving.nearest_proof(self.known, selectors, source_ip, attempt.started_ms)


def read(campaign: campaigns.View) -> Proofs:
    """What is known of a campaign; nothing of one that was not sent."""
    if campaign.launched_at is None or campaign.domain_id is None:
        return Proofs()
    return Proofs(
        keys=tuple(senders.keys(campaign.domain_id)),
        known=proving.proofs_of(campaign, clock.ms(campaign.launched_at)),
    )


def document(proved: proving.Proved | None) -> dict[str, Any]:
    """The `auth` of an attempt."""
    if proved is None:
        return NOTHING
    return {
        **proved.told,
        "found_from": clock.iso(proved.from_ms),
        "found_until": clock.iso(proved.until_ms),
    }


def sentence(proved: proving.Proved | None) -> str:
    """What was proved, for the step at which the message was offered."""
    if proved is None:
        return ""
    words = ", ".join(f"{name} {_word(getattr(proved, key))}" for name, key in _CHECKS)
    return f"Proved by DNS: {words}."


def facts(proved: proving.Proved | None) -> tuple[tuple[str, str], ...]:
    """The same with everything that belongs to it."""
    if proved is None:
        return ()
    sent, aligned = proved.told["spf"], proved.told["dmarc"]["aligned"]
    by = [f"{kind.upper()} ({domain})" for kind, domain in aligned.items() if domain]
    from_ip = f" from {proved.source_ip}" if proved.source_ip else ""
    spf = (
        f"{sent['result']} for {sent['domain']}{from_ip}"
        if sent
        else "not known: the address is not ours to know"
    )
    return (
        ("SPF", spf),
        *(("DKIM", _signature(each)) for each in proved.told["dkim"]),
        ("DMARC", f"{proved.dmarc}{', aligned by ' + ' and '.join(by) if by else ''}"),
        ("Found in DNS", f"{_at(proved.from_ms)} to {_at(proved.until_ms)}"),
    )


def shares(known: Iterable[proving.Proved]) -> list[tuple[str, str]]:
    """Each check with how much of the campaign it held for, as far as anybody asked."""
    found = []
    for name, key in _CHECKS:
        results = {getattr(each, key) for each in known} - {"unknown", "temperror"}
        if results:
            held = "100%" if results == {"pass"} else "not always" if "pass" in results else "no"
            found.append((name, held))
    return found


def _signature(each: dict[str, Any]) -> str:
    why = f": {each['why']}" if each["why"] else ""
    return f"{each['result']}, key {each['selector']} of {each['domain']}{why}"


def _word(result: str) -> str:
    return "not known" if result in ("unknown", "temperror") else result


def _at(ms: int) -> str:
    return f"{clock.at(ms):%H:%M:%S}"
