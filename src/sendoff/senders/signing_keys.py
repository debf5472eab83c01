"""The DKIM keys of domains: made, sealed, opened to sign. A private half never leaves unsealed."""

from collections.abc import Iterable
from typing import Any

from sendoff.lib import clock, vault
from sendoff.lib.config import config
from sendoff.mail import dkim
from sendoff.senders import key_life
from sendoff.senders.key_life import DAY_MS, Key, State, Terms, next_selector
from sendoff.senders.models import SendingDomain, SigningKey

_MAKERS = {"rsa": dkim.generate_rsa_key, "ed25519": dkim.generate_ed25519_key}
KINDS = tuple(_MAKERS)
_ORDER = (State.SIGNING, State.SEEN, State.PLANNED, State.RETIRING, State.RETIRED)

Pair = tuple[str, bytes, str]  # kind, private half as PEM, value of the record


def keys(domain_id: int) -> list[Key]:
    """Every key of a domain: what signs, what comes, what retires, what is over; RSA first."""
    rows = SigningKey.objects.filter(domain_id=domain_id).select_related("domain")
    found = [key_of(row) for row in rows.defer("sealed_key").order_by("-kind", "-id")]
    return sorted(found, key=lambda key: _ORDER.index(key.state))


def signing_keys(domain_id: int) -> list[tuple[str, dkim.PrivateKey]]:
    """Selector and private half of what signs now, RSA first.

    VaultError where the key ring opens one of them no more.
    """
    rows = SigningKey.objects.filter(
        domain_id=domain_id, signing_ms__isnull=False, retiring_ms=None
    ).select_related("domain")
    ring = _vault()
    return [
        (row.selector, dkim.load_key(ring.open(bytes(row.sealed_key), place(row))))
        for row in rows.order_by("-kind", "id")
    ]


def signer(domain_id: int) -> dkim.DomainSigner:
    """What signs for a domain now, for mail that is written one at a time."""
    name = SendingDomain.objects.values_list("name", flat=True).get(pk=domain_id)
    opened = signing_keys(domain_id)
    return dkim.signer(name, [(selector, dkim.signing_key(key)) for selector, key in opened])


def signing_at(domain_id: int, moment_ms: int) -> list[Key]:
    """The keys that signed what was written at a moment; RSA first.

    A worker notices a change within a second and then with its next parcel: what was sent in the
    minutes after it may still bear the key before.
    """
    return key_life.signing_at(keys(domain_id), moment_ms)


def generate(kind: str) -> Pair:
    """A new pair of keys. RSA takes a tenth of a second: make it outside of a transaction."""
    return kind, *_MAKERS[kind]()


def keep(
    domain: SendingDomain, pair: Pair, selector: str, *, by: str, signs: bool = False
) -> SigningKey:
    """Seal a new key for a domain, under the given selector or the next one."""
    taken = SigningKey.objects.filter(domain=domain).values_list("selector", flat=True)
    now = clock.now_ms()
    kind, private_pem, value = pair
    row = SigningKey(
        domain=domain,
        selector=selector or next_selector(list(taken)),
        kind=kind,
        public_key=value,
        planned_ms=now,
        planned_by=by,
        signing_ms=now if signs else None,
    )
    row.sealed_key = _vault().seal(private_pem, place(row))
    row.save()
    return row


def terms() -> Terms:
    """How long the steps of a key's life take in this installation."""
    settings = config()
    return Terms(
        seen_for_ms=settings.dkim_seen_for_s * 1000, rotate_ms=settings.dkim_rotate_days * DAY_MS
    )


def key_of(row: SigningKey) -> Key:
    """A row as other rooms see it."""
    host, value = f"{row.selector}._domainkey.{row.domain.name}", row.public_key
    same: Iterable[str] = (name for name in Key.__slots__ if name not in ("host", "value"))
    values: dict[str, Any] = {name: getattr(row, name) for name in same}
    return Key(host=host, value=value, **values)


def place(row: SigningKey) -> str:
    """Where its sealed half belongs: it opens nowhere else."""
    return f"senders.key:{row.domain.workspace_id}:{row.domain.name}:{row.selector}"


def _vault() -> vault.Vault:
    return vault.Vault(config().key_ring)
