"""Check a server's certificates against the TLSA records of its host (RFC 6698, 7671, 7672).

Pure: whether the records themselves can be trusted is the resolver's to say.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification

from sendoff.smtp import trust

TA, EE = 2, 3  # the usages that SMTP knows; 0 and 1 count as unusable (RFC 7672 3.1.3)
_DIGESTS = {1: hashlib.sha256, 2: hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One record: certificate usage, selector, matching type, and what must match."""

    usage: int
    selector: int
    matching: int
    data: bytes

    def matches(self, certificate: x509.Certificate) -> bool:
        """Whether this certificate, or its key, is the one meant."""
        if self.selector:
            spki = PublicFormat.SubjectPublicKeyInfo
            shown = certificate.public_key().public_bytes(Encoding.DER, spki)
        else:
            shown = certificate.public_bytes(Encoding.DER)
        digest = _DIGESTS.get(self.matching)
        return self.data == (digest(shown).digest() if digest else shown)


def usable(records: Sequence[str]) -> tuple[Tlsa, ...]:
    """The records, as `3 1 1 <hex>`, that can be used for SMTP."""
    return tuple(found for record in records if (found := _read(record)))


def why_not(chain: Sequence[bytes], records: Sequence[Tlsa], names: Sequence[str]) -> str:
    """Why the certificates a server showed (DER, its own first) match no record; "" if one does.

    `names`: what a certificate under a DANE-TA anchor may be for (RFC 7672 3.2.2).
    """
    try:
        shown = [x509.load_der_x509_certificate(der) for der in chain]
        if any(record.usage == EE and record.matches(shown[0]) for record in records):
            return ""  # neither name nor dates count (RFC 7672 3.1.1)
        anchors = [
            certificate
            for certificate in shown[1:] + _in_full(records)
            if any(record.usage == TA and record.matches(certificate) for record in records)
        ]
        if not anchors:
            return "The certificate matches no TLSA record."
        return _under(anchors, shown, names)
    except (ValueError, IndexError) as error:
        return f"The certificate could not be checked against TLSA: {error}."


def _under(
    anchors: list[x509.Certificate], shown: list[x509.Certificate], names: Sequence[str]
) -> str:
    builder = trust.rules(verification.Store(anchors))
    said = ""
    for name in names:
        try:
            builder.build_server_verifier(x509.DNSName(name)).verify(shown[0], shown[1:])
        except verification.VerificationError as error:
            said = said or trust.plainly(shown[0], name, str(error))[0]
        else:
            return ""
    return said


def _in_full(records: Sequence[Tlsa]) -> list[x509.Certificate]:
    """Anchors that stand whole in their record, so that the server need not show them."""
    whole = [record.data for record in records if (record.selector, record.matching) == (0, 0)]
    return [x509.load_der_x509_certificate(data) for data in whole]


def _read(record: str) -> Tlsa | None:
    try:
        usage, selector, matching, *data = record.split()
        read = Tlsa(int(usage), int(selector), int(matching), bytes.fromhex("".join(data)))
    except ValueError:
        return None
    digest = _DIGESTS.get(read.matching)
    known = read.usage in (TA, EE) and read.selector in (0, 1) and read.matching in (0, 1, 2)
    fits = len(read.data) == digest().digest_size if digest else bool(read.data)
    return read if known and fits else None
