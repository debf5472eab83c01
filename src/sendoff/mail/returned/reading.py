"""Read one mail that came back, of any format. Pure and bounded: bytes in, values out.

What says itself what it is for programs comes first (RFC 3464, RFC 5965), then the formats of
`rules/`, then mail that machines write for people.
"""

from dataclasses import replace

from sendoff.mail.returned import feedback_reports, judging, mime, statuses
from sendoff.mail.returned.blocks import Block, first
from sendoff.mail.returned.mime import Headers, Part
from sendoff.mail.returned.saying import Said, address, typed
from sendoff.mail.returned.values import Kind, Original, Reported, Returned

_NO_HEADERS = Headers([])


def read(raw: bytes) -> Returned:
    """What a mail is and what it says of which message. Takes any bytes; never raises for them.

    At most 8 MiB, 64 parts and 8 levels are read; nothing of what a mail claims is verified.
    """
    mail = mime.parse(raw)
    original = _original_headers(mail)
    found = _feedback_report(mail, original) or _status_report(mail)
    return replace(found or Returned(kind=Kind.NONE), original=_original(original))


def _feedback_report(mail: Part, original: Headers) -> Returned | None:
    part = _part_of(mail, (feedback_reports.TYPE,))
    return feedback_reports.read(part, original) if part else None


def _status_report(mail: Part) -> Returned | None:
    part = _part_of(mail, statuses.TYPES)
    if not part:
        return None
    about, said = statuses.read(part)
    return _returned(about, said) if said else None


def _returned(about: Block, said: list[Said]) -> Returned:
    recipients = tuple(judging.judge(each) for each in said)
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


def _original_headers(mail: Part) -> Headers:
    part = next((part for part in mail.walk() if part is not mail and part.is_original), None)
    if part is None:
        return _NO_HEADERS
    return part.parts[0].headers if part.parts else mime.headers_of(part.content)


def _original(headers: Headers) -> Original:
    return Original(
        message_id=headers.get("message-id").strip(),
        return_path=address(headers.get("return-path")),
        sender=address(headers.get("from")),
        to=address(headers.get("to")),
        subject=headers.get("subject"),
        feedback_id=headers.get("feedback-id"),
        list_unsubscribe=headers.get("list-unsubscribe"),
    )
