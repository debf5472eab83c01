"""Seal secrets anew with the newest key of the ring, so that an older one can be let go of."""

from django.db.models import Model

from sendoff.lib import vault
from sendoff.lib.config import config
from sendoff.senders import servers, signing_keys
from sendoff.senders.models import SendingServer, SigningKey


def reseal() -> int:
    """DKIM keys and the passwords of servers; how many had been sealed with an older key.

    VaultError where one opens with no key of the ring; it may be asked again at any time.
    """
    keys = SigningKey.objects.exclude(sealed_key=b"").select_related("domain")
    renewed = sum(_renewed(row, "sealed_key", signing_keys.place(row)) for row in keys)
    passwords = SendingServer.objects.exclude(sealed_password=b"")
    return renewed + sum(_renewed(row, "sealed_password", servers.place(row)) for row in passwords)


def _renewed(row: Model, column: str, place: str) -> bool:
    sealed = bytes(getattr(row, column))
    anew = vault.Vault(config().key_ring).renew(sealed, place)
    if anew is None:
        return False
    unchanged = type(row)._default_manager.filter(pk=row.pk, **{column: sealed})
    return bool(unchanged.update(**{column: anew}))
