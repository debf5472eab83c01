"""TLS: how a session is encrypted and what its certificate is worth. It never decides about mail.

Opportunistic TLS takes any certificate (RFC 7435), since an unverified line beats a clear one. The
chain is checked all the same, after the handshake, so that the record can say what it was worth.
"""

import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.x509 import verification

from sendoff.lib import clock

_AGNOSTIC = verification.Criticality.AGNOSTIC
_SYSTEM_ROOTS = (
    Path(ssl.get_default_verify_paths().cafile or "/etc/ssl/cert.pem"),
    Path("/etc/ssl/certs/ca-certificates.crt"),  # Debian
    Path("/etc/pki/tls/certs/ca-bundle.crt"),  # Red Hat
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """What a line got. `version` is "1.3", "1.2" or "" for none.

    `result`: what kind of `why_not` it is, in the words of RFC 8460 4.3.
    """

    version: str = ""
    cipher: str = ""
    verified: bool = False
    why_not: str = ""
    result: str = ""


@dataclass(kw_only=True)
class Trust:
    """The roots of trust of one process. `roots`: a PEM file; None: the system's.

    Raises OSError or ssl.SSLError at the first use where the file can not be read.
    """

    roots: Path | None = None
    _contexts: dict[bool, ssl.SSLContext] = field(default_factory=dict)
    _store: verification.Store | None = None

    def context(self, verify: bool) -> ssl.SSLContext:
        """For a handshake: with `verify` a bad certificate or name ends it, else any is taken."""
        if verify not in self._contexts:
            self._contexts[verify] = self._new_context(verify)
        return self._contexts[verify]

    def examine(self, line: ssl.SSLObject, name: str) -> Encryption:
        """What an encrypted line is worth: version, cipher, and whether the chain proves `name`."""
        why_not, result = self._why_not(line, name)
        version = (line.version() or "").removeprefix("TLSv")
        cipher = line.cipher()
        return Encryption(
            version=version,
            cipher=cipher[0] if cipher else "",
            verified=not why_not,
            why_not=why_not,
            result=result,
        )

    def _new_context(self, verify: bool) -> ssl.SSLContext:
        if verify:
            return ssl.create_default_context(cafile=str(self.roots) if self.roots else None)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def _why_not(self, line: ssl.SSLObject, name: str) -> tuple[str, str]:
        try:
            leaf, *others = [x509.load_der_x509_certificate(der) for der in chain(line)]
            rules(self._known()).build_server_verifier(_subject(name)).verify(leaf, others)
        except verification.VerificationError as error:
            return plainly(leaf, name, str(error))
        except ValueError as error:
            return f"The certificate could not be checked: {error}.", "validation-failure"
        return "", ""

    def _known(self) -> verification.Store:
        if self._store is None:
            path = self.roots or next(filter(Path.is_file, _SYSTEM_ROOTS), None)
            if path is None:
                raise ValueError("this machine has no file of trusted roots")
            self._store = verification.Store(x509.load_pem_x509_certificates(path.read_bytes()))
        return self._store


# OpenSSL's X509_V_ERR_* as RFC 8460 4.3 calls them.
_RESULTS = {10: "certificate-expired", 62: "certificate-host-mismatch"} | dict.fromkeys(
    (18, 19, 20, 21), "certificate-not-trusted"
)


def result_of(error: Exception) -> str:
    """What kind of failure ended a handshake, in the words of RFC 8460 4.3."""
    return _RESULTS.get(getattr(error, "verify_code", 0), "validation-failure")


def rules(anchors: verification.Store) -> verification.PolicyBuilder:
    """Chain, dates and name are checked; the browsers' finer rules are not mail's."""
    open_policy, either = verification.ExtensionPolicy.permit_all(), _AGNOSTIC
    return (
        verification.PolicyBuilder()
        .store(anchors)
        .time(clock.now())
        .extension_policies(
            ca_policy=open_policy.require_present(x509.BasicConstraints, either, None),
            ee_policy=open_policy.require_present(x509.SubjectAlternativeName, either, None),
        )
    )


def plainly(leaf: x509.Certificate, name: str, error: str) -> tuple[str, str]:
    """A failed check as a sentence, and its kind in the words of RFC 8460 4.3."""
    if leaf.not_valid_after_utc < clock.now():
        said = f"The certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d}."
        return said, "certificate-expired"
    if leaf.not_valid_before_utc > clock.now():
        said = f"The certificate begins only on {leaf.not_valid_before_utc:%Y-%m-%d}."
        return said, "validation-failure"
    if "subjectAltName" in error:
        return f"The certificate does not name {name}.", "certificate-host-mismatch"
    return "No trusted root vouches for the certificate.", "certificate-not-trusted"


def _subject(name: str) -> verification.Subject:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def chain(line: ssl.SSLObject) -> list[bytes]:
    """Every certificate the server showed, its own first. Public from Python 3.13 on."""
    public = getattr(line, "get_unverified_chain", None)
    if public is not None:
        return list(public())
    private = getattr(getattr(line, "_sslobj", None), "get_unverified_chain", None)
    if private is not None:
        return [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in private() or ()]
    own = line.getpeercert(binary_form=True)
    return [own] if own else []
