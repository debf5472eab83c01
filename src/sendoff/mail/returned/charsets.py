"""Make text of bytes in any charset, and of encoded words. Never raises for what mail contains."""

import binascii
import codecs
import functools
import re

# Python knows codecs that are none of mail's and raise or take long: only these are let in.
_LET_IN = re.compile(
    r"(utf-?(7|8|16|32)|ascii|latin|iso8859|cp\d|koi8|gb|big5|hz|euc|shift_?jis|iso2022|johab|"
    r"mac-|tis-620|ptcp|kz1048)"
)
_WORD = re.compile(r"=\?([\w.:+-]{1,60})(?:\*[\w-]*)?\?([bBqQ])\?([^?\s]{0,2000})\?=")
_BETWEEN = re.compile(r"(\?=)\s+(?==\?)")
_ALSO = {
    "cp-850": "cp850",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "iso-8859-8-i": "iso8859_8",
    "unicode-1-1-utf-7": "utf-7",
    "windows-31j": "cp932",
    "x-gbk": "gbk",
    "x-sjis": "shift_jis",
}


def decoded(content: bytes, charset: str) -> str:
    """Text of bytes. Without a usable charset: UTF-8 if it is that, else Windows' Latin."""
    codec = _codec(charset.strip(" '\"").lower()[:60])
    if codec and codec not in ("ascii", "utf-8"):
        return content.decode(codec, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if codec == "utf-8":
            return content.decode("utf-8", "replace")
        return content.decode("cp1252", "replace")


def unencoded(value: str) -> str:
    """A header value with its encoded words (RFC 2047) made readable; broken ones stay."""
    if "=?" not in value:
        return value
    return _WORD.sub(_of_word, _BETWEEN.sub(r"\1", value))


def _of_word(found: re.Match[str]) -> str:
    charset, how, text = found.groups()
    octets = text.encode("ascii", "replace")
    if how in "qQ":
        content = binascii.a2b_qp(octets, header=True)
    else:
        octets = octets.rstrip(b"=")
        octets = octets[: len(octets) - (len(octets) % 4 == 1)]
        try:
            content = binascii.a2b_base64(octets + b"=" * (-len(octets) % 4))
        except binascii.Error:
            return found[0]
    return decoded(content, charset)


@functools.lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    charset = _ALSO.get(charset, charset)
    try:
        name = codecs.lookup(charset).name if charset.isascii() and charset else ""
    except (LookupError, ValueError):
        return ""
    return name if _LET_IN.match(name) else ""
