"""Read feedback reports (ARF: RFC 5965, 6430, 6591). Only the type `abuse` is a complaint."""

import re

from sendoff.mail.returned import blocks, evidence
from sendoff.mail.returned.mime import Headers, Part
from sendoff.mail.returned.saying import address
from sendoff.mail.returned.values import Kind, Report, Reported, Returned

TYPE = "message/feedback-report"
_JMRP = "x-hmxmroriginalrecipient"
_ABOUT = re.compile(r"complaint about message from \d{1,3}(?:\.\d{1,3}){3}\s*$", re.IGNORECASE)


def read(part: Part, original: Headers) -> Returned:
    """What a feedback report says. The recipient is missing where the reporter struck it out."""
    fields = {
        name: tuple(values)
        for block in reversed(blocks.read(part.text))
        for name, values in block.items()
    }
    kind = first(fields, "feedback-type").strip().lower() or "abuse"
    named = [address(value) for value in fields.get("original-rcpt-to", ())]
    named += [address(value) for value in fields.get("removal-recipient", ())]
    found = list(dict.fromkeys(filter(None, named))) or [address(original.get("to"))]
    complained = kind == "abuse"
    return Returned(
        kind=Kind.COMPLAINT if complained else Kind.REPORT,
        recipients=tuple(_complainer(each) for each in found if each) if complained else (),
        feedback_type=kind,
        report=Report(type="dmarc_failure" if _is_dmarc(fields) else "arf", fields=fields),
        reporting_mta=first(fields, "reporting-mta").rpartition(";")[2].strip(),
        envelope_id=first(fields, "original-envelope-id"),
        format="rfc5965",
    )


def in_old_form(mail: Part, original: Headers) -> Returned | None:
    """A complaint of Outlook.com's programme (JMRP), which names the recipient in a header.

    Source: sendersupport.olc.protection.outlook.com, junk mail reporting; read 2026-11.
    """
    headers = mail.headers
    told = _JMRP in headers or _ABOUT.match(headers.get("subject"))
    named = address(headers.get(_JMRP)) or address(original.get("to"))
    if not told or not named or evidence.is_answer(mail):
        return None
    return Returned(
        kind=Kind.COMPLAINT,
        recipients=(_complainer(named),),
        feedback_type="abuse",
        report=Report(type="arf"),
        format="jmrp",
    )


def first(fields: dict[str, tuple[str, ...]], name: str) -> str:
    """The first value of a field, "" where there is none."""
    return fields.get(name, ("",))[0]


def _complainer(recipient: str) -> Reported:
    return Reported(
        recipient=recipient,
        action="",
        category="complaint",
        reason="The recipient reported the message as spam",
    )


def _is_dmarc(fields: dict[str, tuple[str, ...]]) -> bool:
    """Whether it reports a failure of DMARC (RFC 9991): by its own word or by what it carries."""
    if first(fields, "feedback-type").strip().lower() != "auth-failure":
        return False
    failed = first(fields, "auth-failure").strip().lower()
    return failed == "dmarc" or "identity-alignment" in fields
