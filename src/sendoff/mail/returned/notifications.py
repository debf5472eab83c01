"""Read what Amazon SES tells by mail through SNS: JSON in a text. It verifies no signature."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sendoff.mail.returned import judging
from sendoff.mail.returned.saying import MAX_RECIPIENTS, Said, typed
from sendoff.mail.returned.values import Kind, Original, Report, Reported, Returned

# docs.aws.amazon.com/ses: contents of notifications, bounce types; read 2026-11-22.
_BOUNCES = {
    "General": "",
    "NoEmail": "550 5.1.1 No such user",
    "Suppressed": "550 5.1.1 The address is on the suppression list since it bounced before",
    "OnAccountSuppressionList": "550 5.1.1 The address is on the suppression list",
    "MailboxFull": "552 5.2.2 Mailbox full",
    "MessageTooLarge": "552 5.3.4 Message too large",
    "ContentRejected": "554 5.6.0 Content rejected",
    "AttachmentRejected": "554 5.6.0 Attachment rejected",
}
_TYPES = re.compile(r'"(?:notificationType|eventType)"\s*:\s*"(?:Bounce|Complaint|Delivery)"')
_FOLD = re.compile(r"\n[ \t]?")


def read(text: str) -> Returned | None:
    """The notification in a text; None where there is none."""
    begin = text.find("{")
    if begin < 0 or not _TYPES.search(text.replace('\\"', '"')):
        return None
    told = _json(text[begin:])
    if isinstance(told.get("Message"), str):
        told = _json(told["Message"])
    kind = str(told.get("notificationType") or told.get("eventType") or "").lower()
    about = _object(told, kind)
    reader = _READERS.get(kind)
    return reader(about, _original(_object(told, "mail"))) if reader else None


def _bounce(about: Mapping[str, Any], original: Original) -> Returned:
    permanent = about.get("bounceType") == "Permanent"
    meaning = _BOUNCES.get(str(about.get("bounceSubType")), "")
    said = [
        Said(
            recipient=str(each.get("emailAddress", "")),
            action="failed",
            status=str(each.get("status", "")),
            diagnostic=typed(str(each.get("diagnosticCode", "")))[1],
            more=(meaning, "" if permanent else "450 4.0.0 Transient"),
        )
        for each in _objects(about, "bouncedRecipients")
    ]
    recipients = tuple(judging.judge(each) for each in said)
    return Returned(kind=Kind.BOUNCE, recipients=recipients, original=original, format="ses")


def _complaint(about: Mapping[str, Any], original: Original) -> Returned:
    kind = str(about.get("complaintFeedbackType") or "abuse").lower()
    complained = kind == "abuse"
    people = tuple(
        Reported(
            recipient=str(each.get("emailAddress", "")),
            action="",
            category="complaint",
            reason="The recipient reported the message as spam",
        )
        for each in _objects(about, "complainedRecipients")
    )
    return Returned(
        kind=Kind.COMPLAINT if complained else Kind.REPORT,
        recipients=people if complained else (),
        feedback_type=kind,
        report=Report(type="arf"),
        original=original,
        format="ses",
    )


def _delivery(about: Mapping[str, Any], original: Original) -> Returned:
    reply = str(about.get("smtpResponse", ""))
    status = re.search(r"\b2\.\d{1,3}\.\d{1,3}\b", reply)
    named = about.get("recipients")
    recipients = tuple(
        judging.judge(
            Said(
                recipient=str(each),
                action="delivered",
                status=status[0] if status else "",
                diagnostic=reply,
                remote_mta=str(about.get("remoteMtaIp", "")),
            )
        )
        for each in (named if isinstance(named, list) else [])[:MAX_RECIPIENTS]
    )
    return Returned(kind=Kind.DELIVERED, recipients=recipients, original=original, format="ses")


_READERS = {"bounce": _bounce, "complaint": _complaint, "delivery": _delivery}


def _original(mail: Mapping[str, Any]) -> Original:
    common = _object(mail, "commonHeaders")
    to = mail.get("destination")
    return Original(
        message_id=str(common.get("messageId", "")),
        return_path=str(mail.get("source", "")),
        subject=str(common.get("subject", "")),
        to=str(to[0]) if isinstance(to, list) and to else "",
    )


def _json(text: str) -> dict[str, Any]:
    """The first JSON object of a text, even where lines were folded; {} where it is none."""
    for each in (text, _FOLD.sub("", text)):
        try:
            found, _ = json.JSONDecoder(strict=False).raw_decode(each)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return {}


def _object(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _objects(told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = told.get(name)
    each = found if isinstance(found, list) else []
    return [one for one in each if isinstance(one, dict)][:MAX_RECIPIENTS]
