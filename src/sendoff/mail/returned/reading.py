"""Read one mail that came back, of any format. Pure and bounded: bytes in, values out.

What says itself what it is for programs comes first (RFC 3464, RFC 5965), then the formats of
`rules/`, which machines write for people, then automatic answers, and mere words of failure last.
"""

import re
from dataclasses import replace

from sendoff.mail.returned import (
    aggregates,
    autoreplies,
    evidence,
    feedback_reports,
    judging,
    mime,
    notices,
    notifications,
    sheets,
    statuses,
)
from sendoff.mail.returned.blocks import Block, first
from sendoff.mail.returned.mime import Part
from sendoff.mail.returned.saying import Said, address, addresses, typed
from sendoff.mail.returned.sheets import Sheet
from sendoff.mail.returned.values import Kind, Original, Reported, Returned

_FIELDS = re.compile(r"^(?:final|original)-recipient\s*:", re.IGNORECASE | re.MULTILINE)
_FIELDS_WEIGH = 3  # as much as a known format: a report for programs whose parts were lost


def read(raw: bytes) -> Returned:
    """What a mail is and what it says of which message. Takes any bytes; never raises for them.

    At most 8 MiB, 64 parts and 8 levels are read; nothing of what a mail claims is verified.
    """
    if report := aggregates.bare(raw):
        return Returned(kind=Kind.REPORT, report=report)
    mail = mime.parse(raw)
    sheet = sheets.of(mail)
    found = _for_programs(mail, sheet) or _for_people(mail, sheet) or Returned(kind=Kind.NONE)
    if found.original != Original():
        return found
    return replace(found, original=_original(sheet))


def _for_programs(mail: Part, sheet: Sheet) -> Returned | None:
    if part := _part_of(mail, (feedback_reports.TYPE,)):
        return feedback_reports.read(part, sheet.inner)
    if report := aggregates.read(mail):
        return Returned(kind=Kind.REPORT, report=report)
    complaint = feedback_reports.in_old_form(mail, sheet.inner)
    return complaint or _status_report(mail, sheet) or notifications.read(sheet.text)


def _for_people(mail: Part, sheet: Sheet) -> Returned | None:
    weight = evidence.total(evidence.weigh(mail, sheet))
    found = _enclosed(mail, sheet) or _flattened(mail, sheet, weight)
    if found := found or notices.in_format(mail, sheet, weight):
        return found
    if rule := autoreplies.recognised(mail, sheet):
        return Returned(kind=Kind.AUTOREPLY, format=rule)
    return notices.in_words(mail, sheet, weight) or notices.nameless(mail, sheet, weight)


def _status_report(mail: Part, sheet: Sheet) -> Returned | None:
    part = _part_of(mail, statuses.TYPES)
    if not part or _is_passed_on(mail):
        return None
    about, said = statuses.read(part)
    return _returned(about, said, mail, sheet) if said else None


def _is_passed_on(mail: Part) -> bool:
    """Whether a person sends on the parts of a report, as some mail programs do."""
    by_machine = mail.type == "multipart/report" or evidence.is_daemon(mail)
    return evidence.is_answer(mail) and not by_machine


def _flattened(mail: Part, sheet: Sheet, weight: int) -> Returned | None:
    """A report for programs that a machine sent as mere text."""
    if not _FIELDS.search(sheet.text):
        return None
    about, said = statuses.of_text(sheet.text)
    enough = weight + _FIELDS_WEIGH >= evidence.NEEDED
    return _returned(about, said, mail, sheet) if said and enough else None


def _enclosed(mail: Part, sheet: Sheet) -> Returned | None:
    """A report within the report of a gateway that names nobody itself."""
    inner = [part.parts[0] for part in mail.parts if part.parts and part.is_original]
    if len(inner) != 1 or addresses(sheet.text):
        return None
    if sheet.text.strip() and not evidence.is_daemon(mail):
        return None
    found = _for_programs(inner[0], sheets.of(inner[0]))
    return found if found and evidence.is_daemon(inner[0]) else None


def _returned(about: Block, said: list[Said], mail: Part, sheet: Sheet) -> Returned:
    told = [replace(each, more=(*each.more, sheet.text[:4000])) for each in said]
    if not any("@" in each.recipient[1:] for each in told):
        told = [replace(told[0], recipient=name) for name in notices.named(mail, sheet)] or told
    recipients = tuple(judging.judge(each) for each in told)
    return Returned(
        kind=_kind(recipients),
        recipients=recipients,
        reporting_mta=typed(first(about, "reporting-mta"))[1],
        envelope_id=first(about, "original-envelope-id"),
        format="rfc3464",
    )


def _kind(recipients: tuple[Reported, ...]) -> Kind:
    """A report with one failure in it is a bounce, whatever it says of the others."""
    actions = {each.action for each in recipients}
    if "failed" in actions:
        return Kind.BOUNCE
    return Kind.DELAYED if "delayed" in actions else Kind.DELIVERED


def _part_of(mail: Part, types: tuple[str, ...]) -> Part | None:
    """The first part of a type that is not within the original message."""
    if mail.type in types:
        return mail
    if mail.is_original:
        return None
    return next((found for part in mail.parts if (found := _part_of(part, types))), None)


def _original(sheet: Sheet) -> Original:
    headers = sheet.inner
    return Original(
        message_id=headers.get("message-id").strip(),
        return_path=address(headers.get("return-path")),
        sender=address(headers.get("from")),
        to=address(headers.get("to")),
        subject=headers.get("subject"),
        feedback_id=headers.get("feedback-id"),
        list_unsubscribe=headers.get("list-unsubscribe"),
    )
