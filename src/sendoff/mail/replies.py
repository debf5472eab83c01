"""Read an SMTP reply and say whose fault it is. Pure; it never guesses the stage from the text.

The basic code alone decides temporary or permanent (RFC 5321 4.2.1). A provider's own rules come
first, since providers put their own meanings into registered codes; then what the text says in
general and in reports of mail that came back; then the registered enhanced code (RFC 3463), a guess
by the text's nouns, the basic code, and the default of the stage. A rule that only says "unknown"
gives way to a later one that knows.
The rules are data in `rules/`.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sendoff.lib import rules
from sendoff.mail import stages
from sendoff.mail.stages import Evidence, Fault, Kind, Outcome, Reply

MAX_REPLY_BYTES = 64 * 1024  # RFC 5321 4.5.3.1.5 allows 512 a line: room for 128 full lines
ACTIONS = ("retry", "slow", "suspend", "suppress", "fix", "inspect")

READ_CHARS = 4096  # of a reply, for the rules: a bound on time, not on what is kept

_COMMON_BYTES = 80
_LINE = re.compile(rb"(\d{3})(?:[ -](.*))?", re.DOTALL)
_ORDINARY = re.compile(
    rb"(\d{3}) (?:([245]\.\d{1,3}\.\d{1,3}) |(?![245]\.))([!-~](?:[ -~]*[!-~])?)"
)
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$|[:;,])")
_ESCAPES = re.compile(r"(\\.)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"[^\s<>:;,\"']{1,64}@[^\s<>:;,\"']{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a reply means. `action` is one of ACTIONS; `rule` is the id of the rule that said so.

    `stage` is where it was said or, if that is not known, where such replies usually are; "" where
    neither is known. `link` leads to public documentation, "" if there is none.
    """

    fault: Fault
    category: str
    temporary: bool
    action: str
    rule: str
    advice: str
    stage: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class ReplyRule(rules.Rule):
    """One line of knowledge about replies; an empty condition always holds.

    Samples read `STAGE: REPLY`, as `rcpt: 550 5.1.1 User unknown`; the stage may be left out. The
    stage "" in `stages` stands for a reply of which nobody knows where it was said. `text` is one
    pattern or a list of them, of which any may match; accents in it do not matter.
    """

    fault: Fault
    category: str
    action: str = "inspect"  # for a permanent reply
    temporary_action: str = "retry"
    advice: str = ""
    text: re.Pattern[str] | None = None
    enhanced: tuple[str, ...] = ()  # "x.1.1": any class
    codes: tuple[str, ...] = ()  # prefixes of the basic code: "4", "552"
    stages: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    usually: str = ""  # the stage at which such replies are met, for those told without one
    link: str = ""

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Self:
        read = dict(table)
        read["fault"] = Fault(table["fault"])
        if "text" in read:
            read["text"] = _pattern(table["text"])
        rule = super().from_table(read)
        rule._check_words()
        return rule

    def holds(self, reply: Reply, stage: str, provider: str) -> bool:
        """Whether every condition of the rule is met."""
        return (
            (not self.stages or stage in self.stages)
            and (not self.codes or str(reply.code).startswith(self.codes))
            and (not self.enhanced or "x" + reply.enhanced[1:] in self.enhanced)
            and (not self.providers or provider in self.providers)
            and (self.text is None or self.text.search(words_of(reply)) is not None)
        )

    def matches_sample(self, text: str) -> bool:
        stage, separator, said = text.partition(": ")
        if not separator or stage not in stages.BY_NAME:
            stage, said = next(iter(self.stages), "data"), text
        return self.holds(parse([said.encode()]), stage, next(iter(self.providers), ""))

    def _check_words(self) -> None:
        if self.category not in stages.CATEGORIES:
            raise ValueError(f'"{self.category}" is none of the categories of mail/stages.py')
        if not {self.action, self.temporary_action} <= set(ACTIONS):
            raise ValueError(f"action must be one of {', '.join(ACTIONS)}")
        if not {*self.stages, self.usually} <= {"", *stages.BY_NAME}:
            raise ValueError("stages has a name that mail/stages.py does not know")


def parse(lines: list[bytes]) -> Reply:
    """A reply from its lines (without line ends). Code 0 where it is not an SMTP reply at all.

    Of a reply whose lines disagree on the code the last line counts, as it ends the reply.
    """
    if len(lines) == 1 and len(lines[0]) <= _COMMON_BYTES:
        return _common(lines[0])
    return _parse(lines)


@functools.lru_cache(maxsize=1024)
def _common(line: bytes) -> Reply:
    """Most replies of a session are the same few short lines."""
    return _parse_ordinary(line)


def _parse_ordinary(line: bytes) -> Reply:
    """What `_parse` says of one line, faster where the line has nothing unusual."""
    found = _ORDINARY.fullmatch(line)
    if not found:
        return _parse([line])
    code, enhanced, text = found.groups(b"")
    return Reply(code=int(code), enhanced=enhanced.decode(), text=text.decode())


def _parse(lines: list[bytes]) -> Reply:
    code, texts, size = 0, [], 0
    for line in lines:
        found = _LINE.fullmatch(line)
        code = int(found[1]) if found else 0
        said = (found[2] or b"") if found else line
        if size < MAX_REPLY_BYTES:
            texts.append(_text(said[: MAX_REPLY_BYTES - size]))
        size += len(said)
    enhanced = next((match[0] for text in texts if (match := _ENHANCED.match(text))), "")
    if enhanced:
        texts = [text.removeprefix(enhanced).lstrip() for text in texts]
    return Reply(code=code, enhanced=enhanced, text=" ".join(filter(None, texts)))


def understand(reply: Reply, stage: str, provider: str = "") -> Verdict:
    """Whose fault a reply at a stage is, and what to do. Always answers; unmatched is `unknown`.

    `stage` may be "" where it is not known, as in a bounce that does not tell. Of a reply without
    a basic code the class of the enhanced code decides; without either nothing is permanent.
    """
    rule = _decisive(reply, stage, provider)
    temporary = not is_permanent(reply)
    return Verdict(
        fault=rule.fault,
        category=rule.category,
        temporary=temporary,
        action=rule.temporary_action if temporary else rule.action,
        rule=rule.id,
        advice=rule.advice,
        stage=stage or rule.usually,
        link=rule.link,
    )


def _decisive(reply: Reply, stage: str, provider: str) -> ReplyRule:
    """The first rule that knows what is meant; if none does, the first that holds."""
    holding = (rule for rule in _rules() if rule.holds(reply, stage, provider))
    first = next(holding)
    if first.category != "unknown":
        return first
    return next((rule for rule in holding if rule.category != "unknown"), first)


def is_permanent(reply: Reply) -> bool:
    """Whether trying again is pointless: the basic code decides, even against the enhanced one."""
    if reply.code:
        return 500 <= reply.code <= 599
    return reply.enhanced.startswith("5")


def outcome_for(
    reply: Reply, stage: str, steps: tuple[Evidence, ...] = (), provider: str = ""
) -> Outcome:
    """The outcome of an attempt that ended so: accepted only by a 2xx at stage `accepted`."""
    if stage == "accepted" and 200 <= reply.code <= 299:
        return Outcome(
            kind=Kind.ACCEPTED,
            stage=stage,
            code=reply.code,
            enhanced=reply.enhanced,
            reply=reply.verbatim,
            steps=steps,
        )
    verdict = understand(reply, stage, provider)
    return Outcome(
        kind=Kind.DEFERRED if verdict.temporary else Kind.REFUSED,
        stage=stage,
        fault=verdict.fault,
        category=verdict.category,
        code=reply.code or None,
        enhanced=reply.enhanced,
        reply=reply.verbatim if reply.code else reply.text,
        steps=steps,
    )


def _rules() -> Iterator[ReplyRule]:
    """Every rule in the order in which they decide; a file is read when it is first needed."""
    return (rule for path in _files() for rule in _loaded(path))


@functools.cache
def _files() -> tuple[Path, ...]:
    folder = Path(__file__).with_name("rules")
    general = (
        "replies.toml",
        "notices.toml",
        "rfc3463.toml",
        "hints.toml",
        "basic.toml",
        "stages.toml",
    )
    return (*sorted((folder / "providers").glob("*.toml")), *(folder / name for name in general))


@functools.cache
def _loaded(path: Path) -> tuple[ReplyRule, ...]:
    return rules.load(path, ReplyRule)


@functools.lru_cache(maxsize=256)
def words_of(reply: Reply) -> str:
    """What the rules read: without addresses, whose words would be taken for the server's."""
    return _folded(_ADDRESS.sub("a@b", reply.verbatim[:READ_CHARS]).replace("_", " "))


def _pattern(text: str | list[str]) -> re.Pattern[str]:
    """What matches folded words: in small letters, save the escapes, since \\W is not \\w."""
    parts = _ESCAPES.split(text if isinstance(text, str) else "|".join(text))
    return re.compile("".join(x if x.startswith("\\") else _folded(x) for x in parts))


def _folded(text: str) -> str:
    """In small letters and without accents, which servers write or leave out as they like."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return unicodedata.normalize("NFC", bare).casefold()


def _text(said: bytes) -> str:
    text = said.decode("utf-8", "backslashreplace").replace("\t", " ").strip()
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
