"""Verify the DKIM signatures of a message (RFC 6376, 8301, 8463, 8616). It signs nothing.

The words of a result are those of RFC 8601 2.7.1: `pass`; `fail`: the content or the time does not
fit; `permerror`: the signature or key cannot be used; `temperror`: ask again later.
"""

import base64
import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sendoff.mail.auth import canonical, keys, names, tags
from sendoff.mail.auth.message import Field, Message, unfolded
from sendoff.mail.auth.names import Resolver

MAX_SIGNATURES = 20  # of one message that are looked at; each costs a look-up and an operation
FORMS = ("simple", "relaxed")
_REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one signature. `why` is a sentence, "" for a plain pass."""

    result: str
    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    why: str = ""
    unsigned: int = 0  # octets of the body that l= leaves out

    @property
    def passes(self) -> bool:
        """Whether the domain took responsibility for this message."""
        return self.result == "pass"


class Unusable(ValueError):
    """A signature cannot be evaluated; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A DKIM-Signature or ARC-Message-Signature, read and found to follow the grammar."""

    field: Field
    algorithm: str
    domain: str
    selector: str
    identity: str  # the domain of i=, d= where there is none
    signed: tuple[str, ...]  # names of h=, in lower case
    header_form: str
    body_form: str
    body_hash: bytes
    value: bytes  # of b=
    length: int | None
    expires: int | None


async def verify(message: Message, resolver: Resolver, at: datetime) -> tuple[Verdict, ...]:
    """A verdict for each DKIM-Signature, top to bottom; () where there is none."""
    found = message.named(b"dkim-signature")
    verdicts = [await _verdict(field, message, resolver, at) for field in found[:MAX_SIGNATURES]]
    more = Verdict(result="permerror", why=f"Only {MAX_SIGNATURES} signatures are looked at.")
    return (*verdicts, *[more] * min(1, len(found[MAX_SIGNATURES:])))


async def _verdict(field: Field, message: Message, resolver: Resolver, at: datetime) -> Verdict:
    told: dict[str, bytes] = {}
    try:
        told = tags.read(unfolded(field.value))
        signature = _read(field, told)
    except (tags.TagError, Unusable) as error:
        why = f"The signature {error}." if isinstance(error, tags.TagError) else str(error)
        return _unusable(told, why)
    result, why, unsigned = await _judge(signature, message, resolver, at)
    return Verdict(
        result=result,
        domain=signature.domain,
        selector=signature.selector,
        algorithm=signature.algorithm,
        why=why,
        unsigned=unsigned,
    )


async def _judge(
    signature: Signature, message: Message, resolver: Resolver, at: datetime
) -> tuple[str, str, int]:
    """The result, why, and how much of the body is not signed."""
    if signature.expires is not None and at.timestamp() > signature.expires:
        return "fail", "The signature has expired (its x=).", 0
    found = await keys.find(signature.selector, signature.domain, signature.algorithm, resolver)
    if not found.keys:
        return "temperror" if found.for_now else "permerror", found.why, 0
    exact = [key for key in found.keys if "s" not in key.flags]
    if signature.identity != signature.domain and not exact:
        return "permerror", "The key allows no subdomain in i= (its t=s).", 0
    body = canonical.body(message.body, signature.body_form)
    problem = body_problem(signature, body)
    if problem:
        return (*problem, 0)
    usable = found.keys if signature.identity == signature.domain else exact
    if not keys.verified(usable, signature.value, hashed(signature, message)):
        return "fail", "The signature does not fit the header: a signed field was changed.", 0
    unsigned = len(body) - (len(body) if signature.length is None else signature.length)
    left_out = f"{unsigned:,} octets at the end of the body are not signed (its l=)."
    return "pass", left_out if unsigned else "", unsigned


def body_problem(signature: Signature, body: bytes) -> tuple[str, str] | None:
    """Result and reason where the canonical body is not what was signed."""
    if signature.length is not None:
        if signature.length > len(body):
            return "permerror", "The signature covers more body than there is (its l=)."
        body = body[: signature.length]
    if hashlib.sha256(body).digest() != signature.body_hash:
        return "fail", "The body was changed after it was signed (bh= does not fit)."
    return None


def hashed(signature: Signature, message: Message) -> bytes:
    """What the signature signs: the fields of h=, then itself with its b= emptied."""
    form = signature.header_form
    lines = [
        canonical.header(field.raw, form)
        for field in selected(message.fields, signature.signed, signature.field)
    ]
    own = canonical.header(without_value(signature.field.raw), form)
    return b"".join(lines) + own.removesuffix(b"\r\n")


def selected(fields: Sequence[Field], wanted: Sequence[str], own: Field) -> Iterator[Field]:
    """The fields that h= names: of each name the lowest first (RFC 6376 5.4.2)."""
    left: dict[str, list[Field]] = {name: [] for name in wanted}
    for field in fields:
        name = field.name.decode("latin-1")
        if name in left and field is not own:
            left[name].append(field)
    for name in wanted:
        if left[name]:
            yield left[name].pop()


def without_value(raw: bytes) -> bytes:
    """A signature field with the value of b= deleted, blanks around it too (RFC 6376 3.7)."""
    head, colon, value = raw.partition(b":")
    specs = value.split(b";")
    for at, spec in enumerate(specs):
        name, equals, _ = spec.partition(b"=")
        if equals and name.strip(b" \t\r\n") == b"b":
            specs[at] = name + equals
    return head + colon + b";".join(specs)


def read_common(field: Field, told: dict[str, bytes], required: Sequence[str]) -> Signature:
    """What a DKIM-Signature and an ARC-Message-Signature have in common. Unusable says why not."""
    missing = [name for name in required if name not in told]
    if missing:
        raise Unusable(f"The signature has no {missing[0]}=.")
    domain = names.normal(tags.text(told["d"]))
    selector = names.normal(tags.text(told["s"]))
    if not names.can_exist(domain) or not names.can_exist(selector):
        raise Unusable("The d= or s= of the signature is no domain name.")
    header_form, body_form = _forms(told.get("c", b"simple/simple"))
    return Signature(
        field=field,
        algorithm=algorithm(told["a"]),
        domain=domain,
        selector=selector,
        identity=domain,
        signed=tuple(tags.listed(told["h"])),
        header_form=header_form,
        body_form=body_form,
        body_hash=decoded(told["bh"], "bh"),
        value=decoded(told["b"], "b"),
        length=_number(told, "l"),
        expires=_expires(told),
    )


def _read(field: Field, told: dict[str, bytes]) -> Signature:
    """RFC 6376 6.1.1: what makes a signature unusable before anything is asked for."""
    if "v" in told and told["v"] != b"1":
        raise Unusable("The version of the signature is not 1 (its v=).")
    signature = read_common(field, told, _REQUIRED)
    if "from" not in signature.signed:
        raise Unusable("The signature does not sign From (its h=).")
    if "q" in told and "dns/txt" not in tags.listed(told["q"]):
        raise Unusable("The key is not in DNS (its q=).")
    identity = _identity(told.get("i", b""), signature.domain)
    if not names.within(identity, signature.domain):
        raise Unusable("The i= of the signature is not within its d=.")
    return dataclasses.replace(signature, identity=identity)


def algorithm(value: bytes) -> str:
    """What a= names, in lower case; Unusable where it may not be used."""
    named = value.decode("latin-1").lower()
    if named == "rsa-sha1":
        raise Unusable("rsa-sha1 proves nothing any more (RFC 8301); sign with rsa-sha256.")
    if named not in keys.ALGORITHMS:
        raise Unusable(f"The algorithm {named[:30]!r} is not known.")
    return named


def _forms(value: bytes) -> tuple[str, str]:
    header_form, _, body_form = value.decode("latin-1").lower().partition("/")
    body_form = body_form or "simple"
    if header_form not in FORMS or body_form not in FORMS:
        raise Unusable("The canonical form of the signature is not known (its c=).")
    return header_form, body_form


def _identity(value: bytes, domain: str) -> str:
    """The domain of i=, whose local part may be anything."""
    if not value:
        return domain
    _, at, after = tags.text(value).rpartition("@")
    if not at:
        raise Unusable("The i= of the signature has no @.")
    return names.normal(after)


def decoded(value: bytes, name: str) -> bytes:
    """The bytes of b= or bh=; Unusable where they are no base64."""
    value = tags.without_blanks(value)
    if not value or not tags.is_base64(value):
        raise Unusable(f"The {name}= of the signature is not base64.")
    return base64.b64decode(value)


def _number(told: dict[str, bytes], name: str) -> int | None:
    if name not in told:
        return None
    number = tags.number(told[name])
    if number is None:
        raise Unusable(f"The {name}= of the signature is no number.")
    return number


def _expires(told: dict[str, bytes]) -> int | None:
    made, expires = _number(told, "t"), _number(told, "x")
    if made is not None and expires is not None and expires <= made:
        raise Unusable("The signature ends before it was made (its x= and t=).")
    return expires


def _unusable(told: dict[str, bytes], why: str) -> Verdict:
    """What can be said of a signature that cannot be used."""
    return Verdict(
        result="permerror",
        domain=names.normal(tags.text(told.get("d", b""))),
        selector=tags.text(told.get("s", b"")),
        algorithm=tags.text(told.get("a", b"")).lower(),
        why=why,
    )
