"""Tell how others' lines to our domains were encrypted, in words. It reads alone."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Max, Q, Sum

from sendoff.lib import clock
from sendoff.reputation.filing import DAY_MS
from sendoff.reputation.models import TlsRow
from sendoff.reputation.rows import NOT_SAID

DAYS = 30
SHOWN = 200
# RFC 8460 4.3, each with what it means for us, who receive.
_RESULTS = {
    "starttls-not-supported": "Our server offered no encryption (STARTTLS). Give it a certificate.",
    "certificate-host-mismatch": "The certificate does not carry the name of the mail server."
    " Get one for the name in the MX record.",
    "certificate-expired": "The certificate had expired. Renew it, and let a program do so.",
    "certificate-not-trusted": "The certificate is signed by nobody they trust."
    " Send the whole chain with it.",
    "validation-failure": "They could not prove the line; they do not say why.",
    "tlsa-invalid": "The TLSA records (DANE) do not fit the certificate."
    " Publish new ones before you change it.",
    "dnssec-invalid": "DNSSEC of the domain is broken, so DANE failed. Ask your DNS host.",
    "dane-required": "They insist on DANE, and there are no TLSA records that hold.",
    "sts-policy-fetch-error": "They could not fetch the MTA-STS policy over https.",
    "sts-policy-invalid": "The MTA-STS policy breaks its rules (RFC 8461 3.2).",
    "sts-webpki-invalid": "The web server of the MTA-STS policy has a certificate that they do not"
    " trust.",
    NOT_SAID: "They count these without saying why.",
}
_POLICIES = {
    "sts": "MTA-STS",
    "tlsa": "DANE",
    "no-policy-found": "no policy",
    "": "not said",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """What one receiver counted for one domain of ours: sessions that went well, and failed."""

    org: str
    domain: str
    policy: str
    good: int
    bad: int
    last_day: int

    @property
    def on(self) -> date:
        """The last day as a date."""
        return clock.at(self.last_day * DAY_MS).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which sessions failed. `sentence` says what it means and the mend."""

    org: str
    domain: str
    result: str
    mx: str
    said: str
    sessions: int
    sentence: str


def receivers(workspace_id: int, days: int = DAYS) -> list[Receiver]:
    """By receiver and domain, those with most failures first."""
    went_well = Sum("sessions", filter=Q(result=""), default=0)
    found = (
        _rows(workspace_id, days)
        .values("report__org", "domain", "policy_type")
        .annotate(good=went_well, total=Sum("sessions"), last=Max("day"))
    )
    made = [
        Receiver(
            org=row["report__org"] or "Somebody without a name",
            domain=row["domain"],
            policy=_POLICIES.get(row["policy_type"], row["policy_type"]),
            good=int(row["good"]),
            bad=int(row["total"]) - int(row["good"]),
            last_day=row["last"],
        )
        for row in found.order_by()
    ]
    return sorted(made, key=lambda each: (-each.bad, -each.good, each.org))[:SHOWN]


def faults(workspace_id: int, days: int = DAYS) -> list[Fault]:
    """How sessions failed, the most first."""
    failed = _rows(workspace_id, days).exclude(result="")
    found = failed.values("report__org", "domain", "result", "mx").annotate(
        total=Sum("sessions"), words=Max("said")
    )
    return [
        Fault(
            org=row["report__org"] or "Somebody without a name",
            domain=row["domain"],
            result=row["result"],
            mx=row["mx"],
            said=row["words"],
            sessions=int(row["total"]),
            sentence=_RESULTS.get(row["result"], "No standard knows this word."),
        )
        for row in found.order_by("-total", "report__org")[:SHOWN]
    ]


def _rows(workspace_id: int, days: int):  # type: ignore[no-untyped-def]  # a QuerySet of TlsRow
    since = clock.now_ms() // DAY_MS - days
    return TlsRow.objects.filter(workspace_id=workspace_id, day__gt=since)
