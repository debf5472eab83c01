"""Make news of a stored mail: which message it is about, proved by our signatures. It never acts.

The token in the address it came to names the message; what a mail only claims changes nothing.
"""

from dataclasses import dataclass, replace
from hashlib import blake2b

from sendoff.audience import public as audience
from sendoff.feedback.acting import News
from sendoff.feedback.effects import Happening, Kind, Source
from sendoff.feedback.models import InboundMail
from sendoff.feedback.naming import Names
from sendoff.feedback.places import Place, Places, Use
from sendoff.lib.tokens import MessageRef
from sendoff.mail import returned
from sendoff.mail.returned import Reported, Returned
from sendoff.mail.stages import Fault
from sendoff.outbox import public as outbox
from sendoff.senders import public as senders

_MACHINES = (
    returned.Kind.BOUNCE,
    returned.Kind.DELAYED,
    returned.Kind.DELIVERED,
    returned.Kind.AUTOREPLY,
)
_KINDS = {
    returned.Kind.DELAYED: Kind.DELAYED,
    returned.Kind.DELIVERED: Kind.CONFIRMED,
    returned.Kind.AUTOREPLY: Kind.AUTOREPLY,
    returned.Kind.COMPLAINT: Kind.COMPLAINT,
}
_MAILBOX = Place(use=Use.REPORT, domain="")
REPORTS = ("dmarc_aggregate", "dmarc_failure", "tls")  # what other rooms read on
_ARF = {"not-spam": Kind.NOT_SPAM, "auth-failure": Kind.AUTH_FAILURE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a mail comes to: news, or why it is dropped; `check` where it answers a loop check.

    `report` is the type of a report that it brings to an address for reports.
    """

    news: tuple[News, ...] = ()
    dropped: str = ""
    said: str = ""
    check: int | None = None
    report: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads mails under one key."""

    places: Places
    names: Names

    def read(self, mail: InboundMail) -> Read:
        """What one mail comes to. Bounded work, whatever is in it."""
        raw = bytes(mail.content)
        found = returned.read(raw)
        place = self._place(mail)
        if place is None and mail.source != "smtp":
            place = _MAILBOX  # whose owner had our addresses put into it
        if place is None:
            return Read(dropped="It is for no address of ours.")
        if place.use is Use.CHECK and place.ref:
            return Read(said="The answer to a loop check.", check=place.ref.seq)
        report = found.report.type if found.report and place.use is Use.REPORT else ""
        brought = self._of_message(mail, place, raw, found)
        return replace(brought, report=report if report in REPORTS else "")

    def _of_message(self, mail: InboundMail, place: Place, raw: bytes, found: Returned) -> Read:
        ref, why = self._about(place, raw, found)
        if ref is None:
            return Read(dropped=why) if why else Read(said=_report_words(found))
        subject = outbox.subject(ref.campaign, ref.seq)
        if subject is None:
            return Read(dropped=f"There is no message {ref.campaign}.{ref.seq}.")
        if place.domain and place.domain not in _domains_of(subject.workspace_id):
            return Read(
                dropped=f"It is about message {ref.campaign}.{ref.seq} of another workspace than"
                f" {place.domain} belongs to."
            )
        news = _news(place, subject, mail, raw, found)
        return Read(news=(news,), said=f"{news.what.kind} of {ref.campaign}.{ref.seq}")

    def _place(self, mail: InboundMail) -> Place | None:
        """The most telling of our addresses that it came to: one with a token before others."""
        places = [self.places.read(address) for address in mail.recipients]
        ours = [place for place in places if isinstance(place, Place)]
        return min(ours, key=lambda place: place.ref is None, default=None)

    def _about(self, place: Place, raw: bytes, found: Returned) -> tuple[MessageRef | None, str]:
        """The message; None and why not, or None and "" for a report that is about no message."""
        named = self.names.in_mail(raw, found)
        if place.ref:
            if named - {place.ref} and found.kind is not returned.Kind.AUTOREPLY:
                return None, "It names another message than the address it came to."
            return place.ref, ""
        if len(named) == 1:
            return next(iter(named)), ""
        if named:
            return None, "It names several messages, so that it is about none."
        if found.kind in (returned.Kind.COMPLAINT, returned.Kind.BOUNCE):
            return None, "It names no message of ours."
        return None, ""


def _news(
    place: Place, subject: outbox.Subject, mail: InboundMail, raw: bytes, found: Returned
) -> News:
    # The same mail brought twice, or replayed later, has the same key: it is told once.
    digest = blake2b(raw, digest_size=16).hexdigest()
    told = _pick(found, subject.contact_id)
    return News(
        subject=subject,
        what=_what(place, found, told),
        key=f"mail:{subject.campaign_id}.{subject.seq}:{digest}",
        at_ms=mail.received_ms,
        status=told.status if told else "",
        text=_text(found, told),
        mail_id=mail.pk,
    )


def _what(place: Place, found: Returned, told: Reported | None) -> Happening:
    if place.use is Use.UNSUBSCRIBE and found.kind not in _MACHINES:
        return Happening(kind=Kind.UNSUBSCRIBE, source=Source.MAILTO)
    if found.kind is returned.Kind.BOUNCE:
        return _bounce(told)
    if found.kind in (returned.Kind.COMPLAINT, returned.Kind.REPORT):
        kind = _KINDS.get(found.kind) or _ARF.get(found.feedback_type, Kind.REPORT)
        return Happening(kind=kind, source=Source.ARF)
    category = told.category if told else ""
    return Happening(
        kind=_KINDS.get(found.kind, Kind.REPORT),
        source=Source.DSN if found.kind in _MACHINES else Source.MAILTO,
        category=category,
    )


def _bounce(told: Reported | None) -> Happening:
    """Without a word about our recipient it is noted, and nobody is to blame."""
    if told is None:
        return Happening(kind=Kind.SOFT_BOUNCE, source=Source.DSN, category="unknown", sure=False)
    return Happening(
        kind=Kind.SOFT_BOUNCE if told.temporary else Kind.BOUNCE,
        source=Source.DSN,
        category=told.category,
        fault=told.fault,
        sure=told.suppress or (told.fault is Fault.RECIPIENT and not told.hard),
    )


def _pick(found: Returned, contact_id: int) -> Reported | None:
    """What is said of our recipient: by address, or the only one a report tells of.

    A message to an address that stands for several people fails for one of them: that is no fault
    of the address.
    """
    email = audience.addresses_of([contact_id]).get(contact_id, "").lower()
    for told in found.recipients:
        if email and email in (told.recipient.lower(), told.original_recipient.lower()):
            return told
    return found.recipients[0] if len(found.recipients) == 1 else None


def _text(found: Returned, told: Reported | None) -> str:
    if told and (told.diagnostic or told.reason):
        return told.diagnostic or told.reason
    if found.feedback_type:
        return f"Feedback report of type {found.feedback_type}"
    return found.original.subject


def _report_words(found: Returned) -> str:
    kind = found.report.type if found.report else found.kind.value
    return f"A mail about no message of ours ({kind}); nothing follows from it."


def _domains_of(workspace_id: int) -> set[str]:
    return {each.return_path_domain for each in senders.domains(workspace_id)}
