"""Say an enhanced status code in words (RFC 3463 2 and 3). It never decides what to do about it."""

import functools
import re
from pathlib import Path

from sendoff.lib import rules
from sendoff.mail import replies

_CLASSES = {"2": "success", "4": "temporary", "5": "permanent"}
_SUBJECTS = {
    "0": "nothing further",
    "1": "the address",
    "2": "the mailbox",
    "3": "the mail system",
    "4": "the network or the route",
    "5": "the mail protocol",
    "6": "the content",
    "7": "security or policy",
}
_CODE = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")


def reads(enhanced: str) -> str:
    """Class, subject and detail in words, "" for what is no enhanced code.

    A detail that is not registered is said as its number: providers use three digits of their own.
    """
    found = _CODE.fullmatch(enhanced)
    if not found:
        return ""
    kind, subject, detail = found.groups()
    about = _SUBJECTS.get(subject, f"subject {subject}, which is not registered")
    known = _details().get(f"{subject}.{detail}", f"detail {detail}, which is not registered")
    return f"{_CLASSES[kind]}; about {about}; {known}"


@functools.cache
def _details() -> dict[str, str]:
    """The registered details: what follows the subject in the words of the rules."""
    path = Path(__file__).with_name("rules") / "rfc3463.toml"
    return {
        code.removeprefix("x."): rule.decides.partition(": ")[2] or rule.decides
        for rule in rules.load(path, replies.ReplyRule)
        for code in rule.enhanced
    }
