"""What was seen on the wire, stage by stage, in words and verbatim. Pure; it judges nothing."""

from dataclasses import dataclass, field
from typing import Any

from sendoff.insight import journey
from sendoff.outbox import public as outbox
from sendoff.smtp import providers

_EXTENSIONS_NAMED = 6


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One thing we said and what came back."""

    command: str
    reply: str
    ms: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a journey. `status`: passed, stopped, unseen, or try (a heading)."""

    title: str
    sentence: str = ""
    status: str = "passed"
    state: str = ""
    at_ms: int | None = None
    ms: float | None = None
    exchanges: tuple[Exchange, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The evidence of one attempt and of its connection."""

    session: dict[str, Any]
    steps: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, attempt: outbox.AttemptRow) -> "Seen":
        return cls(session=attempt.session or {}, steps=journey.steps_of(attempt))

    def exchanges(self, stage: str) -> tuple[Exchange, ...]:
        """What was said at a stage."""
        return tuple(
            Exchange(command=step["command"], reply=step["reply"], ms=step["ms"])
            for step in self.steps
            if step["stage"] == stage and (step["command"] or step["reply"])
        )

    def ms(self, stage: str) -> float | None:
        """How long a stage took; None where nothing was measured."""
        took = [step["ms"] for step in self.steps if step["stage"] == stage]
        return sum(took) if took else None

    def last_reply(self, stage: str) -> str:
        """The last answer at a stage."""
        replies = [each.reply for each in self.exchanges(stage) if each.reply]
        return replies[-1] if replies else ""


def sentence(stage: str, seen: Seen, domain: str, route: dict[str, Any] | None) -> str:
    """What was seen at a stage that was passed; empty where there is nothing to say."""
    say = _SENTENCES.get(stage)
    if say is not None:
        return say(seen, domain, route)
    reply = seen.last_reply(stage)
    return f"“{reply}”" if reply else ""


def facts(stage: str, seen: Seen, route: dict[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Details of a stage as names and values."""
    if stage == "dns" and route:
        hosts = ", ".join(f"{h[0]} {h[1]} ({', '.join(h[2])})" for h in route.get("hosts") or ())
        return (("Hosts in order", hosts),) if hosts else ()
    if stage == "ehlo" and seen.session.get("capabilities"):
        return (("It offers", ", ".join(seen.session["capabilities"])),)
    if stage == "tls" and seen.session:
        return _tls_facts(seen.session)
    return ()


def _tls_facts(session: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    verified = "yes" if session.get("tls_verified") else "no"
    found = (
        ("Wanted", session.get("tls_wanted", "")),
        ("Version", session.get("tls_version") or "none"),
        ("Cipher", session.get("tls_cipher", "")),
        ("Certificate verified", verified),
        ("Why not", session.get("tls_why_not", "")),
    )
    return tuple((name, value) for name, value in found if value)


def _dns(seen: Seen, domain: str, route: dict[str, Any] | None) -> str:
    mx = seen.session.get("mx")
    if mx:
        return f"Mail for {domain} goes to {mx}."
    names = [host[1] for host in (route or {}).get("hosts") or ()]
    return f"Mail for {domain} goes to {', '.join(names[:3])}." if names else ""


def _connect(seen: Seen, domain: str, route: dict[str, Any] | None) -> str:
    session = seen.session
    if not session.get("peer"):
        return ""
    source = f" from {session['source_ip']}" if session.get("source_ip") else ""
    return f"To {session.get('mx') or session['peer']} at {session['peer']}{source}."


def _ehlo(seen: Seen, domain: str, route: dict[str, Any] | None) -> str:
    offered = [str(each).split(" ")[0] for each in seen.session.get("capabilities") or ()]
    if not offered:
        return f"“{seen.last_reply('ehlo')}”" if seen.last_reply("ehlo") else ""
    more = (
        f" and {len(offered) - _EXTENSIONS_NAMED} more" if len(offered) > _EXTENSIONS_NAMED else ""
    )
    return f"It offers {', '.join(offered[:_EXTENSIONS_NAMED])}{more}."


def _tls(seen: Seen, domain: str, route: dict[str, Any] | None) -> str:
    session = seen.session
    why_not = str(session.get("tls_why_not") or "").rstrip(".")
    if not session.get("peer"):
        return ""
    if not session.get("tls_version"):
        does = providers.in_clear(str((route or {}).get("provider", "")))
        return f"Not encrypted: {why_not or 'no encryption was agreed on'}. {does}".rstrip()
    verdict = (
        "certificate verified"
        if session.get("tls_verified")
        else f"certificate not verified: {why_not}"
    )
    return f"TLS {session['tls_version']}, {verdict}."


_SENTENCES = {"dns": _dns, "connect": _connect, "ehlo": _ehlo, "tls": _tls}
