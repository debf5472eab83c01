"""The rules of the house that no linter knows (design: the house, rules are tested data)."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from sendoff.lib.config import Config

ROOT = Path(__file__).parents[1]
SOURCES = [
    path
    for path in sorted((ROOT / "src").rglob("*.py"))
    if "migrations" not in path.parts and "tests" not in path.parts
]
FILE_WALL, FUNCTION_WALL = 400, 40
#: Tables that have no workspace: what is known of a domain, a process or a limit belongs to all;
#: a row that hangs on a campaign, message, list, lane, server, domain or pool has the workspace of
#: that.
SHARED_TABLES = {
    "accounts": {"Workspace", "User", "SignInLink", "SignInFailure"},
    "campaigns": {"BadgeChange"},
    "senders": {"SigningKey", "PoolMember", "Turn", "Sickness", "WarmUp", "WarmUpDecision"},
    "outbox": {"Plan", "Route", "Lane", "Permit", "Worker", "Parcel", "Session", "Attempt",
               "AttemptCount", "Tally", "UnknownDecision", "SourceDay"},
    "tracking": {"Hit", "Engagement", "Tally", "LabelTally", "Reader"},
    "feedback": {"InboundCount", "Tally", "Mark"},
    "webhooks": {"Try", "Mark"},
}  # fmt: skip


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_file_is_longer_than_the_wall(path):
    assert path.read_text().count("\n") <= FILE_WALL


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_function_is_longer_than_the_wall(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_WALL, node.name


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_file_opens_with_a_sentence(path):
    text = path.read_text()
    if path.name in ("__init__.py", "apps.py") and text.count("\n") < 12:
        return
    assert ast.get_docstring(ast.parse(text)), "say what the file is for and what it never does"


def test_the_rooms_are_in_the_order_of_the_import_rule():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = [room for layer in contracts["contracts"][0]["layers"] for room in layer.split(" | ")]
    rooms = [room for room in reversed(layers) if room in settings.ROOMS]
    assert rooms == settings.ROOMS


def test_every_owned_table_has_its_workspace():
    for label in ("accounts", *settings.ROOMS):
        for model in apps.get_app_config(label).get_models():
            if model.__name__ in SHARED_TABLES.get(label, set()):
                continue
            fields = {field.name for field in model._meta.get_fields()}
            assert fields & {"workspace", "workspace_id"}, model.__name__


def test_sql_lives_in_two_rooms_only():
    allowed = {"outbox", "tracking"}
    for path in SOURCES:
        if path.parts[-2] not in allowed and "sendoff" in path.parts:
            assert not re.search(r"cursor\(|\.objects\.raw\(", path.read_text()), name(path)


def test_every_setting_is_in_the_example_and_in_the_reference():
    example = (ROOT / ".env.example").read_text()
    reference = (ROOT / "docs/reference/settings.md").read_text()
    for setting in Config.model_fields:
        plain = setting in ("database_url", "queue_url")
        variable = setting.upper() if plain else f"SENDOFF_{setting.upper()}"
        assert re.search(rf"^#? ?{variable}=", example, re.MULTILINE), variable
        assert f"`{variable}`" in reference, variable


def test_no_excuse_without_a_reason():
    for path in SOURCES:
        for line in path.read_text().splitlines():
            if "# noqa" in line or "# type: ignore" in line:
                assert (
                    re.search(r"# (noqa|type: ignore).*  ?(#|-) ?\S|- \S", line) or "S603" in line
                ), f"{name(path)}: {line.strip()}"


def test_lock_files_name_no_host():
    for path in ROOT.glob("requirements*.txt"):
        assert "://" not in path.read_text()


def test_nothing_says_delivered_for_a_250():
    for path in [*ROOT.glob("src/sendoff/**/*.html"), *ROOT.glob("src/sendoff/**/*.py")]:
        for line in path.read_text().splitlines():
            shown = re.sub(r'"delivered"|\bnot delivered\b|\w*_delivered|delivered_\w*', "", line)
            assert "Delivered" not in shown, f"{name(path)}: {line.strip()}"
