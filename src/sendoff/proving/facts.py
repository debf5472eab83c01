"""What was found out about a subject: answers as they came. It asks nobody and judges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sendoff.mail.auth.dmarc import Verdict as DmarcVerdict
from sendoff.mail.auth.names import Answer, Status
from sendoff.mail.auth.spf import Verdict as SpfVerdict
from sendoff.smtp.policies import Discovered

NOT_ASKED = Answer(status=Status.NXDOMAIN, said="NXDOMAIN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Where the CNAMEs of a name lead in the end; `circle`: nowhere."""

    target: str
    circle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a mail server answered to RCPT TO; code 0: there was no answer, `said` says why."""

    host: str
    code: int
    said: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that judging needs. Names are in lower case, without a dot at the end.

    `answers` by name and type; `spf` by name and sending address; `wildcard`: what a name says that
    nobody can have entered; `dmarc` is the verdict for a message that SPF proves for the return
    path alone.
    """

    answers: Mapping[tuple[str, str], Answer] = field(default_factory=dict)
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    spf: Mapping[str, Mapping[str, SpfVerdict]] = field(default_factory=dict)
    wildcard: Answer = NOT_ASKED
    dmarc: DmarcVerdict = DmarcVerdict(result="none")
    policy: Discovered | None = None
    mailboxes: Mapping[str, Heard] = field(default_factory=dict)

    def of(self, name: str, kind: str) -> Answer:
        """An answer; what was never asked is as absent as what is not there."""
        return self.answers.get((name.lower().rstrip("."), kind), NOT_ASKED)

    def addresses(self, name: str) -> tuple[str, ...]:
        """The A and AAAA records of a name."""
        return self.of(name, "A").values + self.of(name, "AAAA").values

    def trouble(self, name: str) -> str:
        """Why the addresses of a name are not known; "" where they are."""
        answers = [self.of(name, kind) for kind in ("A", "AAAA")]
        failed = [each.said for each in answers if each.status is Status.FAILED]
        return failed[0] if failed and not self.addresses(name) else ""
