"""Label stored hits and count them, off the hot path. It drops and changes no hit.

A label waits until what was asked for together with the hit is stored too. Everything of a portion
is written in one transaction; sums move by what a message was counted under before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet

from sendoff.lib import clock
from sendoff.outbox import public as outbox
from sendoff.tracking import labels, models, store
from sendoff.tracking.hits import CLICK, OPEN, TRAP, UNSUBSCRIBE, Message, add_up
from sendoff.tracking.labels import TOGETHER_MS
from sendoff.tracking.surroundings import Stored, Surroundings

RIPE_MS = TOGETHER_MS + 5_000  # what was asked for together is stored by then, clocks being even
PORTION = 500  # hits a transaction: some ten milliseconds
NEAR = 5_000  # clicks looked at around a portion; a scanner may have made any number
_BY = {OPEN: "opened_by", CLICK: "clicked_by"}
_COLUMNS = ("id", "campaign_id", *Stored._fields[2:])


@dataclass(slots=True)
class Moves:
    """What a portion changes in the sums: per message its new label, per kind and label numbers."""

    engagements: list[tuple[str, str, int, int]] = field(default_factory=list)
    providers: Counter[tuple[int, str, str, str]] = field(default_factory=Counter)
    readers: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    last_ms: dict[tuple[int, str, str], int] = field(default_factory=dict)


def label_fresh() -> int:
    """Label one portion of the hits that are ripe; says how many it were."""
    with transaction.atomic():
        store.label_alone()
        return _label(_stored(store.ripe(clock.now_ms() - RIPE_MS, limit=PORTION)))


def relabel(campaign_id: int | None = None) -> Iterator[int]:
    """Label all hits anew by the rules as they are now, message by message; yields hits done.

    Each step is a transaction, so that nobody sees a message between its labels.
    """
    after: Message = (0, 0) if campaign_id is None else (campaign_id, 0)
    while found := store.messages_after(*after, limit=PORTION):
        found = [each for each in found if campaign_id in (None, each[0])]
        if not found:
            return
        yield _anew(found)
        after = found[-1]


def _anew(messages: list[Message]) -> int:
    done = 0
    with transaction.atomic():
        store.label_alone()
        for campaign, group in groupby(messages, key=lambda each: each[0]):
            seqs = [seq for _, seq in group]
            list(_locked(campaign, seqs))  # before the tally, as an unsubscribe does
            of_these = models.Hit.objects.filter(campaign_id=campaign, seq__in=seqs)
            _forget(campaign, of_these.exclude(kind=UNSUBSCRIBE).exclude(label=""))
            old = of_these.filter(label="", at_ms__lt=clock.now_ms() - RIPE_MS).order_by("id")
            while count := _label(_stored(old.values_list(*_COLUMNS)[:PORTION])):
                done += count
    return done


def _forget(campaign: int, labelled: QuerySet[models.Hit]) -> None:
    """Take the labels of hits off, and their messages out of the sums."""
    seqs = sorted(set(labelled.values_list("seq", flat=True)))
    moves, whose = Moves(), outbox.whose(campaign, seqs)
    opened = clicked = 0
    for row in _locked(campaign, seqs):
        opened, clicked = opened + (row.opens > 0), clicked + (row.clicks > 0)
        for kind, column in _BY.items():
            _count(moves, (campaign, row.seq), kind, getattr(row, column), -1, whose)
    store.add_to_tallies([(campaign, -opened, -clicked, 0, -labelled.count())])
    store.forget([(campaign, seq) for seq in seqs])
    labelled.update(label="", rule="")
    _write(moves)


def _label(batch: list[Stored]) -> int:
    """Label a portion, inside the caller's transaction."""
    moves, rows = Moves(), []
    store.count(add_up(batch))
    for campaign, group in groupby(
        sorted(batch, key=lambda hit: hit.message), lambda h: h.campaign
    ):
        hits = list(group)
        whose = outbox.whose(campaign, sorted({hit.seq for hit in hits}))
        around = _surroundings(campaign, hits, whose)
        found = [(hit, labels.label(hit.asked, around.of(hit))) for hit in hits]
        rows += [(label.label, label.rule, hit.id) for hit, label in found]
        _sum_up(moves, campaign, [(hit, label.label) for hit, label in found], whose)
    store.put_labels(rows)
    _write(moves)
    return len(batch)


def _surroundings(
    campaign: int, hits: list[Stored], whose: dict[int, outbox.Whose]
) -> Surroundings:
    times = [hit.at_ms for hit in hits]
    near = models.Hit.objects.filter(
        campaign_id=campaign,
        seq__in={hit.seq for hit in hits},
        kind__in=(CLICK, TRAP),
        at_ms__gte=min(times) - TOGETHER_MS,
        at_ms__lte=max(times) + TOGETHER_MS,
    )
    accepted = {(campaign, seq): each.accepted_ms for seq, each in whose.items()}
    return Surroundings(_stored(near.order_by("id")[:NEAR].values_list(*_COLUMNS)), accepted)


def _sum_up(
    moves: Moves,
    campaign: int,
    found: list[tuple[Stored, str]],
    whose: dict[int, outbox.Whose],
) -> None:
    """Count each message under the likeliest label it has earned so far."""
    earned: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for hit, label in found:
        if hit.kind in _BY and hit.method != "HEAD":
            earned[hit.seq][hit.kind].add(label)
            _latest(moves, hit, label, whose)
    for row in _locked(campaign, sorted(earned)):
        now = {}
        for kind, column in _BY.items():
            before = getattr(row, column)
            now[kind] = labels.likeliest([*filter(None, (before, *earned[row.seq][kind]))])
            if now[kind] != before:
                _count(moves, (campaign, row.seq), kind, before, -1, whose)
                _count(moves, (campaign, row.seq), kind, now[kind], 1, whose)
        moves.engagements.append((now[OPEN], now[CLICK], campaign, row.seq))


def _locked(campaign: int, seqs: Iterable[int]) -> Iterator[models.Engagement]:
    """The sums of messages, held until the transaction ends where others may write (PostgreSQL)."""
    held = models.Engagement.objects.filter(campaign_id=campaign, seq__in=list(seqs))
    return iter(held.select_for_update().order_by("seq"))


def _count(
    moves: Moves,
    message: Message,
    kind: str,
    label: str,
    by: int,
    whose: dict[int, outbox.Whose],
) -> None:
    owner = whose.get(message[1])
    if not label:
        return
    moves.providers[message[0], owner.provider if owner else "", kind, label] += by
    if owner:
        moves.readers[owner.contact_id, kind, label] += by


def _latest(moves: Moves, hit: Stored, label: str, whose: dict[int, outbox.Whose]) -> None:
    if owner := whose.get(hit.seq):
        key = (owner.contact_id, hit.kind, label)
        moves.last_ms[key] = max(hit.at_ms, moves.last_ms.get(key, 0))
        moves.readers[key] += 0


def _write(moves: Moves) -> None:
    # Sorted, so that two writers lock rows in the same order.
    store.put_sums(
        engagements=moves.engagements,
        providers=sorted((*key, count) for key, count in moves.providers.items() if count),
        readers=sorted((*k, n, moves.last_ms.get(k, 0)) for k, n in moves.readers.items()),
    )


def _stored(rows: Iterable[tuple[object, ...]]) -> list[Stored]:
    return [Stored(*row) for row in rows]  # type: ignore[arg-type]  # the columns of Stored
