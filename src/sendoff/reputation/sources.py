"""Say where mail in our name came from: us, somebody who passed it on, or nobody we know. Pure."""

from enum import StrEnum

# Words of receivers for mail that reached them by somebody else (RFC 9990 3.1.1.2).
_PASSED_ON = frozenset(("forwarded", "mailing_list", "trusted_forwarder"))


class Source(StrEnum):
    """Whose hands a message came from, as far as a report can tell."""

    OURS = "ours"
    ALLOWED = "allowed"
    FORWARDED = "forwarded"
    UNKNOWN = "unknown"


WORDS = {
    Source.OURS: "Ours",
    Source.ALLOWED: "Others that your DNS allows",
    Source.FORWARDED: "Passed on by somebody",
    Source.UNKNOWN: "Nobody we know",
}
MEANS = {
    Source.OURS: "Sent by your servers here, or signed with a key of yours and sent in its name.",
    Source.ALLOWED: "They pass by records that you published, but are no servers of this Sendoff:"
    " your office mail, a shop, a help desk.",
    Source.FORWARDED: "Your signature is whole but the way is not yours: people forward their mail,"
    " or a mailing list passes it on.",
    Source.UNKNOWN: "They write as you and neither SPF nor DKIM says that they may: a service that"
    " was forgotten, or somebody without permission.",
}


def of(at_home: bool, *, spf: bool, dkim: bool, our_key: bool, reason: str) -> Source:
    """The source of messages. `at_home`: from an address of ours; `spf`, `dkim`: aligned passes."""
    if at_home or (our_key and spf):
        return Source.OURS
    if dkim and not spf:
        return Source.FORWARDED
    if spf:
        return Source.ALLOWED
    return Source.FORWARDED if reason in _PASSED_ON else Source.UNKNOWN
