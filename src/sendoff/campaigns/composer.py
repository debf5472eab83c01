"""Write and sign one message per recipient; what is constant is made once. It sends nothing."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b, sha256
from typing import NamedTuple

from sendoff.campaigns import links, liquid, parts, segments
from sendoff.campaigns.content import Content
from sendoff.campaigns.identity import Identity, Recipient
from sendoff.campaigns.problems import RenderError
from sendoff.drivers.contract import Letter
from sendoff.lib import tokens
from sendoff.mail import addresses, dkim, headers, quoted


class _Draft(NamedTuple):
    """A message of which body and signature are not made yet."""

    sender: str
    recipient: Recipient
    address: str
    fields: list[headers.Header]
    values: list[bytes]


class Composer:
    """Writes the messages of one compiled content for one sender. Safe for one thread at a time."""

    def __init__(self, content: Content, identity: Identity) -> None:
        self._identity = identity
        self._hits = tokens.Tokens(identity.token_key, "hit")
        self._unsubscribes = tokens.Tokens(identity.token_key, "unsubscribe")
        self._bounces = tokens.Tokens(identity.token_key, "bounce")
        self._message_ids = tokens.Tokens(identity.token_key, "message-id")
        self._sending_domain = addresses.ascii_domain(identity.sending_domain)
        self._return_path = addresses.ascii_domain(identity.return_path_domain)
        self._unsubscribe_domain = addresses.ascii_domain(identity.unsubscribe_domain)
        self._subject = _line(content.subject, content.merging)
        self._to_name = _line(content.to_name, content.merging) if content.to_name else None
        boundary = _boundary(content)
        self._first, self._last = _constant_headers(identity, boundary)
        self._body = self._layout(content, boundary).body()
        self._base = identity.base_url.rstrip("/")
        keys = [(selector, dkim.signing_key(key)) for selector, key in identity.keys]
        self._signer = dkim.signer(identity.sending_domain, keys)

    def compose(self, recipient: Recipient) -> Letter:
        """The signed message. RenderError where it can not be written for this recipient."""
        return self._letters([self._draft(recipient)])[0]

    def compose_all(self, recipients: Sequence[Recipient]) -> list[Letter | RenderError]:
        """The message of each, or why it can not be written."""
        tried = [self._tried(recipient) for recipient in recipients]
        letters = iter(self._letters([each for each in tried if isinstance(each, _Draft)]))
        return [next(letters) if isinstance(each, _Draft) else each for each in tried]

    def _letters(self, drafts: Sequence[_Draft]) -> list[Letter]:
        """All bodies are made and then all are signed: a body as well as an RSA operation pushes
        all else out of the caches next to the processor, and in turn they would cost a tenth more.
        """
        hashed = [self._hashed(draft.values) for draft in drafts]
        signatures = self._signer.sign_all(
            [
                dkim.Unsigned(draft.fields, digest, draft.recipient.dated_ms // 1000)
                for draft, (_, digest) in zip(drafts, hashed, strict=True)
            ]
        )
        return [
            self._letter(draft, body, signature)
            for draft, (body, _), signature in zip(drafts, hashed, signatures, strict=True)
        ]

    def _hashed(self, values: list[bytes]) -> tuple[bytes, bytes]:
        body = self._body.filled(values)
        return body, sha256(body).digest()

    def _tried(self, recipient: Recipient) -> _Draft | RenderError:
        try:
            return self._draft(recipient)
        except RenderError as error:
            return error

    def _draft(self, recipient: Recipient) -> _Draft:
        address = _address(recipient.email)
        campaign, seq = recipient.campaign, recipient.seq
        message = parts.Message(
            campaign,
            seq,
            recipient.fields,
            self._hits.url(campaign, seq),
            self._unsubscribes.url(campaign, seq),
        )
        return _Draft(
            f"b-{self._bounces.mail(campaign, seq)}@{self._return_path}",
            recipient,
            address,
            self._headers(recipient, address, message),
            self._body.values(message),
        )

    def _letter(self, draft: _Draft, body: bytes, signature: bytes) -> Letter:
        head = b"".join([signature, *[field.wire for field in draft.fields], b"\r\n"])
        return Letter(
            sender=draft.sender,
            recipient=draft.address,
            data=quoted.SevenBit(head, body),
        )

    def message_id(self, campaign: int, seq: int) -> str:
        """The Message-ID of one message, with its angle brackets; the same at every try."""
        proof = self._message_ids.of(campaign, seq, b"")[:8]
        return f"<{campaign}.{seq}.{proof}@{self._sending_domain}>"

    def _headers(
        self, recipient: Recipient, address: str, message: parts.Message
    ) -> list[headers.Header]:
        name = self._to_name(recipient.fields) if self._to_name else ""
        to = headers.mailbox(name, address) if name else address
        campaign, seq = recipient.campaign, recipient.seq
        return [
            *self._first,
            headers.field("To", to),
            headers.unstructured("Subject", self._subject(recipient.fields)),
            headers.field("Date", headers.date(recipient.dated_ms // 1000)),
            headers.field("Message-ID", self.message_id(campaign, seq)),
            headers.field("List-Unsubscribe", self._ways_out(campaign, seq, message.unsubscribe)),
            *self._last,
        ]

    def _ways_out(self, campaign: int, seq: int, token: str) -> str:
        mail = self._unsubscribes.mail(campaign, seq)
        page = f"<{self._base}/t/u/{token}>"
        return f"{page}, <mailto:unsubscribe+{mail}@{self._unsubscribe_domain}>"

    def _layout(self, content: Content, boundary: str) -> parts.Layout:
        identity = self._identity
        tracking = parts.Tracking(identity.base_url, self._hits, identity.tracked)
        layout = parts.Layout(tracking, content.links)
        layout.raw(_part_head(boundary, "text/plain"))
        layout.part(content.text, content.merging, is_html=False)
        layout.raw(b"\r\n" + _part_head(boundary, "text/html"))
        layout.part(content.html, content.merging, is_html=True)
        layout.raw(f"\r\n--{boundary}--\r\n".encode())
        return layout


def _line(template: str, merging: bool) -> Callable[[Mapping[str, object]], str]:
    """What writes one line of text, such as a subject, for the fields of a recipient."""
    pieces = segments.split(template, merging)
    if pieces is None:
        rendered = liquid.Template(template, html=False).render
        return lambda fields: rendered({name: links.clean(v) for name, v in fields.items()})
    if all(isinstance(piece, str) for piece in pieces):
        return lambda fields: template
    parts_of = [piece for piece in pieces if not isinstance(piece, segments.Mark)]
    return lambda fields: "".join(
        [piece if isinstance(piece, str) else piece.text(fields) for piece in parts_of]
    )


def _address(email: str) -> str:
    try:
        address = addresses.normalise(email)
    except addresses.AddressError as error:
        raise RenderError(f"The recipient's address can not be used: {error}") from None
    if address.needs_smtputf8:
        raise RenderError(
            "The recipient's address needs SMTPUTF8: it has letters outside ASCII before the @, "
            "and Sendoff can not write to such addresses."
        )
    return address.text


def _boundary(content: Content) -> str:
    """Constant for a content; "=_" never occurs in quoted-printable, so no part contains it."""
    return f"=_{blake2b((content.html + content.text).encode(), digest_size=12).hexdigest()}"


def _part_head(boundary: str, kind: str) -> bytes:
    return (
        f"--{boundary}\r\nContent-Type: {kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _constant_headers(
    identity: Identity, boundary: str
) -> tuple[list[headers.Header], list[headers.Header]]:
    """The fields that are the same in every message: those before To and those after."""
    sender = headers.mailbox(identity.from_name, _address(identity.from_email))
    list_id = f"<{addresses.ascii_domain(identity.list_id)}>"
    name = headers.one_line(identity.list_name)
    last = {
        "Reply-To": _address(identity.reply_to) if identity.reply_to else "",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"{headers.phrase(name)} {list_id}" if name else list_id,
        "Feedback-ID": headers.one_line(":".join(identity.feedback_id)),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    return [headers.field("From", sender)], [headers.field(n, v) for n, v in last.items() if v]
