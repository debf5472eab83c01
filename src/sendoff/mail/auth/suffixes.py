"""The registrable domain of a name, by the public suffix list. No evaluator uses it: RFC 9989 took
it out of DMARC. It only guesses which name an owner registered, so that advice can name it.
"""

from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from sendoff.mail.auth import names


def registrable(domain: str | None) -> str | None:
    """The name that was registered, in lower case as it is written; None for a suffix itself."""
    if not domain or domain.startswith("."):
        return None
    folded = domain.lower().removesuffix(".")
    found = _suffixes().privatesuffix(names.normal(folded) or folded)
    if found is None:
        return None
    return ".".join(folded.split(".")[-(found.count(".") + 1) :])


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """The list that comes with the package: 10,000 names, a tenth of a second to read."""
    return PublicSuffixList()
