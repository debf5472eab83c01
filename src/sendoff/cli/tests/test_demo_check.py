"""The demo's check can fail: every way in which a message ended otherwise is a row."""

from dataclasses import dataclass, field
from typing import Any

from sendoff.cli import demo_check

ACCEPTS = {"stage": "accepted", "fault": "", "outcome": "accepted", "category": ""}
UNKNOWN_USER = {
    "stage": "rcpt", "fault": "recipient", "outcome": "refused", "category": "bad_mailbox"
}  # fmt: skip
PASS = {"spf": "pass", "dkim": "pass", "dmarc": "pass", "provider": "gmall"}


@dataclass
class Ended:
    """A demo that ended: what was expected, what became of the messages, what receivers filed."""

    people: dict[str, dict[str, str]]
    filed: list[dict[str, str]] = field(default_factory=list)

    def expectations(self) -> list[dict[str, Any]]:
        special = {"local": "nobody", "expect": UNKNOWN_USER}
        return [{"domains": ["gmall.test"], "expect": ACCEPTS, "specials": [special]}]

    def journeys(self) -> list[dict[str, Any]]:
        return [
            {"address": address, "state": end["outcome"], **end}
            for address, end in self.people.items()
        ]

    def ledger(self) -> list[dict[str, str]]:
        return self.filed


def test_messages_that_ended_as_they_must_make_no_row():
    ended = Ended({"cy@gmall.test": ACCEPTS, "nobody-1@gmall.test": UNKNOWN_USER}, [PASS])
    assert demo_check.differences(ended) == []
    assert demo_check.table([]) == ""


def test_another_stage_fault_or_outcome_is_a_row_with_both():
    ended = Ended({"cy@gmall.test": UNKNOWN_USER, "ben@gmall.test": UNKNOWN_USER})
    found = demo_check.differences(ended)
    assert [(row["provider"], row["messages"]) for row in found] == [("gmall.test", 2)]
    told = demo_check.table(found)
    assert "expected accepted / - / accepted / -" in told
    assert "got rcpt / recipient / refused / bad_mailbox" in told


def test_a_special_mailbox_that_accepts_is_a_row():
    assert demo_check.differences(Ended({"nobody@gmall.test": ACCEPTS}))


def test_an_accepted_copy_that_fails_a_check_is_a_row():
    found = demo_check.differences(Ended({}, [{**PASS, "dkim": "fail"}]))
    assert found[0]["got"] == "spf pass, dkim fail, dmarc pass"
