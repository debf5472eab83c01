"""Read one DMARC record (RFC 9989 4.7, older ones of RFC 7489 too). It asks nobody.

Errors in a record fall back to what the standard says, tag by tag; nothing in it raises.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

POLICIES = ("none", "quarantine", "reject")
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")  # RFC 9989 4.8: case counts
_MAILTO = re.compile(r"mailto:[^\s@,!]+@[^\s@,!]+\.?[^\s@,!]*(?:!\d+[kmgt]?)?", re.IGNORECASE)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s,]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as it is to be read. A policy that is not said is ""; `pct` is history."""

    p: str
    sp: str = ""
    np: str = ""
    adkim: str = "r"
    aspf: str = "r"
    t: str = "n"
    psd: str = "u"
    pct: int | None = None
    rua: tuple[str, ...] = ()
    ruf: tuple[str, ...] = ()
    valid: bool = True  # False: it names no policy that counts, so DMARC is not applied
    text: str = ""
    oddities: tuple[str, ...] = ()  # each a phrase on what was passed over

    def policy_for_subdomain(self, *, exists: bool) -> str:
        """What it wants done with mail of a name below it (RFC 9989 4.10.1)."""
        return (self.np if not exists else "") or self.sp or self.p

    def applied(self, policy: str) -> str:
        """The policy in force: one level lower in test mode (RFC 9989 4.7, t=)."""
        level = POLICIES.index(policy)
        return POLICIES[max(0, level - 1)] if self.t == "y" else policy


def single(texts: Sequence[str]) -> Record | None:
    """The record among the TXT values of a name; None where there is none or more than one."""
    records = [text for text in texts if is_record(text)]
    return parse(records[0]) if len(records) == 1 else None


def is_record(text: str) -> bool:
    """Whether a TXT value says that it is a DMARC record."""
    return _VERSION.match(text) is not None


def parse(text: str) -> Record:
    """A record from its text, which `is_record` took for one."""
    told, oddities = _tags(text)
    rua = _uris(told.get("rua", ""))
    policies = {name: told[name].lower() for name in ("p", "sp", "np") if name in told}
    wrong = [name for name, value in policies.items() if value not in POLICIES]
    oddities += [f"{name}= is not none, quarantine or reject" for name in wrong]
    if "p" not in policies:
        oddities.append("p= is missing")
    whole = "p" in policies and not wrong
    return Record(
        p=policies["p"] if whole else "none",
        sp=policies.get("sp", "") if whole else "",
        np=policies.get("np", "") if whole else "",
        adkim=_one_of(told, "adkim", "rs"),
        aspf=_one_of(told, "aspf", "rs"),
        t=_one_of(told, "t", "ny"),
        psd=_one_of(told, "psd", "uyn"),
        pct=_percent(told.get("pct", "")),
        rua=rua,
        ruf=_uris(told.get("ruf", "")),
        valid=whole or any(_MAILTO.fullmatch(uri) or _web(uri) for uri in rua),
        text=text,
        oddities=tuple(oddities),
    )


def _tags(text: str) -> tuple[dict[str, str], list[str]]:
    """The tags, names in lower case, the last of each; and what could not be read."""
    told: dict[str, str] = {}
    oddities = []
    for spec in text.split(";"):
        name, equals, value = (part.strip(" \t\r\n") for part in spec.partition("="))
        if not equals or not name.isascii() or not name.isalnum():
            oddities += [f'"{spec.strip()[:40]}" is no tag'] if spec.strip() else []
        else:
            oddities += [f"{name.lower()}= is there twice"] if name.lower() in told else []
            told[name.lower()] = value
    return told, oddities


def _one_of(told: dict[str, str], name: str, letters: str) -> str:
    """One of the letters, the first of which is the default."""
    value = told.get(name, "").lower()
    return value if len(value) == 1 and value in letters else letters[0]


def _percent(value: str) -> int | None:
    number = int(value) if value.isascii() and value.isdigit() and len(value) <= 3 else None
    return number if number is not None and number <= 100 else None


def _uris(value: str) -> tuple[str, ...]:
    """The addresses of a list that follow the syntax of a URI."""
    return tuple(uri for uri in (part.strip() for part in value.split(",")) if _URI.fullmatch(uri))


def _web(uri: str) -> bool:
    """Whether it is a URI of another kind than mail; RFC 9989 asks for its syntax alone."""
    return not uri.lower().startswith("mailto:")
