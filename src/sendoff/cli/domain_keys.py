"""`sendoff domain keys` and `rotate`: see, plan and switch DKIM keys. It never shows a secret."""

from typing import TYPE_CHECKING, Any

import typer

from sendoff.cli import office
from sendoff.cli.domains import NAME, commands, named

if TYPE_CHECKING:
    from sendoff.senders import public as senders

_BY = "command line"


def register() -> None:
    """Add these commands to those about domains."""
    commands.command("keys")(keys)
    commands.command("rotate")(rotate)


def keys(name: str = NAME, as_json: bool = office.JSON) -> None:
    """Every DKIM key of a domain: where it stands, its record, and what comes next."""
    office.ready()
    _say(named(name), as_json)


def rotate(
    name: str = NAME,
    kind: str = typer.Option("", help="rsa, ed25519 or both; without it, what signs now."),
    selector: str = typer.Option("", help="Of the new key; without it, the next of s1, s2 …"),
    now: bool = typer.Option(False, "--now", help="Let it sign as soon as DNS shows its record."),
    forget: bool = typer.Option(False, "--forget", help="Give up the keys that are to come."),
    as_json: bool = office.JSON,
) -> None:
    """Plan new DKIM keys and say what to publish; they sign once DNS has shown it for a while.

    Asked again while a key is to come, it looks at DNS and says how that stands.
    """
    office.ready()
    from sendoff.senders import public as senders

    domain = named(name)
    kinds = _kinds(kind, domain.id)
    if selector and len(kinds) > 1:
        office.fail("--selector: a selector is of one key; plan them one after the other.")
    if forget:
        for key in _coming(domain.id, kinds):
            senders.withdraw_key(key.id, _BY)
    else:
        for each in kinds:
            senders.plan_key(domain.id, each, _BY, selector)
        senders.look_for_keys(domain.id, office.settings().resolver)
    if now:
        for key in _coming(domain.id, kinds):
            if key.state == senders.KeyState.SEEN:
                senders.switch_key(key.id, _BY)
    _say(domain, as_json)
    raise typer.Exit(1 if now and _coming(domain.id, kinds) else 0)


def _kinds(asked: str, domain_id: int) -> list[str]:
    from sendoff.senders import public as senders

    if asked == "both":
        return list(senders.KEY_KINDS)
    if asked and asked not in senders.KEY_KINDS:
        office.fail(f"--kind {asked}: choose rsa, ed25519 or both.")
    signing = [k.kind for k in senders.keys(domain_id) if k.state == senders.KeyState.SIGNING]
    return [asked] if asked else signing


def _coming(domain_id: int, kinds: list[str]) -> "list[senders.Key]":
    from sendoff.senders import public as senders

    waiting = (senders.KeyState.PLANNED, senders.KeyState.SEEN)
    return [k for k in senders.keys(domain_id) if k.kind in kinds and k.state in waiting]


def _say(domain: "senders.Domain", as_json: bool) -> None:
    from sendoff.senders import public as senders

    found, terms = senders.keys(domain.id), senders.key_terms()
    steps = [senders.key_next_step(key, found, terms) for key in found]
    if as_json:
        told = [_document(key, step) for key, step in zip(found, steps, strict=True)]
        office.answer({"domain": domain.name, "keys": told})
        return
    for key, step in zip(found, steps, strict=True):
        office.tell(f"{key.selector} ({key.kind}) {senders.KEY_STANDS[key.state]}. {step}")
        if key.state == senders.KeyState.PLANNED:
            office.tell(f"  {key.host} TXT {key.value}")


def _document(key: "senders.Key", step: str) -> dict[str, Any]:
    from sendoff.lib import clock

    return {
        "selector": key.selector,
        "kind": key.kind,
        "state": key.state.value,
        "host": key.host,
        "type": "TXT",
        "value": key.value,
        "planned_at": clock.iso(key.planned_ms),
        "planned_by": key.planned_by,
        "looked_at": clock.iso(key.looked_ms),
        "problem": key.problem,
        "seen_at": clock.iso(key.seen_ms),
        "signing_at": clock.iso(key.signing_ms),
        "retiring_at": clock.iso(key.retiring_ms),
        "retired_at": clock.iso(key.retired_ms),
        "next": step,
    }
