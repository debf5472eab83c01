"""Post a TLS report to the https: address of a domain (RFC 8460 5.4). It follows no redirect.

A stranger's record names the address, so it is held to public hosts and to port 443 as long as
private targets are not allowed. Its certificate proves nothing here: a report about bad TLS must
arrive all the same (RFC 8460 3).
"""

import urllib.parse
from collections.abc import Mapping
from typing import Any

from sendoff.lib.config import Config
from sendoff.mail import tls_report
from sendoff.mail.stages import Fault, Kind, Outcome
from sendoff.smtp import https
from sendoff.smtp.route import Resolver
from sendoff.smtp.trust import Trust

PORT = 443
_KIND = "application/tlsrpt+gzip"
_COMES_BACK = (408, 429)  # of the 4xx those that a later try may pass


async def post(config: Config, resolver: Resolver, url: str, report: Mapping[str, Any]) -> Outcome:
    """One try: accepted with 2xx, refused for good with a 4xx, or put off."""
    parts = urllib.parse.urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    try:
        port = parts.port or PORT
        if port != PORT and not config.allow_private_targets:
            return _refused(f"Only port {PORT} is posted to, not {port}.")
        said = await https.post(
            (host, port, urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))),
            await resolver.web_addresses_of(host),
            Trust(roots=config.tls_roots).context(verify=False),
            tls_report.packed(report),
            _KIND,
        )
    except ValueError:  # a port beyond 65535
        return _refused("The address is no URL.")
    except https.FetchError as error:
        return _outcome(Kind.DEFERRED, f"No report was taken: {error}")
    code = int(said.partition(" ")[0])
    if code // 100 == 2:
        return _outcome(Kind.ACCEPTED, said)
    final = code // 100 == 4 and code not in _COMES_BACK
    return _refused(said) if final else _outcome(Kind.DEFERRED, said)


def _refused(said: str) -> Outcome:
    return _outcome(Kind.REFUSED, said)


def _outcome(kind: Kind, said: str) -> Outcome:
    if kind is Kind.ACCEPTED:
        return Outcome(kind=kind, stage="accepted", reply=said)
    return Outcome(kind=kind, stage="data", fault=Fault.RECIPIENT_SYSTEM, reply=said)
