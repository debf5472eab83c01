"""What a mail that came back says, as values. They hold what was read and decide nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sendoff.mail.reports import Aggregate, TlsReport
from sendoff.mail.stages import Fault


class Kind(StrEnum):
    """What a mail is. Only a feedback report of the type `abuse` is a complaint.

    `report` is any other report for programs: DMARC, TLS, feedback of other types. `none` is
    ordinary mail, or mail that says nothing of a message of ours.
    """

    BOUNCE = "bounce"
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    AUTOREPLY = "autoreply"
    DELIVERED = "delivered"
    REPORT = "report"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What is said of one recipient. Texts are "" where nothing is said.

    `recipient` is the address that failed, `original_recipient` the one that we wrote to where the
    report tells that it was another. `action` is of RFC 3464 2.3.3. `hard` says that the address is
    at fault for good, so that writing to it again is pointless; a block, a full mailbox or a fault
    of ours is never hard. `suppress` is what the reply rules advise.
    """

    recipient: str
    original_recipient: str = ""
    action: str = "failed"
    status: str = ""
    hard: bool = False
    suppress: bool = False
    category: str = "unknown"
    fault: Fault = Fault.NONE
    temporary: bool = False
    reason: str = ""
    diagnostic: str = ""
    remote_mta: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What is left of the mail that this is about: header fields as found, "" where absent."""

    message_id: str = ""
    return_path: str = ""
    sender: str = ""  # From
    to: str = ""
    subject: str = ""
    feedback_id: str = ""
    list_unsubscribe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report for programs. `type`: arf, dmarc_aggregate, dmarc_failure or tls.

    `fields` are those of an ARF report (RFC 5965 3), by name in small letters, each with all its
    values; they are claims of whoever sent the mail. `inside` is what a report about many messages
    says; where it could not be read, or was refused, `problem` is one sentence.
    """

    type: str
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inside: Aggregate | TlsReport | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a mail is, whom it is about and which message. Nothing in it has been verified.

    `envelope_id` is our ENVID given back (RFC 3461), `feedback_type` that of an ARF report.
    `format` is the id of the rule that knew the format, `rfc3464` or `rfc5965`.
    """

    kind: Kind
    recipients: tuple[Reported, ...] = ()
    feedback_type: str = ""
    report: Report | None = None
    original: Original = field(default_factory=Original)
    reporting_mta: str = ""
    envelope_id: str = ""
    format: str = ""
