"""Find the SMTP reply in what a person pasted or another server reports of it. It never judges it.

Such texts are a reply as it came, or a Diagnostic-Code (RFC 3464 2.3.6), or a sentence of another
server around one. The stage is read only from words in which that server names it.
"""

import re
from dataclasses import dataclass

from sendoff.mail import replies
from sendoff.mail.stages import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """The reply within a text, and the stage that the text names, "" where it names none."""

    reply: Reply
    stage: str = ""


_LABEL = re.compile(r"smtp\s?;", re.IGNORECASE)
_REPLY_LINE = re.compile(r"\d{3}(?:[ -]|$)")
_BOTH = re.compile(r"(?<![\d.])([2-5]\d\d)[ \-#:]{1,3}(?:#\s?)?([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_QUOTED = re.compile(r"[\"'](?:([2-5]\d\d)[ -])?([245]\.\d{1,3}\.\d{1,3})(?= )")
_SAID = re.compile(
    r"(?:said|says|returned|response|reply|was|with|error|code|to|data|mail|<<<|:)\W{1,6}"
    r"([45]\d\d)(?=[ \-:,]|$)",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\W{0,3}([245]\d\d)(?=[ \-:,]|$)")
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]|/)")

# What mail servers write around a reply of another one, in the order in which they are looked for.
_TOLD = tuple(
    (re.compile(pattern, re.IGNORECASE), stage)
    for pattern, stage in (
        (
            r"(after|reply to|response to) (the )?(end of data|data terminat|sending message)",
            "data",
        ),
        (r"after (pipelined )?end of data|\bafter I sent the message\b", "data"),
        (r"(after|reply to|response to|like our) (pipelined )?(\.|DATA|BDAT)\b", "data"),
        (r"(after|reply to|response to|like our|SMTP:) ?(pipelined )?RCPT\b", "rcpt"),
        (r"(does|did) not like (the )?recipient|RCPT TO\b.{0,300}:\s*[45]\d\d", "rcpt"),
        (r"(after|reply to|response to|like our) (pipelined )?MAIL\b", "mail"),
        (r"sender was rejected|(does|did) not like (the )?sender", "mail"),
        (r"(after|reply to|response to|like our) STARTTLS\b", "tls"),
        (r"(after|reply to|response to|like our) (EHLO|HELO|LHLO|AUTH)\b", "ehlo"),
        (r"after initial connection|(while|when) (receiving|reading) .{0,20}greeting", "greeting"),
    )
)


def read(text: str) -> Diagnostic:
    """The reply in a text of any kind; code 0 where it holds none. Time is bounded by the size."""
    text = text[: replies.MAX_REPLY_BYTES].encode("utf-8", "backslashreplace").decode()
    text = _mended(_unlabelled(text.strip()))
    lines = text.splitlines()
    if len(lines) > 1 and all(_REPLY_LINE.match(line) for line in lines):
        return Diagnostic(reply=replies.parse([line.encode() for line in lines]))
    told = " ".join(text.split())[: replies.READ_CHARS]
    return Diagnostic(reply=_reply(told), stage=_stage(told))


def _reply(told: str) -> Reply:
    """A text that begins with a code is the reply, whatever it quotes; else it begins at a code."""
    plain = replies.parse([told.encode()])
    if plain.code and plain.enhanced:
        return plain
    if plain.code:
        quoted = _ENHANCED.search(plain.text)
        return Reply(code=plain.code, enhanced=quoted[1] if quoted else "", text=plain.text)
    if found := _BOTH.search(told) or _QUOTED.search(told):
        return Reply(code=int(found[1] or 0), enhanced=found[2], text=_rest(told, found))
    code = _FIRST.match(told) or _SAID.search(told)
    enhanced = _ENHANCED.search(told)
    return Reply(
        code=int(code[1]) if code else 0,
        enhanced=plain.enhanced or (enhanced[1] if enhanced else ""),
        text=_rest(told, code) if code else plain.text,
    )


def _rest(told: str, found: re.Match[str]) -> str:
    """What stands behind a code: the words of the server that said it. All, if none do."""
    return told[found.end() :].strip(" -:,") or told


def _stage(told: str) -> str:
    return next((stage for pattern, stage in _TOLD if pattern.search(told)), "")


def _unlabelled(text: str) -> str:
    """Without the type that a Diagnostic-Code begins with."""
    label = _LABEL.match(text)
    return text[label.end() :].strip() if label else text


def _mended(text: str) -> str:
    """UTF-8 that somebody on the way took for Latin-1, made readable again."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
