"""What it means that a line broke or that an answer made no sense. Pure; it knows no dialogue."""

from dataclasses import replace

from sendoff.mail.stages import Fault, Kind, Outcome, Reply


def lost(stage: str, why: str) -> Outcome:
    """The outcome of a line that broke or fell silent at a stage: the network is to blame."""
    return Outcome(
        kind=Kind.DEFERRED,
        stage=stage,
        fault=Fault.NETWORK,
        category="expired_or_network",
        reply=why,
    )


def theirs(outcome: Outcome) -> Outcome:
    """The same, where not the network is to blame but what the other side did with the line."""
    if outcome.fault is not Fault.NETWORK:
        return outcome
    return replace(outcome, fault=Fault.RECIPIENT_SYSTEM, category="remote_system")


def temporary(reply: Reply) -> Reply:
    """What we could not make sense of is tried again: only a plain 5xx in its place says never.

    So neither of its codes may decide; they are kept in its text.
    """
    if 400 <= reply.code <= 499:
        return reply
    return Reply(code=0, text=reply.verbatim.removeprefix("0 "))
