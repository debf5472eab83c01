"""Write the beginning of a rule for a reply that no rule knows, for a person to complete.

It never decides what the reply means.
The draft is TOML for `rules/`: the loader refuses it until the near miss in `not_sample` is
filled.
"""

import hashlib
import json
import re
from datetime import date

from sendoff.mail import replies, shapes

_MASK = re.compile(r"\{(link|address|ip|time|host|id|n)\}")
_HALF_A_MASK = re.compile(r"\{[a-z]*$")
_STANDS_FOR = {"address": r"a@b", "n": r"\d+"}


def draft(sample: str, *, stage: str = "", provider: str = "", seen: str, today: date) -> str:
    """A rule that would match this reply and those of its shape, as TOML.

    `sample` is the reply as it was said, with its addresses masked or not; `seen` says where and
    how often. Fault, category, action and advice are left as those of an unknown reply.
    """
    shape = shapes.shape(sample)
    reply = replies.parse([shapes.redacted(sample).encode("utf-8", "backslashreplace")])
    said = (reply.verbatim if reply.code else reply.text).replace("{address}", "ana@example.org")
    lines = [
        "[[rule]]",
        f'id = "draft-{hashlib.sha256(shape.encode()).hexdigest()[:8]}"',
        f"scope = {_text(provider or 'any')}",
        'decides = "say here what such a reply means"',
        f"text = {_text(_pattern(said))}",
        *([f'providers = ["{provider}"]'] if provider else ()),
        'fault = "recipient_system"',
        'category = "unknown"',
        'action = "inspect"',
        'advice = "say here what to do"',
        f"sample = [{_text(f'{stage}: {said}' if stage else said)}]",
        "not_sample = []  # near misses that the rule must leave alone",
        f"source = {_text(seen)}",
        f"checked = {today.isoformat()}",
    ]
    return "\n".join(lines) + "\n"


def _pattern(said: str) -> str:
    """The words of the reply without its codes; what differs from time to time may be anything."""
    words = replies.words_of(replies.parse([said.encode()]))
    rest = shapes.shape(words)
    codes = re.match(r"\d{3}( \d\.\d{1,3}\.\d{1,3})? ?", rest)
    rest = _HALF_A_MASK.sub("", rest[codes.end() :] if codes else rest)
    return "".join(
        _STANDS_FOR.get(part, r"\S+") if place % 2 else _literal(part)
        for place, part in enumerate(_MASK.split(rest))
    )


def _literal(words: str) -> str:
    return re.escape(words).replace(r"\ ", r"\s+")


def _text(value: str) -> str:
    """A TOML string: JSON's are among them."""
    return json.dumps(value, ensure_ascii=False)
