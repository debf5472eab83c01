"""A picture in the shape programs rely on (`campaign show`). Pure; for people see `pages`."""

from collections import Counter
from datetime import datetime
from typing import Any

from sendoff.insight import attention
from sendoff.insight.picture import Picture
from sendoff.lib import clock
from sendoff.mail.stages import STAGES, State
from sendoff.tracking import public as tracking

# What happens behind the recipient's door no driver sees; what came back is counted apart.
UNSEEN = ("filter", "placement", "feedback")


def summary(picture: Picture) -> dict[str, Any]:
    """The document of `sendoff campaign show`."""
    books = picture.books
    return {
        "id": picture.campaign.id,
        "name": picture.campaign.name,
        "badge": picture.campaign.badge,
        "badges": [
            {"badge": each.badge, "at": _iso(each.at), "by": each.by, "why": each.why}
            for each in picture.badges
        ],
        "audience": books.audience,
        "accepted": books.accepted,
        "refused": books.refused,
        "skipped": books.skipped,
        "waiting": books.waiting,
        "unknown": books.unknown,
        "balanced": books.balanced,
        "at": clock.iso(books.at_ms),
        "stages": stages(picture),
        "providers": [_provider(picture, name) for name in providers(picture)],
        "feedback": _feedback(picture),
        "attention": [_attention(each) for each in attention.look(picture)],
        "expected_done": clock.iso(picture.expected_done_ms),
        "overrides": list(picture.overrides),
    }


def stages(picture: Picture) -> dict[str, dict[str, int | None]]:
    """For each stage how many reached it and how many stopped there; null where nobody can see."""
    stopped = picture.stopped_at
    reached = picture.books.audience
    ladder: dict[str, dict[str, int | None]] = {}
    for stage in STAGES:
        if stage.name in UNSEEN:
            ladder[stage.name] = {"reached": None, "stopped": None}
            continue
        ladder[stage.name] = {"reached": reached, "stopped": stopped[stage.name]}
        reached -= stopped[stage.name]
    return ladder


def providers(picture: Picture) -> list[str]:
    """Every provider with messages, the largest first; "" for those without a route yet."""
    size: Counter[str] = Counter()
    for tally in picture.tallies:
        if tally.state != State.SKIPPED:
            size[tally.provider] += tally.count
    return sorted(size, key=lambda name: (-size[name], name))


def _provider(picture: Picture, name: str) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    tls: Counter[str] = Counter()
    for tally in picture.tallies:
        if tally.provider != name:
            continue
        counts[tally.state] += tally.count
        if tally.state == State.ACCEPTED:
            tls[tally.tls] += tally.count
    return {
        "provider": name,
        "waiting": counts[State.WAITING],
        "accepted": counts[State.ACCEPTED],
        "refused": counts[State.REFUSED],
        "unknown": counts[State.UNKNOWN],
        "skipped": counts[State.SKIPPED],
        "pace_per_minute": round(picture.rates.get(name, 0.0), 1),
        "tls": {key: tls[key] for key in ("1.3", "1.2", "none")},
    }


def _feedback(picture: Picture) -> dict[str, int | None]:
    """Each message once, under the likeliest who opened or clicked it; the whole counts beside."""
    seen, back = picture.engagement, picture.came_back
    by = {
        f"{did}_{label}": counts.get(label, 0)
        for did, counts in (("opened", seen.opened_by), ("clicked", seen.clicked_by))
        for label in tracking.LABELS
    }
    return {
        "bounced": back.bounced,
        "complained": back.complained,
        "unsubscribed": seen.unsubscribed + back.unsubscribed,
        **by,
        "opened": seen.opened,
        "clicked": seen.clicked,
        "opened_lately": seen.opened_lately,
        "clicked_lately": seen.clicked_lately,
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _attention(each: attention.Attention) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "sentence": each.sentence,
        "stage": each.stage or None,
        "fault": each.fault or None,
        "count": each.count,
        "until": clock.iso(each.until_ms),
        "actions": [action.key for action in each.actions],
    }
