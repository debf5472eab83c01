"""Strip a reply of what differs from one time to the next, so that like replies count as one.

Pure; it never says what a reply means.
"""

import re

MAX_SHAPE = 200  # characters: a shape is for counting and for people's eyes

# In this order: an address holds a host, a link holds digits. Every mask is a word of its own.
_MASKS = (
    (re.compile(r"https?://\S{1,500}|\bwww\.\S{1,500}", re.IGNORECASE), "{link}"),
    (re.compile(r"[^\s<>()\[\]:;,\"']{1,64}@[^\s<>()\[\]:;,\"']{1,255}"), "{address}"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"), "{ip}"),
    (re.compile(r"\b(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}\b", re.IGNORECASE), "{ip}"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]{5,20}Z?", re.IGNORECASE), "{time}"),
    (re.compile(r"(?<![\w.-])(?:[a-z0-9_-]{1,63}\.){1,10}[a-z]{2,24}(?![\w-])", re.I), "{host}"),
    (re.compile(r"\b(?=\w{0,40}\d)(?=\w{0,40}[a-z])[\w-]{5,80}\b", re.IGNORECASE), "{id}"),
    (re.compile(r"\b[0-9a-f]{16,128}\b", re.IGNORECASE), "{id}"),
    (re.compile(r"\d+"), "{n}"),
)
_ADDRESS = _MASKS[1][0]
_CODES = re.compile(r"\s*(\d{3})(?:[ -]+(\d\.\d{1,3}\.\d{1,3})(?![\d.]))?(?=\s|$)")
_SPACE = re.compile(r"\s+")


def redacted(text: str) -> str:
    """A reply to keep as an example: on one line, without the addresses in it."""
    return _ADDRESS.sub("{address}", _SPACE.sub(" ", text).strip())


def shape(text: str) -> str:
    """What stays of a reply when links, addresses, hosts, ids and numbers are masked.

    Basic and enhanced code are kept. Two replies of one rule of one server have the same shape.
    """
    text = _SPACE.sub(" ", text[: 4 * MAX_SHAPE]).strip()
    codes = _CODES.match(text)
    head = " ".join(filter(None, codes.groups())) if codes else ""
    rest = text[codes.end() :] if codes else text
    for pattern, mask in _MASKS:
        rest = pattern.sub(mask, rest)
    return f"{head} {rest.strip().casefold()}".strip()[:MAX_SHAPE]
