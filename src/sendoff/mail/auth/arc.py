"""Validate the ARC chain of a message (RFC 8617 5.2). It only reads: it seals nothing.

ARC is on its way to Historic; forwarders still write it, so a report can say what it says.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sendoff.mail.auth import canonical, dkim, keys, names, tags
from sendoff.mail.auth.message import Field, Message, unfolded
from sendoff.mail.auth.names import Resolver

MAX_SETS = 50  # RFC 8617 5.2: more is a failure
_AAR, _AMS, _AS = b"arc-authentication-results", b"arc-message-signature", b"arc-seal"
_INSTANCE = re.compile(rb"[ \t]*i[ \t]*=[ \t]*([0-9]{1,3})[ \t]*;")
_REQUIRED = {_AMS: ("a", "b", "bh", "d", "h", "s"), _AS: ("a", "b", "cv", "d", "s")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of the chain: none, pass or fail; `why` is a sentence, "" where there is none."""

    result: str
    why: str = ""
    sets: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """What one forwarder added."""

    results: Field
    signature: Field
    seal: Field
    signature_tags: dict[str, bytes]
    seal_tags: dict[str, bytes]


class Broken(ValueError):
    """The chain does not hold; the message is a sentence."""


async def validate(message: Message, resolver: Resolver) -> Verdict:
    """Whether the chain of ARC sets holds from the first to the last."""
    fields = [field for field in message.fields if field.name in (_AAR, _AMS, _AS)]
    if not fields:
        return Verdict(result="none")
    try:
        chain = _chain(fields)
        _check_claims(chain)
        await _check_message_signature(chain[-1], message, resolver)
        for last in range(len(chain), 0, -1):
            await _check_seal(chain[:last], resolver)
    except (Broken, dkim.Unusable) as error:
        return Verdict(result="fail", why=str(error), sets=len(fields) // 3)
    return Verdict(result="pass", sets=len(chain))


def _chain(fields: Sequence[Field]) -> list[Set]:
    """The sets in their order: each whole, none twice, numbered from 1 without a gap."""
    found: dict[tuple[bytes, int], tuple[Field, dict[str, bytes]]] = {}
    for field in fields:
        instance, told = _numbered(field)
        if (field.name, instance) in found:
            raise Broken(f"There are two fields of the same kind for i={instance}.")
        found[field.name, instance] = field, told
    count = max(instance for _, instance in found)
    if count > MAX_SETS:
        raise Broken(f"The chain has more than {MAX_SETS} sets.")
    whole = {(name, n) for name in (_AAR, _AMS, _AS) for n in range(1, count + 1)}
    if whole != set(found):
        raise Broken("The chain has gaps: a set lacks one of its three fields.")
    return [_set(found, n) for n in range(1, count + 1)]


def _set(found: dict[tuple[bytes, int], tuple[Field, dict[str, bytes]]], n: int) -> Set:
    return Set(
        results=found[_AAR, n][0],
        signature=found[_AMS, n][0],
        seal=found[_AS, n][0],
        signature_tags=found[_AMS, n][1],
        seal_tags=found[_AS, n][1],
    )


def _numbered(field: Field) -> tuple[int, dict[str, bytes]]:
    """The i= of a field and its tags; those of an AAR are not looked at further."""
    value = unfolded(field.value)
    if field.name == _AAR:
        start = _INSTANCE.match(value)
        instance, told = int(start[1]) if start else None, {}
    else:
        try:
            told = tags.read(value)
        except tags.TagError as error:
            raise Broken(f"A field of the chain {error}.") from None
        instance = tags.number(told.get("i", b""))
    if not instance:
        raise Broken("A field of the chain has no i= that counts from 1.")
    return instance, told


def _check_claims(chain: Sequence[Set]) -> None:
    """Each seal says of the chain before it what the place in the chain allows."""
    for n, each in enumerate(chain, 1):
        claim = each.seal_tags.get("cv", b"").lower()
        if claim == b"fail" and n == len(chain):
            raise Broken("The last forwarder said that the chain was broken (cv=fail).")
        if claim != (b"none" if n == 1 else b"pass"):
            raise Broken(f"The seal i={n} has a cv= that does not fit its place.")
        if "h" in each.seal_tags:
            raise Broken(f"The seal i={n} has an h=, which must not be there.")


async def _check_message_signature(last: Set, message: Message, resolver: Resolver) -> None:
    signature = dkim.read_common(last.signature, last.signature_tags, _REQUIRED[_AMS])
    if "arc-seal" in signature.signed:
        raise Broken("The message signature covers ARC-Seal, which it must not.")
    # From must be among what is signed (RFC 6376 5.4); a list that is empty passes the suite of
    # the working group, which shows what receivers do.
    if any(signature.signed) and "from" not in signature.signed:
        raise Broken("The message signature does not sign From (its h=).")
    body = canonical.body(message.body, signature.body_form)
    problem = dkim.body_problem(signature, body)
    if problem:
        raise Broken(problem[1])
    found = await _keys(signature.selector, signature.domain, signature.algorithm, resolver)
    if not keys.verified(found, signature.value, dkim.hashed(signature, message)):
        raise Broken("The message signature does not fit: a signed field was changed.")


async def _check_seal(chain: Sequence[Set], resolver: Resolver) -> None:
    """The seal of the last of these sets covers all their fields (RFC 8617 5.1.1)."""
    told, seal = chain[-1].seal_tags, chain[-1].seal
    missing = [name for name in _REQUIRED[_AS] if name not in told]
    if missing:
        raise Broken(f"The seal i={len(chain)} has no {missing[0]}=.")
    if "t" in told and tags.number(told["t"]) is None:
        raise Broken(f"The seal i={len(chain)} has a t= that is no number.")
    lines = [
        canonical.header(field.raw, "relaxed")
        for each in chain
        for field in (each.results, each.signature, each.seal)
    ]
    lines[-1] = canonical.header(dkim.without_value(seal.raw), "relaxed").removesuffix(b"\r\n")
    value = dkim.decoded(told["b"], "b")
    domain, selector = (names.normal(tags.text(told[name])) for name in ("d", "s"))
    found = await _keys(selector, domain, dkim.algorithm(told["a"]), resolver)
    if not keys.verified(found, value, b"".join(lines)):
        raise Broken(f"The seal i={len(chain)} does not fit what it seals.")


async def _keys(
    selector: str, domain: str, algorithm: str, resolver: Resolver
) -> tuple[keys.Key, ...]:
    if not domain or not selector:
        raise Broken("A signature of the chain has an empty d= or s=.")
    found = await keys.find(selector, domain, algorithm, resolver)
    if not found.keys:
        raise Broken(found.why)
    return found.keys
