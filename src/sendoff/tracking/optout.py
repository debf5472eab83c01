"""Read what was posted to an unsubscribe address (RFC 8058 and our own button). Pure, bounded."""

from enum import StrEnum
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

from sendoff.tracking import pages

BODY_BYTES = 4096  # a one-click body has 26; room for the multipart form of RFC 8058 3.2


class Wish(StrEnum):
    """How somebody asked to be unsubscribed; the words are kept as evidence."""

    ONE_CLICK = "one-click of the mail program (RFC 8058)"
    BUTTON = "button on the unsubscribe page"


class OptOut(StrEnum):
    """What became of the wish."""

    UNSUBSCRIBED = "unsubscribed"  # now, or already before
    GONE = "gone"  # the contact is erased or was never there


def body_of(environ: WSGIEnvironment) -> bytes | None:
    """The body of a request; None where it is longer than BODY_BYTES, which is then not read on."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not length:
        # Without a length the body ends by itself (chunked) only where the server says so.
        length = str(BODY_BYTES + 1) if environ.get("wsgi.input_terminated") else "0"
    elif (
        not (length.isascii() and length.isdecimal()) or len(length) > 9 or int(length) > BODY_BYTES
    ):
        return None
    body: bytes = environ["wsgi.input"].read(int(length))
    return body if len(body) <= BODY_BYTES else None


def wish_of(body: bytes, content_type: str) -> Wish | None:
    """What a posted body asks for; None if it is neither one-click nor our button."""
    kind, _, parameters = content_type.partition(";")
    if kind.strip().lower() == "multipart/form-data":
        fields = _multipart(body, parameters)
    else:
        fields = dict(parse_qsl(body.decode("utf-8", "replace")))
    if fields.get("List-Unsubscribe", "").strip().lower() == "one-click":
        return Wish.ONE_CLICK
    name, value = pages.BUTTON
    return Wish.BUTTON if fields.get(name) == value else None


def _multipart(body: bytes, parameters: str) -> dict[str, str]:
    """The short text fields of an RFC 7578 form."""
    _, _, rest = parameters.partition("boundary=")
    boundary = rest.partition(";")[0].strip().strip('"')
    if not boundary:
        return {}
    fields = {}
    for part in body.decode("utf-8", "replace").split(f"--{boundary}"):
        head, _, value = part.partition("\r\n\r\n")
        name = head.partition(' name="')[2].partition('"')[0]
        fields[name] = value.removesuffix("\r\n")
    return fields
