"""The loader of rule files, and every sample of every rule file in the house."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from sendoff.lib import rules

HOUSE = Path(__file__).parents[2]
FILES = list(rules.files(HOUSE))


@dataclass(frozen=True, kw_only=True)
class Word(rules.Rule):
    """A rule for these tests: holds where its word occurs."""

    word: str

    def matches_sample(self, text: str) -> bool:
        return re.search(self.word, text) is not None


def table(**changes: object) -> str:
    values = {
        "id": "full",
        "scope": "any",
        "decides": "the mailbox is full",
        "word": "full",
        "sample": ["mailbox full"],
        "not_sample": ["user unknown"],
        "source": "RFC 3463",
    } | changes
    lines = [f"{key} = {value!r}" for key, value in values.items() if value is not None]
    return "\n".join(["[[rule]]", *lines, "checked = 2026-11-21", ""])


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "words.toml"
    path.write_text(text)
    return path


def test_a_rule_with_samples_that_hold_is_loaded(tmp_path: Path) -> None:
    (rule,) = rules.load(written(tmp_path, table()), Word)
    assert (rule.id, rule.word, rule.sample) == ("full", "full", ("mailbox full",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (table(sample=None), "words.toml: full: lacks sample"),
        (table(not_sample=[]), "words.toml: full: lacks not_sample"),
        (table(source=""), "words.toml: full: lacks source"),
        (table(id=None), "words.toml: a rule without id: lacks id"),
        (table() + table(), "words.toml: full: two rules have this id"),
        (table(sample=["user unknown"]), "words.toml: full: does not match its sample: user"),
        (table(not_sample=["is full"]), "words.toml: full: matches what it must not: is full"),
        (table(wrod="x"), "words.toml: full: .*wrod"),
        ("[[rule", "words.toml: can not be read"),
        ('schema = "x"', "words.toml: no \\[\\[rule\\]\\] in it"),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_the_rule(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(rules.RuleError, match=says):
        rules.load(written(tmp_path, text), Word)


def test_a_file_that_names_no_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(rules.RuleError, match="names no class"):
        rules.schema_of(written(tmp_path, 'schema = "sendoff.lib.rules:Nothing"'))


def test_the_house_has_rule_files() -> None:
    assert {"replies.toml", "rfc3463.toml", "stages.toml"} <= {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_every_sample_of_every_rule_file_holds(path: Path) -> None:
    assert rules.load(path, rules.schema_of(path))
