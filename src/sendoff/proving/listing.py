"""Sending domains as their pages show them. It only reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from sendoff.proving import checking
from sendoff.proving.checking import Changed, Checked
from sendoff.proving.found import Record
from sendoff.proving.ways import written
from sendoff.reputation import public as reputation
from sendoff.senders import public as senders

_STATES = {
    "ok": "accepted",
    "missing": "refused",
    "wrong": "refused",
    "pending": "waiting",
    "unreachable": "unknown",
    "": "skipped",
}
_WORDS = {
    "ok": "right",
    "missing": "missing",
    "wrong": "wrong",
    "pending": "not seen yet",
    "unreachable": "could not ask",
    "": "not checked yet",
}
POLICIES = (
    ("none", "Mail that fails is treated as any other. You only get reports: who sends as you."),
    ("quarantine", "Mail that fails goes to the spam folder, or is looked at more strictly."),
    ("reject", "Mail that fails is refused at the door. This is how forgeries end."),
)
_NEXT = {
    "none": "Read the reports for two weeks or more. When all mail of yours passes, write"
    " p=quarantine.",
    "quarantine": "When the reports have shown for a month that nothing of yours fails, write"
    " p=reject.",
    "reject": "You are there. Go on reading the reports: new systems that send for you show there.",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One record on the page: its state has a sign and a colour, and words."""

    id: str  # of its own on the page
    record: Record
    state: str
    word: str

    @property
    def copies(self) -> bool:
        """Whether there is a value to copy and publish."""
        known = self.record.expected and self.record.kind != "links"
        return self.record.type in ("TXT", "MX", "A", "AAAA", "PTR") and bool(known)

    @property
    def mend(self) -> str:
        """What to do, without the value that stands in full beside it."""
        if not self.copies or not self.open:
            return self.record.mend
        return self.record.mend.replace(self.record.expected, "the value below.", 1)

    @property
    def label(self) -> str:
        """How urgent the mend is, in a word."""
        if self.record.verdict == "ok":
            return "Better:"
        return "" if self.state == "skipped" else "Mend:"

    @property
    def open(self) -> bool:
        """Whether somebody has to look at its value now."""
        return self.record.verdict != "ok" and (
            self.record.needed or self.record.verdict == "wrong"
        )


@dataclass(frozen=True, kw_only=True)
class Group:
    """Records that belong together."""

    title: str
    sentence: str
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything about one domain."""

    domain: senders.Domain
    shown: str  # as people write it
    checked: Checked | None
    groups: Sequence[Group]
    history: Sequence[Changed]
    policy: str
    step: str
    reports: reputation.Advice
    example: str

    @property
    def lacking(self) -> int:
        """How many of the records that receivers demand are not right."""
        needed = [line for group in self.groups for line in group.lines if line.record.needed]
        return sum(1 for line in needed if line.record.verdict != "ok")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A domain in the list."""

    domain: senders.Domain
    shown: str
    checked: Checked | None
    faults: Sequence[Record]


def rows(workspace_id: int) -> list[Row]:
    """The sending domains of a workspace, each with what is not right."""
    checks = checking.last_of(workspace_id)
    return [_row(domain, checks.get(domain.id)) for domain in senders.domains(workspace_id)]


def _row(domain: senders.Domain, checked: Checked | None) -> Row:
    records = checked.records if checked else ()
    faults = [each for each in records if each.needed and each.verdict != "ok"]
    return Row(domain=domain, shown=written(domain.name), checked=checked, faults=faults)


def page(domain: senders.Domain) -> Page:
    """One domain with all that is known of it."""
    checked = checking.last(domain.id)
    records = checked.records if checked else checking.wanted(domain.id)
    policy = _policy(records)
    return Page(
        domain=domain,
        shown=written(domain.name),
        checked=checked,
        groups=_groups(records),
        history=checking.history(domain.id),
        policy=policy,
        step=_NEXT.get(policy, "Publish the DMARC record above, with p=none to begin."),
        reports=reputation.advice(domain.workspace_id, domain.name, policy),
        example=f"ana@{domain.name}",
    )


def _groups(records: Sequence[Record]) -> list[Group]:
    """What receivers demand, what else is worth it, and what is optional."""
    parts = (
        (
            "What receivers demand",
            "Without these, mail is refused or goes to spam.",
            [each for each in records if each.needed],
        ),
        (
            "What else helps",
            "Some receivers look at these too.",
            [each for each in records if not each.needed and not each.optional],
        ),
        (
            "Optional",
            "They never keep mail from going out.",
            [each for each in records if each.optional],
        ),
    )
    return [
        Group(
            title=title,
            sentence=sentence,
            lines=[line(f"{each.kind}-{n}", each) for n, each in enumerate(found)],
        )
        for title, sentence, found in parts
        if found
    ]


def line(place: str, record: Record) -> Line:
    """A record with its sign."""
    optional = record.verdict == "missing" and not record.needed
    state = "skipped" if optional else _STATES[record.verdict]
    return Line(id=place, record=record, state=state, word=_WORDS[record.verdict])


def _policy(records: Sequence[Record]) -> str:
    """The DMARC policy that was found; "" for none."""
    found = next((each.found for each in records if each.kind == "dmarc"), "")
    return next((word for word, _ in POLICIES if f"p={word}" in found.replace(" ", "")), "")
