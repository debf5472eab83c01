"""The one vocabulary of the way: stages, outcomes, faults, categories. Values, no decisions.

The order of STAGES is the order in which a message passes them; `position` compares two of them.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Step(StrEnum):
    """What people see on the campaign page: stages rolled up."""

    QUEUE = "Queue"
    ROUTE = "Route"
    HANDSHAKE = "Handshake"
    ENCRYPTION = "Encryption"
    OFFERED = "Offered"
    ACCEPTED = "Accepted"
    PLACED = "Placed"
    CAME_BACK = "Came back"


@dataclass(frozen=True, slots=True)
class Stage:
    """One rung of the ladder: its name in data, what people read, and the step it belongs to."""

    name: str
    reads: str
    step: Step


STAGES: tuple[Stage, ...] = (
    Stage("plan", "Prepared", Step.QUEUE),
    Stage("queue", "Queued", Step.QUEUE),
    Stage("pace", "Waiting its turn", Step.QUEUE),
    Stage("compose", "Written and signed", Step.QUEUE),
    Stage("dns", "Route found", Step.ROUTE),
    Stage("connect", "Connected", Step.HANDSHAKE),
    Stage("greeting", "Greeted", Step.HANDSHAKE),
    Stage("ehlo", "Introduced", Step.HANDSHAKE),
    Stage("tls", "Encrypted", Step.ENCRYPTION),
    Stage("mail", "Sender offered", Step.OFFERED),
    Stage("rcpt", "Recipient offered", Step.OFFERED),
    Stage("data", "Content offered", Step.OFFERED),
    Stage("accepted", "Accepted", Step.ACCEPTED),
    Stage("filter", "Filtered", Step.PLACED),
    Stage("placement", "Placed", Step.PLACED),
    Stage("feedback", "Came back", Step.CAME_BACK),
)
BY_NAME = {stage.name: stage for stage in STAGES}
_POSITION = {stage.name: n for n, stage in enumerate(STAGES)}


def position(stage: str) -> int:
    """Where a stage stands in the order of the way, from 0."""
    return _POSITION[stage]


class State(StrEnum):
    """What has become of a message. `claimed` is a waiting message in a leased parcel."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class Fault(StrEnum):
    """Whose fault a failure is: separate from where it happened."""

    NONE = ""
    RECIPIENT = "recipient"
    RECIPIENT_SYSTEM = "recipient_system"
    OUR_IP = "our_ip"
    OUR_DOMAIN = "our_domain"
    OUR_CONTENT = "our_content"
    OUR_CONFIG = "our_config"
    NETWORK = "network"
    OUR_PACE = "our_pace"


FAULT_READS: dict[str, str] = {
    "": "nobody's",
    "recipient": "the recipient's address",
    "recipient_system": "the recipient's mail system",
    "our_ip": "our IP address",
    "our_domain": "our domain",
    "our_content": "our content",
    "our_config": "our configuration",
    "network": "the network between us",
    "our_pace": "our own pace",
}

CATEGORIES: tuple[str, ...] = (
    "bad_mailbox", "bad_domain", "mailbox_full", "mailbox_inactive", "recipient_filtered",
    "ip_or_sender_blocked", "auth_failure", "content_or_policy", "rate_limited", "too_big",
    "expired_or_network", "remote_system", "complaint", "autoreply", "delivered", "unknown",
)  # fmt: skip


class Kind(StrEnum):
    """The outcome of one attempt."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an SMTP server said: basic code, enhanced code where given, and every line of text."""

    code: int
    enhanced: str = ""
    text: str = ""
    verbatim: str = field(init=False, repr=False, compare=False)
    """As it stood on the wire, without the line ends of a multi-line reply."""

    def __post_init__(self) -> None:
        said = " ".join(filter(None, (str(self.code), self.enhanced, self.text)))
        object.__setattr__(self, "verbatim", said)


class Evidence(NamedTuple):
    """One thing that happened at a stage: what we said, what came back, how long it took."""

    stage: str
    ms: float
    command: str = ""
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one attempt ended, where, and whose fault. `retry_after_s` is the other side's wish."""

    kind: Kind
    stage: str
    fault: Fault = Fault.NONE
    category: str = ""
    code: int | None = None
    enhanced: str = ""
    reply: str = ""
    steps: tuple[Evidence, ...] = ()
    retry_after_s: float | None = None
