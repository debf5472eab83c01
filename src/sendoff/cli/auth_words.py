"""Say verdicts of authentication on a terminal. Words only; the verdicts are `mail.auth`'s."""

from typing import Any

from rich.console import Console
from rich.markup import escape

SIGNS = {"pass": "[green]●[/]", "fail": "[red]✕[/]", "permerror": "[red]✕[/]"}
SHOWN = ("mechanism", "raw", "policy", "name", "answers", "result", "reason", "message")


def say(answer: dict[str, Any]) -> None:
    """Print what `sendoff auth` found, one line a verdict, the reason under it."""
    console = Console(highlight=False)
    for line in lines(answer):
        console.print(line, soft_wrap=True)


def lines(answer: dict[str, Any]) -> list[str]:
    """The lines for the answer of any form of the command."""
    if "trace" in answer:
        return _spf(answer)
    if "aligned" in answer:
        return _dmarc(answer)
    said = _spf(answer["spf"])[:1] if answer["spf"] else ["– SPF: nothing is known of its arrival"]
    for each in answer["dkim"]:
        who = f"{each['domain']}, selector {each['selector']}, {each['algorithm']}"
        said += [f"{_sign(each)} DKIM {each['result']} ({escape(who)})", *_why(each)]
    said += [] if answer["dkim"] else ["– DKIM: the message is not signed"]
    arc = answer["arc"]
    return [*said, *_dmarc(answer["dmarc"]), f"{_sign(arc)} ARC {arc['result']}", *_why(arc)]


def _spf(answer: dict[str, Any]) -> list[str]:
    first = f"{_sign(answer)} SPF {answer['result']} ({escape(answer['domain'])})"
    steps = []
    for step in answer["trace"]:
        told = [f"{name} {step[name]}" for name in SHOWN if step.get(name) not in (None, "", [])]
        steps.append(f"  [dim]{'  ' * step['depth']}{step['kind']}: {escape(', '.join(told))}[/]")
    return [first, *_why(answer), *steps]


def _dmarc(answer: dict[str, Any]) -> list[str]:
    policy = f", policy {answer['policy']} of {answer['domain']}" if answer["policy"] else ""
    aligned = [f"{kind} {domain}" for kind, domain in answer["aligned"].items() if domain]
    by = f" by {', '.join(aligned)}" if aligned else ""
    return [f"{_sign(answer)} DMARC {answer['result']}{escape(by + policy)}", *_why(answer)]


def _sign(verdict: dict[str, Any]) -> str:
    return SIGNS.get(verdict["result"], "–")


def _why(verdict: dict[str, Any]) -> list[str]:
    return [f"    {escape(verdict['why'])}"] if verdict["why"] else []
