"""Sending domains, and the records that prove who sends for them. Asks no DNS."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet

from sendoff.lib import clock
from sendoff.lib.errors import PlainError
from sendoff.mail import addresses
from sendoff.senders import key_words, signing_keys
from sendoff.senders.key_life import State
from sendoff.senders.models import SendingDomain, SendingServer, SigningKey


class SenderError(PlainError):
    """A sender cannot be used as asked; the message names the place and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain we may write From, and the selectors of the keys that sign for it now."""

    id: int
    name: str
    selectors: tuple[str, ...]
    return_path_domain: str
    per_minute: int | None = None
    workspace_id: int = 0
    added_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """One record the owner publishes: what it is for, where it stands and what it says."""

    purpose: str
    host: str
    type: str
    value: str


def add_domain(
    workspace_id: int, name: str, selector: str = "", kinds: Sequence[str] = ("rsa",)
) -> Domain:
    """A sending domain with a key of each kind (rsa, ed25519), which sign at once.

    `selector` is that of the first key, s1 where none is given. SenderError where the domain is
    there already.
    """
    domain = addresses.normalise(f"postmaster@{name}").domain
    if SendingDomain.objects.filter(workspace_id=workspace_id, name=domain).exists():
        raise SenderError(f"{domain} is a sending domain already.")
    made = [signing_keys.generate(kind) for kind in kinds]
    with transaction.atomic():
        row = SendingDomain.objects.create(
            workspace_id=workspace_id, name=domain, return_path_domain=f"bounces.{domain}"
        )
        for pair in made:
            signing_keys.keep(row, pair, selector, by="", signs=True)
            selector = ""
    return _domain(_rows().get(pk=row.pk))


def domains(workspace_id: int) -> list[Domain]:
    """All sending domains of a workspace, by name."""
    return [_domain(row) for row in _rows().filter(workspace_id=workspace_id).order_by("name")]


def all_domains() -> list[Domain]:
    """The sending domains of every workspace."""
    return [_domain(row) for row in _rows().order_by("id")]


def domain(domain_id: int) -> Domain:
    """One sending domain."""
    return _domain(_rows().get(pk=domain_id))


def set_pace(domain_id: int, per_minute: int | None) -> Domain:
    """Change how many messages a minute go out from a domain, by all servers; None: any."""
    SendingDomain.objects.filter(pk=domain_id).update(per_minute=per_minute)
    return domain(domain_id)


def domain_of(workspace_id: int, from_email: str) -> Domain:
    """The sending domain of a From address; SenderError names the mend where there is no key."""
    name = addresses.normalise(from_email).domain
    row = _rows().filter(workspace_id=workspace_id, name=name).first()
    if row is None:
        raise SenderError(
            f"From: {name} has no key to sign with. Add it under Delivery, Domains, or write from"
            " a domain that is there."
        )
    return _domain(row)


def records(domain_id: int, source_ips: list[str]) -> list[DnsRecord]:
    """What the domain's owner publishes so that SPF, DKIM and DMARC pass for these addresses.

    Without addresses (a relay sends, or the system chooses the source) there is no SPF record to
    name: one that lists nobody would forbid the domain's mail. Every key has its record that signs,
    is to sign, or signed mail that may still be on its way.
    """
    row = SendingDomain.objects.get(pk=domain_id)
    keys = [key for key in signing_keys.keys(domain_id) if key.state is not State.RETIRED]
    mechanisms = " ".join(f"ip{6 if ':' in ip else 4}:{ip}" for ip in source_ips)
    spf = f"v=spf1 {mechanisms} -all"
    back = row.return_path_domain
    wanted = (
        *((key_words.purpose(key), key.host, "TXT", key.value) for key in keys),
        ("SPF of the return path", back, "TXT", spf),
        ("Mail server of the return path", back, "MX", f"10 {_mail_host(row, source_ips)}."),
        ("SPF of the domain", row.name, "TXT", spf),
        (
            "DMARC policy",
            f"_dmarc.{row.name}",
            "TXT",
            f"v=DMARC1; p=none; rua=mailto:dmarc-reports@{back}",
        ),
    )
    return [
        DnsRecord(purpose=purpose, host=host, type=kind, value=value)
        for purpose, host, kind, value in wanted
        if source_ips or value != spf
    ]


def _mail_host(row: SendingDomain, source_ips: list[str]) -> str:
    """Who takes the mail of the return path: the host that sends; else the domain itself."""
    ours = SendingServer.objects.filter(Q(workspace_id=row.workspace_id) | Q(workspace=None))
    helos = ours.filter(source_ip__in=source_ips).order_by("name", "id")
    return next((name for name in helos.values_list("helo", flat=True) if "." in name), row.name)


def _rows() -> QuerySet[SendingDomain]:
    """Domains with what signs for them, and nothing of other keys."""
    signing = SigningKey.objects.filter(signing_ms__isnull=False, retiring_ms=None)
    names = signing.only("domain_id", "selector").order_by("-kind", "id")  # RSA first
    return SendingDomain.objects.prefetch_related(Prefetch("keys", names))


def _domain(row: SendingDomain) -> Domain:
    return Domain(
        id=row.pk,
        name=row.name,
        selectors=tuple(key.selector for key in row.keys.all()),
        return_path_domain=row.return_path_domain,
        per_minute=row.per_minute,
        workspace_id=row.workspace_id,
        added_ms=clock.ms(row.created_at),
    )
