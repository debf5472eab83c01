"""A campaign's mail as one person gets it, composed as for real. It sends nothing."""

import email
import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage

from sendoff.audience import public as audience
from sendoff.campaigns import drafting
from sendoff.campaigns.composer import Composer
from sendoff.campaigns.content import Content
from sendoff.campaigns.identity import Identity, Recipient
from sendoff.campaigns.models import Campaign
from sendoff.campaigns.problems import ContentError, RenderError
from sendoff.lib import clock
from sendoff.lib.config import config
from sendoff.mail import addresses
from sendoff.senders import public as senders

_PEOPLE = 8  # offered to preview as
_NOBODY = "someone@example.com"  # while the lists are empty
_SHOWN = ("From", "Reply-To", "To", "Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one person would see; `problem` is the sentence that says why it cannot be shown."""

    recipient: str
    headers: tuple[tuple[str, str], ...] = ()
    html: str = ""
    text: str = ""
    missing: dict[str, int] = field(default_factory=dict)
    problem: str = ""


def preview(campaign: Campaign, asked: str) -> Seen:
    """The mail for the person asked for, else for the first of the lists."""
    recipient, fields = _person(campaign, asked)
    try:
        content = _content(campaign)
        composer = Composer(content, _identity(campaign))
        letter = composer.compose(
            Recipient(
                campaign=campaign.pk, seq=0, email=recipient, fields=fields, dated_ms=clock.now_ms()
            )
        )
    except (ContentError, RenderError, addresses.AddressError, senders.SenderError) as error:
        return Seen(recipient=recipient, problem=str(error))
    return _seen(
        recipient, bytes(letter.data), audience.missing_fields(_lists(campaign), content.fields)
    )


def people(campaign: Campaign) -> list[str]:
    """Addresses one can preview as."""
    found = audience.sample_contacts(_lists(campaign), _PEOPLE)
    return [contact.email for contact in found if contact.email]


def _person(campaign: Campaign, asked: str) -> tuple[str, dict[str, object]]:
    found = audience.find_contact(campaign.workspace_id, asked) if asked else None
    if found is None:
        found = next(iter(audience.sample_contacts(_lists(campaign), 1)), None)
    if found is None or found.email is None:
        return _NOBODY, {"email": _NOBODY}
    return found.email, {**found.fields, "email": found.email}


def _content(campaign: Campaign) -> Content:
    """What was frozen at Send; before that, the draft compiled now."""
    if campaign.version is not None:
        return Content.from_json(campaign.version.content)
    return drafting.compiled(campaign)


def _identity(campaign: Campaign) -> Identity:
    domain = senders.domain_of(campaign.workspace_id, campaign.from_email)
    return Identity(
        from_name=campaign.from_name,
        from_email=campaign.from_email,
        reply_to=campaign.reply_to,
        sending_domain=domain.name,
        keys=tuple(senders.signing_keys(domain.id)),
        return_path_domain=domain.return_path_domain,
        base_url=config().base_url,
        list_id=f"preview.{domain.name}",
        list_name="",
        unsubscribe_domain=domain.return_path_domain,
        token_key=config().token_key,
        tracked=frozenset(),
    )


def _lists(campaign: Campaign) -> list[int]:
    return list(campaign.lists.values_list("id", flat=True))


def _seen(recipient: str, data: bytes, missing: dict[str, int]) -> Seen:
    mail = email.message_from_bytes(data, policy=email.policy.default)
    return Seen(
        recipient=recipient,
        headers=tuple((name, str(mail[name])) for name in _SHOWN if mail[name]),
        html=_part(mail, "html"),
        text=_part(mail, "plain"),
        missing=missing,
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part else ""
