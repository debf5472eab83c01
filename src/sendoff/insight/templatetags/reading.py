"""The words of the data as people read them: stages, faults, categories. It only looks up."""

from django import template

from sendoff.insight import advice
from sendoff.mail.stages import BY_NAME

register = template.Library()

_KINDS = {"deferred": "waiting"}


@register.filter
def stage(name: str) -> str:
    return BY_NAME[name].reads if name in BY_NAME else name


@register.filter
def fault(name: str) -> str:
    return advice.fault_words(name)


@register.filter
def category(name: str) -> str:
    return advice.category_words(name)


@register.filter
def kind(outcome: str) -> str:
    """The state whose sign and colour an attempt's outcome has."""
    return _KINDS.get(outcome, outcome)
