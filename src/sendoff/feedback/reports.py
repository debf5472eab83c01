"""Hand mails that bring reports to whoever reads them on, until they were read. It reads none."""

from collections.abc import Iterable
from dataclasses import dataclass

from sendoff.feedback.models import InboundMail


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMail:
    """A mail with a report in it, as it came to an address for reports, or into a mailbox."""

    id: int
    content: bytes
    received_ms: int


def to_read(limit: int) -> list[ReportMail]:
    """The oldest mails whose report nobody read on yet."""
    found = InboundMail.objects.filter(passed_on=False).exclude(report="").order_by("id")
    return [
        ReportMail(id=mail.pk, content=bytes(mail.content), received_ms=mail.received_ms)
        for mail in found[:limit]
    ]


def were_read(mail_ids: Iterable[int]) -> None:
    """Hand these over no more. Call it in the transaction that keeps what they say."""
    InboundMail.objects.filter(pk__in=list(mail_ids)).update(passed_on=True)
