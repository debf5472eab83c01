"""Sending domains: the keys that sign for them and the records that prove it. Asks no DNS."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sendoff.lib import vault
from sendoff.lib.config import config
from sendoff.lib.errors import PlainError
from sendoff.mail import addresses, dkim
from sendoff.senders.models import SendingDomain


class SenderError(PlainError):
    """A sender cannot be used as asked; the message names the place and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain we may write From, and the selector of the key that signs for it."""

    id: int
    name: str
    selector: str
    return_path_domain: str
    per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """One record the owner publishes: what it is for, where it stands and what it says."""

    purpose: str
    host: str
    type: str
    value: str


def add_domain(workspace_id: int, name: str, selector: str = "s1") -> Domain:
    """Make an RSA-2048 key for a sending domain. SenderError where the domain is there already."""
    domain = addresses.normalise(f"postmaster@{name}").domain
    if SendingDomain.objects.filter(workspace_id=workspace_id, name=domain).exists():
        raise SenderError(f"{domain} is a sending domain already.")
    private_pem, public_value = dkim.generate_rsa_key()
    row = SendingDomain.objects.create(
        workspace_id=workspace_id,
        name=domain,
        selector=selector,
        public_key=public_value,
        sealed_key=_vault().seal(private_pem, _key_place(workspace_id, domain, selector)),
        return_path_domain=f"bounces.{domain}",
    )
    return _domain(row)


def domains(workspace_id: int) -> list[Domain]:
    """All sending domains of a workspace, by name."""
    rows = SendingDomain.objects.filter(workspace_id=workspace_id).order_by("name")
    return [_domain(row) for row in rows]


def all_domains() -> list[Domain]:
    """The sending domains of every workspace."""
    return [_domain(row) for row in SendingDomain.objects.order_by("id")]


def domain(domain_id: int) -> Domain:
    """One sending domain."""
    return _domain(SendingDomain.objects.get(pk=domain_id))


def set_pace(domain_id: int, per_minute: int | None) -> Domain:
    """Change how many messages a minute go out from a domain, by all servers; None: any."""
    SendingDomain.objects.filter(pk=domain_id).update(per_minute=per_minute)
    return domain(domain_id)


def domain_of(workspace_id: int, from_email: str) -> Domain:
    """The sending domain of a From address; SenderError names the mend where there is no key."""
    name = addresses.normalise(from_email).domain
    row = SendingDomain.objects.filter(workspace_id=workspace_id, name=name).first()
    if row is None:
        raise SenderError(
            f"From: {name} has no key to sign with. Add it under Delivery, Domains, or write from"
            " a domain that is there."
        )
    return _domain(row)


def private_key(domain_id: int) -> RSAPrivateKey:
    """The loaded key that signs for a domain. VaultError where the key ring does not open it."""
    row = SendingDomain.objects.get(pk=domain_id)
    place = _key_place(row.workspace_id, row.name, row.selector)
    key = load_pem_private_key(_vault().open(bytes(row.sealed_key), place), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise SenderError(
            f"The key of {row.name} is not an RSA key; remove and add the domain anew."
        )
    return key


def records(domain_id: int, source_ips: list[str]) -> list[DnsRecord]:
    """What the domain's owner publishes so that SPF, DKIM and DMARC pass for these addresses.

    Without addresses (a relay sends, or the system chooses the source) there is no SPF record to
    name: one that lists nobody would forbid the domain's mail.
    """
    row = SendingDomain.objects.get(pk=domain_id)
    mechanisms = " ".join(f"ip{6 if ':' in ip else 4}:{ip}" for ip in source_ips)
    spf = f"v=spf1 {mechanisms} -all"
    back = row.return_path_domain
    wanted = (
        ("DKIM key", f"{row.selector}._domainkey.{row.name}", "TXT", row.public_key),
        ("SPF of the return path", back, "TXT", spf),
        ("Mail server of the return path", back, "MX", f"10 {row.name}."),
        ("SPF of the domain", row.name, "TXT", spf),
        ("DMARC policy", f"_dmarc.{row.name}", "TXT", "v=DMARC1; p=quarantine"),
    )
    return [
        DnsRecord(purpose=purpose, host=host, type=kind, value=value)
        for purpose, host, kind, value in wanted
        if source_ips or value != spf
    ]


def _vault() -> vault.Vault:
    return vault.Vault(config().key_ring)


def _key_place(workspace_id: int, domain: str, selector: str) -> str:
    return f"senders.domain:{workspace_id}:{domain}:{selector}"


def _domain(row: SendingDomain) -> Domain:
    return Domain(
        id=row.pk,
        name=row.name,
        selector=row.selector,
        return_path_domain=row.return_path_domain,
        per_minute=row.per_minute,
    )
