"""What can be checked of a sending server by looking at it. It sends nothing."""

import ipaddress
import socket

from sendoff.drivers.contract import Finding, NoConnection, ServerConfig, SessionEvidence

_TLS_WORDS = ("none", "opportunistic", "required")


def of_config(config: ServerConfig) -> list[Finding]:
    """Findings that need no network but our own."""
    return [_helo(config.helo), _source(config.source_ip), _tls(config.tls)]


def of_session(where: str, met: SessionEvidence | NoConnection) -> list[Finding]:
    """Findings from a session that was opened, or could not be."""
    if isinstance(met, NoConnection):
        said = f"{where} at {met.outcome.stage}: {met.outcome.reply}"
        return [Finding(check="connection", ok=False, sentence=said)]
    line = f"with TLS {met.tls_version}" if met.tls_version else "without encryption"
    found = [Finding(check="connection", ok=True, sentence=f"{where} answers, {line}.")]
    if met.tls_version and not met.tls_verified:
        sentence = f"The certificate of {where} proves nothing: {met.tls_why_not}"
        found.append(Finding(check="certificate", ok=False, sentence=sentence))
    return found


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


def _tls(word: str) -> Finding:
    ok = word in _TLS_WORDS
    sentence = f"Encryption: {word}." if ok else f"Encryption must be {', '.join(_TLS_WORDS)}."
    return Finding(check="tls", ok=ok, sentence=sentence)
