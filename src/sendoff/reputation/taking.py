"""Take reports in: from mail that feedback kept, from files of pages and commands. Sends none."""

from pathlib import Path

import structlog
from django.db import DatabaseError, transaction

from sendoff.feedback import public as feedback
from sendoff.lib import clock
from sendoff.reputation import filing, reading
from sendoff.reputation.filing import Came, Filed, State

PORTION = 10  # mails; each may be of some megabytes

log = structlog.get_logger()


def take_mail() -> int:
    """Read on the reports that came by mail, a portion; how many there were."""
    mails = feedback.reports_to_read(PORTION)
    for mail in mails:
        try:
            _take(mail)
        except DatabaseError:
            raise
        except Exception:
            log.exception("a report by mail can not be filed", mail=mail.id)
            feedback.reports_were_read([mail.id])
    return len(mails)


def take_bytes(raw: bytes, workspace_id: int, source: str) -> Filed:
    """File a document that somebody of a workspace brought: `source` is page or command."""
    came = Came(source=source, at_ms=clock.now_ms(), workspace_id=workspace_id)
    return filing.file(reading.read(raw), came)


def take_file(path: Path, workspace_id: int) -> Filed:
    """File a document from disk; what cannot be opened, or is too large, is said in a sentence."""
    try:
        with path.open("rb") as file:
            raw = file.read(reading.MAX_BYTES + 1)
    except OSError as error:
        why = f"It can not be opened: {error.strerror}."
        return Filed(state=State.UNREAD, sentence=why)
    return take_bytes(raw, workspace_id, "command")


def _take(mail: feedback.ReportMail) -> None:
    came = Came(source="mail", at_ms=mail.received_ms, mail_id=mail.id)
    document = reading.read(mail.content)
    with transaction.atomic():
        filed = filing.file(document, came)
        feedback.reports_were_read([mail.id])
    log.info("a report came by mail", mail=mail.id, state=str(filed.state), said=filed.sentence)
