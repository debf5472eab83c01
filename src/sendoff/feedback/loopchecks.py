"""Send a mail whose bounce must come back to us, and say whether it did. It suppresses nobody.

Without an address it goes to its own return path: that proves the MX, the port and the mail room.
To an address that bounces, as a vendor's simulator has, it proves the way of a real bounce.
"""

from dataclasses import dataclass

from sendoff.drivers.contract import Letter
from sendoff.feedback.models import LoopCheck
from sendoff.feedback.places import Places
from sendoff.lib import clock
from sendoff.lib.config import config
from sendoff.lib.errors import PlainError
from sendoff.mail import addresses, dkim, headers
from sendoff.mail.stages import Kind
from sendoff.senders import public as senders
from sendoff.sending import public as sending

SHOWN = 10
PATIENCE_MS = 600_000  # some servers bounce late
_TEXT = b"This mail checks whether what comes back reaches its sender. Nobody needs to read it.\r\n"


class CheckError(PlainError):
    """The loop can not be checked; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check. `state` is back, waiting, refused (it never left) or lost."""

    id: int
    to: str
    server: str
    started_ms: int
    back_ms: int | None
    state: str
    sentence: str


def start(workspace_id: int, to: str = "") -> Check:
    """Send one. CheckError without a server or a domain; AddressError for a bad address."""
    domains, servers = senders.domains(workspace_id), senders.servers(workspace_id)
    if not (domains and servers):
        raise CheckError("Add a sending domain and a server first; the check is sent by them.")
    domain, server = domains[0], servers[0]
    given = addresses.normalise(to).text if to.strip() else ""
    row = LoopCheck.objects.create(
        workspace_id=workspace_id, server=server.name, started_ms=clock.now_ms()
    )
    back = Places(config().token_key, frozenset).check_address(row.pk, domain.return_path_domain)
    row.to = given or back
    outcome = sending.send_letter(config(), server.id, _letter(domain, back, row.to))
    row.accepted = outcome.kind is Kind.ACCEPTED
    row.said = outcome.reply.replace("\0", "")[:500]
    LoopCheck.objects.filter(pk=row.pk).update(to=row.to, accepted=row.accepted, said=row.said)
    return check(row.pk)


def answered(check_id: int) -> None:
    """The mail, or a bounce of it, came in."""
    waiting = LoopCheck.objects.filter(pk=check_id, back_ms=None)
    waiting.update(back_ms=clock.now_ms())


def check(check_id: int) -> Check:
    """How one stands."""
    return _check(LoopCheck.objects.get(pk=check_id), clock.now_ms())


def checks(workspace_id: int) -> list[Check]:
    """The last ones, newest first."""
    rows = LoopCheck.objects.filter(workspace_id=workspace_id).order_by("-id")[:SHOWN]
    return [_check(row, clock.now_ms()) for row in rows]


def _check(row: LoopCheck, now_ms: int) -> Check:
    state, sentence = _state(row, now_ms)
    return Check(
        id=row.pk,
        to=row.to,
        server=row.server,
        started_ms=row.started_ms,
        back_ms=row.back_ms,
        state=state,
        sentence=sentence,
    )


def _state(row: LoopCheck, now_ms: int) -> tuple[str, str]:
    if row.back_ms is not None:
        seconds = (row.back_ms - row.started_ms) / 1000
        return "back", f"It came back after {seconds:.1f} seconds: the loop is connected."
    if row.accepted is False:
        return "refused", f"It never left: “{row.said}”"
    if now_ms - row.started_ms < PATIENCE_MS:
        return "waiting", "It was sent and has not come back yet."
    return "lost", (
        "It did not come back within ten minutes. Look whether the MX of the return path leads to"
        " the mail room, and whether its port is open."
    )


def _letter(domain: senders.Domain, back: str, to: str) -> Letter:
    now_s = clock.now_ms() // 1000
    fields = [
        headers.field("From", headers.mailbox("Loop check", f"postmaster@{domain.name}")),
        headers.field("To", to),
        headers.field("Subject", "Does what comes back reach us?"),
        headers.field("Date", headers.date(now_s)),
        headers.field("Message-ID", f"<loop-check.{clock.now_ms()}@{domain.name}>"),
        headers.field("MIME-Version", "1.0"),
        headers.field("Content-Type", "text/plain; charset=us-ascii"),
    ]
    signature = senders.signer(domain.id).sign(fields, dkim.body_hash(_TEXT), now_s)
    data = signature + b"".join(field.wire for field in fields) + b"\r\n" + _TEXT
    return Letter(sender=back, recipient=to, data=data)
