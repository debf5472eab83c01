"""Compare where the demo's messages ended with where their providers were made to end them."""

from collections import Counter
from typing import Any

from sendoff.cli.demo_stage import Stage

#: What is compared, in the words of the stage ladder.
_ASKED = ("stage", "fault", "outcome", "category")
Difference = dict[str, Any]


def differences(stage: Stage) -> list[Difference]:
    """Each way in which a message ended otherwise, or a receiver's verdict was not a pass."""
    expected = {
        domain: personality
        for personality in stage.expectations()
        for domain in personality["domains"]
    }
    found: Counter[tuple[str, str, str]] = Counter()
    for journey in stage.journeys():
        local, _, domain = journey["address"].partition("@")
        want = _words(_expected(expected[domain], local))
        got = _words({**journey, "outcome": journey["state"]})
        if want != got:
            found[domain, want, got] += 1
    for row in stage.ledger():
        verdict = f"spf {row['spf']}, dkim {row['dkim']}, dmarc {row['dmarc']}"
        if verdict != "spf pass, dkim pass, dmarc pass":
            found[row["provider"], "spf pass, dkim pass, dmarc pass", verdict] += 1
    return [
        {"provider": who, "expected": want, "got": got, "messages": count}
        for (who, want, got), count in found.items()
    ]


def table(found: list[Difference]) -> str:
    """The differences for a person to read."""
    lines = [
        f"  {d['provider']:20} {d['messages']:>5}  expected {d['expected']}; got {d['got']}"
        for d in found
    ]
    return "\n".join(["These messages did not end as they should:", *lines]) if found else ""


def _expected(personality: dict[str, Any], local: str) -> dict[str, Any]:
    for special in personality["specials"]:
        name = special["local"]
        if local == name or local.startswith((f"{name}-", f"{name}.")):
            return dict(special["expect"])
    return dict(personality["expect"])


def _words(values: dict[str, Any]) -> str:
    return " / ".join(str(values[name] or "-") for name in _ASKED)
