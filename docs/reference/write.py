"""Write the reference pages from the code, so that they cannot say anything else."""

import importlib
import inspect
import json
from pathlib import Path

import typer.main

from sendoff.cli.main import app
from sendoff.drivers import contract, registry
from sendoff.lib import rules
from sendoff.lib.config import Config
from sendoff.mail import stages
from sendoff.webhooks import catalogue

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def settings() -> str:
    intro = "From the environment or `.env`, read once at start; a wrong value stops the start."
    lines = ["# Settings", "", intro, "", "| variable | default | what it does |", "|---|---|---|"]
    for name, field in Config.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        lines.append(f"| `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def example() -> str:
    lines = [
        "# Every setting with its default. Copy to .env; `sendoff setup` adds SENDOFF_KEYS.",
        "",
    ]
    for name, field in Config.model_fields.items():
        default = "" if field.default is None else str(field.default)
        lines += [f"# {field.description}", f"# {variable(name)}={default}", ""]
    return "\n".join(lines)


def commands() -> str:
    lines = ["# Commands", "", "Every command has `--json` where it answers, and `--help`.", ""]
    group = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        inner = getattr(command, "commands", {})
        for sub, each in sorted(inner.items()):
            lines += one(f"{name} {sub}", each)
        if not inner:
            lines += one(name, command)
    return "\n".join(lines)


def one(name: str, command: object) -> list[str]:
    lines = [f"## `sendoff {name}`", "", command.help or "", ""]
    for option in command.params:
        if not getattr(option, "hidden", False) and option.name != "help":
            shown = ", ".join(f"`{word}`" for word in option.opts)
            text = getattr(option, "help", "") or ""
            lines.append(f"- {shown} {text}".rstrip())
    return [*lines, ""]


def ladder() -> str:
    lines = ["# Stages, faults, categories", "", "| stage | people read | step |", "|---|---|---|"]
    lines += [f"| `{s.name}` | {s.reads} | {s.step} |" for s in stages.STAGES]
    lines += ["", "Faults: " + ", ".join(f"`{f}`" for f in stages.FAULT_READS if f) + "."]
    lines += ["", "Categories: " + ", ".join(f"`{c}`" for c in stages.CATEGORIES) + "."]
    return "\n".join(lines) + "\n"


def drivers() -> str:
    lines = [
        "# Drivers",
        "",
        "Every way out of the house is one class with the same five methods.",
        "",
    ]
    for name, path in registry.DRIVERS.items():
        module, _, kind = path.partition(":")
        words = inspect.cleandoc(getattr(importlib.import_module(module), kind).__doc__)
        lines += [f"## `{name}`", "", words, ""]
    lines += ["## The contract", ""]
    for method in ("connect", "send", "get_delivery_status", "get_capabilities", "validate_config"):
        words = " ".join(inspect.cleandoc(getattr(contract.Driver, method).__doc__).split())
        lines.append(f"- `{method}`: {words}")
    return "\n".join(lines) + "\n"


def rules_page() -> str:
    lines = ["# Rules", "", "Rules are data with samples that are run in every test.", ""]
    for path in rules.files(ROOT / "src/sendoff"):
        lines += [f"## {path.relative_to(ROOT / 'src/sendoff')}", ""]
        lines += ["| rule | where | what it decides | source | checked |", "|---|---|---|---|---|"]
        for rule in rules.load(path, rules.schema_of(path)):
            cells = (f"`{rule.id}`", rule.scope, rule.decides, rule.source, str(rule.checked))
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def events_page() -> str:
    lines = [EVENTS_INTRO]
    for direction, title in (("emitted", "What is told"), ("consumed", "What Sendoff is told")):
        lines += [f"## {title}", ""]
        for event in catalogue.every().values():
            if event.direction == direction:
                lines += one_event(event)
    return "\n".join(lines)


def one_event(event: catalogue.Event) -> list[str]:
    lines = [f"### `{event.id}`", "", f"{event.when}. Version {event.version}.", ""]
    lines += ["| field | type | what it is |", "|---|---|---|"]
    lines += [f"| `{f.name}` | {f.type} | {f.means} |" for f in event.fields]
    if event.becomes:
        lines += ["", "May become: " + ", ".join(f"`{each}`" for each in event.becomes) + "."]
    else:
        told = {"type": event.id, "timestamp": "2026-11-22T09:00:00.000Z"}
        body = json.dumps({**told, "version": event.version, "data": event.sample}, indent=1)
        lines += ["", "```json", body, "```"]
    return [*lines, ""]


EVENTS_INTRO = """# Events

Made from `events.toml`. What is told is posted to [webhooks](../how-to/webhooks.md); a payload has
exactly these fields under `data`. More fields may be added; one that goes or changes its meaning
raises the event's version. Times are RFC 3339 in UTC.
"""


def variable(name: str) -> str:
    return name.upper() if name in ("database_url", "queue_url") else f"SENDOFF_{name.upper()}"


PAGES = {
    HERE / "settings.md": settings,
    HERE / "commands.md": commands,
    HERE / "stages.md": ladder,
    HERE / "drivers.md": drivers,
    HERE / "rules.md": rules_page,
    HERE / "events.md": events_page,
    ROOT / ".env.example": example,
}

if __name__ == "__main__":
    for path, write in PAGES.items():
        path.write_text(write())
