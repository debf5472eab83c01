"""What can be checked of a sending server by looking at it. It sends nothing."""

import ipaddress
import socket

from sendoff.drivers.contract import Finding, NoConnection, ServerConfig, SessionEvidence

_TLS_WORDS = ("none", "opportunistic", "required", "implicit")

# What makes a Postfix of our own offer TLS, and use it on the way on (postconf(5), Postfix 3.4 on).
POSTFIX_LINES = (
    "smtpd_tls_security_level = may",
    "smtpd_tls_chain_files = /etc/postfix/key.pem, /etc/postfix/cert.pem",
    "smtp_tls_security_level = may",
)
WHAT_PROVIDERS_DO = (
    "Mail that goes on from there in clear is put off by Gmail, refused by some other providers and"
    " filed as spam by others."
)


def of_config(config: ServerConfig) -> list[Finding]:
    """Findings that need no network but our own."""
    return [_helo(config.helo), _source(config.source_ip), _tls(config)]


def why_wrong(config: ServerConfig) -> str:
    """Why such encryption cannot be, as a sentence with the mend; "" where it can."""
    if config.tls not in _TLS_WORDS:
        return f"Encryption must be {', '.join(_TLS_WORDS)}."
    if config.username and config.tls == "none":
        return (
            "A name and a password are never sent in clear: use required or implicit encryption,"
            " or leave the name empty."
        )
    if config.tls == "implicit" and config.driver == "direct":
        return "Mail servers of recipients know no implicit TLS; use opportunistic or required."
    return ""


def of_session(where: str, met: SessionEvidence | NoConnection) -> list[Finding]:
    """Findings from a session that was opened, or could not be."""
    if isinstance(met, NoConnection):
        said = f"{where} at {met.outcome.stage}: {met.outcome.reply}"
        return [Finding(check="connection", ok=False, sentence=said + _mend(met))]
    line = f"with TLS {met.tls_version}" if met.tls_version else "without encryption"
    found = [Finding(check="connection", ok=True, sentence=f"{where} answers, {line}.")]
    if met.tls_version and not met.tls_verified:
        sentence = f"The certificate of {where} proves nothing: {met.tls_why_not}"
        found.append(Finding(check="certificate", ok=False, sentence=sentence))
    if not met.tls_version:
        found.append(Finding(check="encryption", ok=False, sentence=_in_clear(where, met)))
    return found


def _in_clear(where: str, met: SessionEvidence) -> str:
    """A relay without TLS, with what comes of it and what mends it."""
    why = f"{where} does not encrypt: {met.tls_why_not} {WHAT_PROVIDERS_DO}"
    greeting = next((step.reply for step in met.steps if step.stage == "greeting"), "")
    if "postfix" in greeting.lower():
        return f"{why} Put into its main.cf, and reload it: {'; '.join(POSTFIX_LINES)}"
    return f"{why} Ask whoever runs it for its port with TLS, often 587 or 465."


def _mend(met: NoConnection) -> str:
    if met.outcome.stage != "tls" or met.evidence.tls_wanted != "implicit":
        return ""
    return " It may not speak TLS from the first byte: for ports 25 and 587 choose required."


def _helo(helo: str) -> Finding:
    ok = "." in helo and helo.replace(".", "").replace("-", "").isalnum()
    sentence = f"Introduces itself as {helo}." if ok else _HELO_MEND.format(helo or "nothing")
    return Finding(check="helo", ok=ok, sentence=sentence)


_HELO_MEND = "Introduces itself as {}; give it a full host name such as mail.example.org."


def _source(source_ip: str) -> Finding:
    if not source_ip:
        return Finding(
            check="source_ip", ok=True, sentence="The system chooses the source address."
        )
    try:
        family = ipaddress.ip_address(source_ip).version
        with socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6) as probe:
            probe.bind((source_ip, 0))
    except ValueError:
        return _no_source(f"{source_ip} is no IP address; write one such as 192.0.2.1.")
    except OSError:
        return _no_source(f"This machine has no address {source_ip}; add it or choose another.")
    return Finding(check="source_ip", ok=True, sentence=f"Sends from {source_ip}.")


def _no_source(sentence: str) -> Finding:
    return Finding(check="source_ip", ok=False, sentence=sentence)


def _tls(config: ServerConfig) -> Finding:
    wrong = why_wrong(config)
    return Finding(check="tls", ok=not wrong, sentence=wrong or f"Encryption: {config.tls}.")
