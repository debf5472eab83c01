"""What README and docs tell people to type exists, and every link inside them leads somewhere."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from sendoff.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS: Any = typer.main.get_command(app)
_FENCE = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_SCRIPT = re.compile(r"(?<![\w./])(?:bin/[a-z]+|\.ci/run)(?![\w/{])")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_NOT_SAID = re.compile(r"/tmp/|/home/|/root/|\bdelivered\b|\binvalid\b|\boops\b", re.IGNORECASE)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(text: str) -> Iterator[list[str]]:
    """Every `sendoff …` of a page as words, without what stands before it on the line."""
    lines = [line for block in _FENCE.findall(text) for line in block.splitlines()]
    lines += _CODE.findall(_FENCE.sub("", text))
    for line in lines:
        if found := re.match(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?sendoff (.+)", line.strip()):
            yield shlex.split(found[1], comments=True)


def missing(words: list[str]) -> str:
    """The first word that the command line does not know; "" if it knows all that it must."""
    command = COMMANDS
    while (inside := _inside(command)) and words and not words[0].startswith("-"):
        if words[0] not in inside:
            return words[0]
        command, words = inside[words[0]], words[1:]
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    asked = [word for word in words if word.startswith("--") and word != "--help"]
    return next((word for word in asked if word not in known), "")


def anchors(page: Path) -> set[str]:
    """The headings of a page as the ends of links."""
    titles = _HEADING.findall(page.read_text())
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_that_is_named_exists_with_its_options(page: Path):
    assert [(words, lack) for words in commands(page.read_text()) if (lack := missing(words))] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_script_that_is_named_exists(page: Path):
    named = set(_SCRIPT.findall(page.read_text()))
    assert {script for script in named if not (ROOT / script).is_file()} == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_file_and_its_heading(page: Path):
    for link in _LINK.findall(_FENCE.sub("", page.read_text())):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_page_names_a_machine_or_promises_more_than_is_known(page: Path):
    text = page.read_text().replace("`delivered`", "")  # the name of a category of DSNs
    assert _NOT_SAID.findall(text) == []


def test_what_is_not_there_is_found():
    assert missing(["campain", "send", "1"]) == "campain"
    assert missing(["campaign", "sent", "1"]) == "sent"
    assert missing(["setup", "--link"]) == "--link"
    assert missing(["campaign", "send", "1", "--dry-run"]) == ""


def test_every_command_is_in_the_reference():
    reference = (ROOT / "docs/reference/commands.md").read_text()
    for words in _all_commands(COMMANDS, ()):
        assert f"`sendoff {' '.join(words)}`" in reference, words


def test_the_screenshot_is_small_enough_for_a_page():
    picture = ROOT / "docs/images/campaign.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 200_000


def _all_commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for word, found in _inside(command).items():
        yield from _all_commands(found, (*path, word))
    if not _inside(command):
        yield path


def _inside(command: Any) -> dict[str, Any]:
    """The commands of a group; {} for a command that is none."""
    return {word: c for word, c in getattr(command, "commands", {}).items() if not c.hidden}
