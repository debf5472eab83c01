"""Tell which hits were labelled since, for whoever asks again and again. Changes nothing."""

from dataclasses import dataclass
from itertools import takewhile

from sendoff.tracking import hits, models, wiring


@dataclass(frozen=True, slots=True, kw_only=True)
class HitNews:
    """One hit with its label. `target` is where a click led, or how it was unsubscribed."""

    id: int
    campaign_id: int
    seq: int
    kind: str
    at_ms: int
    label: str
    rule: str
    target: str
    user_agent: str
    counts: bool  # whether it is an open, a click or an opt-out: HEAD and traps are none


def newest_hit() -> int:
    """The id of the newest hit; 0 before the first."""
    return models.Hit.objects.order_by("-id").values_list("id", flat=True).first() or 0


def hits_after(hit_id: int, limit: int) -> list[HitNews]:
    """Hits with a greater id, in order, up to the first that has no label yet."""
    rows = models.Hit.objects.filter(pk__gt=hit_id).order_by("id")[:limit]
    return [_news(row) for row in takewhile(lambda row: row.label, rows)]


def _news(row: models.Hit) -> HitNews:
    same = [name for name in HitNews.__slots__ if name not in ("target", "counts")]
    return HitNews(
        target=_target(row),
        counts=row.kind in hits.KINDS and row.method != "HEAD",
        **{name: getattr(row, name) for name in same},
    )


def _target(row: models.Hit) -> str:
    if row.link is None:
        return row.detail
    targets = wiring.targets_of(row.campaign_id)
    return targets[row.link] if row.link < len(targets) else f"link {row.link}"
