"""Take the steps of a DKIM key's life: plan, note what DNS showed, switch, retire. Asks no DNS."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from sendoff.lib import clock
from sendoff.senders import key_life, signing_keys
from sendoff.senders.domains import SenderError
from sendoff.senders.key_life import COMING, Key, Look, State
from sendoff.senders.models import SendingDomain, SigningKey

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # RFC 6376 3.1: selectors are labels
OURSELVES = "Sendoff"


def plan(domain_id: int, kind: str, by: str, selector: str = "") -> Key:
    """A new key of a kind, which signs once DNS shows its record; one that is coming already else.

    SenderError where the selector is taken or is none.
    """
    if coming := _of_kind(domain_id, kind, COMING):
        return coming
    selector = selector.strip().lower()
    if selector and not _LABEL.fullmatch(selector):
        raise SenderError(f"--selector {selector}: write letters, digits and hyphens, as in s2.")
    pair = signing_keys.generate(kind)
    with transaction.atomic():
        domain = SendingDomain.objects.select_for_update().get(pk=domain_id)
        if coming := _of_kind(domain_id, kind, COMING):
            return coming
        if SigningKey.objects.filter(domain=domain, selector=selector).exists():
            raise SenderError(
                f"{domain.name} has had a key with the selector {selector}; choose another one,"
                " since its old record may still be remembered."
            )
        return signing_keys.key_of(signing_keys.keep(domain, pair, selector, by=by))


def advance(looks: Mapping[int, Look], domain_id: int | None = None) -> list[Key]:
    """Take the steps that are due by what DNS showed for coming keys and by the time.

    The keys that took one, also those planned by schedule. Of one domain, or of all.
    """
    rows = SigningKey.objects.filter(retired_ms=None).select_related("domain")
    if domain_id is not None:
        rows = rows.filter(domain_id=domain_id)
    kept = [signing_keys.key_of(row) for row in rows.defer("sealed_key").order_by("id")]
    moved = [step for key in kept if (step := _step(key, looks.get(key.id)))]
    return moved + _planned_by_schedule(kept)


def switch(key_id: int, by: str) -> Key:
    """Let a coming key sign now, which DNS showed when it was asked last. SenderError else."""
    key = _find(key_id)
    if key.state is not State.SEEN or key.problem:
        raise SenderError(
            f"DNS did not show the record of {key.selector} yet, so nothing may be signed with it."
        )
    return _move(key, State.SIGNING, None, by) or _find(key_id)


def retire(key_id: int, by: str) -> Key:
    """Sign no more with a key without one in its place, as with Ed25519 beside RSA.

    SenderError where nothing else would sign for the domain.
    """
    key = _find(key_id)
    others = [k for k in signing_keys.keys(key.domain_id) if k.state is State.SIGNING]
    if key.state is not State.SIGNING or len(others) < 2:
        raise SenderError(f"{key.selector} is not one of several keys that sign; plan a new one.")
    return _move(key, State.RETIRING, None, by) or _find(key_id)


def withdraw(key_id: int, by: str) -> Key:
    """Give up a key that is coming, so that another can be planned. SenderError once it signed."""
    key = _find(key_id)
    if key.state not in COMING:
        raise SenderError(f"{key.selector} is no key that is still to come.")
    return _move(key, State.RETIRED, None, by) or _find(key_id)


def _step(key: Key, look: Look | None) -> Key | None:
    now = clock.now_ms()
    state = key_life.after(key, look, now, signing_keys.terms())
    if state is key.state and (look is None or key.state not in COMING):
        return None
    moved = _move(key, state, look, OURSELVES)
    return moved if state is not key.state else None


def _planned_by_schedule(keys: list[Key]) -> list[Key]:
    now, terms = clock.now_ms(), signing_keys.terms()
    by_domain: dict[int, list[Key]] = {}
    for key in keys:
        by_domain.setdefault(key.domain_id, []).append(key)
    return [
        plan(domain_id, kind, OURSELVES)
        for domain_id, own in by_domain.items()
        for kind in key_life.due(own, now, terms)
    ]


def _move(key: Key, state: State, look: Look | None, by: str) -> Key | None:
    """Write one step down; None where the key was changed by somebody else meanwhile."""
    with transaction.atomic():
        SendingDomain.objects.select_for_update().get(pk=key.domain_id)
        if _find(key.id) != key:
            return None
        before = _of_kind(key.domain_id, key.kind, (State.SIGNING,))
        if state is State.SIGNING and before:
            SigningKey.objects.filter(pk=before.id).update(retiring_ms=clock.now_ms())
        SigningKey.objects.filter(pk=key.id).update(**_looked(look), **_reached(key, state, by))
    return _find(key.id)


def _looked(look: Look | None) -> dict[str, Any]:
    return {"looked_ms": look.at_ms, "problem": look.sentence} if look else {}


def _reached(key: Key, state: State, by: str) -> dict[str, Any]:
    """The columns that say that a key is in a state now."""
    now = clock.now_ms()
    columns: dict[State, dict[str, Any]] = {
        State.PLANNED: {"seen_ms": None},
        State.SEEN: {"seen_ms": key.seen_ms or now},
        State.SIGNING: {"signing_ms": now, "switched_by": by},
        State.RETIRING: {"retiring_ms": now},
        State.RETIRED: {"retired_ms": now, "sealed_key": b""},
    }
    return columns[state]


def _of_kind(domain_id: int, kind: str, states: tuple[State, ...]) -> Key | None:
    found = (k for k in signing_keys.keys(domain_id) if k.kind == kind and k.state in states)
    return next(found, None)


def _find(key_id: int) -> Key:
    row = SigningKey.objects.select_related("domain").defer("sealed_key").get(pk=key_id)
    return signing_keys.key_of(row)
