"""The outcome of a message whose final dot may have arrived: unknown, with the reason. No more."""

from sendoff.mail.stages import Fault, Kind, Outcome


def unknown(why: str) -> Outcome:
    """Neither sent nor failed: they may have it already, and only a person decides what next."""
    return Outcome(
        kind=Kind.UNKNOWN,
        stage="data",
        fault=Fault.NETWORK,
        category="expired_or_network",
        reply=f"{why} They may have it already.",
    )
