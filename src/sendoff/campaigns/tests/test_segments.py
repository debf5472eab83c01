"""Plain merge fields print exactly what python-liquid prints, in HTML and in text."""

from typing import Any

import liquid
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from liquid.filter import liquid_filter

from sendoff.campaigns import segments

WORDS = st.text(st.sampled_from("aB é<>&\"'\n.ß"), max_size=12)
VALUES = (
    WORDS | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()
    | st.lists(WORDS | st.integers(), max_size=3)
)  # fmt: skip
DEFAULTS = WORDS.filter(lambda word: '"' not in word)
FILTERS = st.sampled_from(["escape", "upcase", "downcase", "capitalize", "strip"]) | DEFAULTS.map(
    lambda word: f'default: "{word}"'
)
SLOTS = st.tuples(st.sampled_from(["a", "b", "first_name"]), st.lists(FILTERS, max_size=3))


@liquid_filter
def _same(value: object) -> object:
    return value


HTML = liquid.Environment(autoescape=True)
TEXT = liquid.Environment()
TEXT.filters["escape"] = _same  # in a text part there is nothing to escape


@given(
    st.lists(SLOTS | WORDS, max_size=6),
    st.dictionaries(st.sampled_from(["a", "b", "first_name"]), VALUES),
)
@example([("a", ["upcase", 'default: "<b>"', "escape"])], {})
@example([("a", ['default: "x"'])], {"a": 0})
@example([("a", ["upcase"])], {"a": True})
def test_a_plain_template_prints_what_python_liquid_prints(
    pieces: list[Any], fields: dict[str, Any]
) -> None:
    template = "".join(
        piece if isinstance(piece, str) else "{{ " + " | ".join([piece[0], *piece[1]]) + " }}"
        for piece in pieces
    )
    split = segments.split(template, merging=True)
    assert split is not None
    html = "".join(p if isinstance(p, str) else p.html(fields) for p in split)
    text = "".join(p if isinstance(p, str) else p.text(fields) for p in split)
    assert html == HTML.from_string(template).render(**fields)
    assert text == TEXT.from_string(template).render(**fields)


@pytest.mark.parametrize(
    "template",
    ["{% if a %}x{% endif %}", "{{ a.b }}", "{{- a }}", "{{ a | date: '%Y' }}", "{{ true }}",
     "{{ a | default: b }}", "{{ 'x' }}", "{% raw %}{{ a }}{% endraw %}", "{{ a | default }}"],
)  # fmt: skip
def test_anything_richer_is_left_to_python_liquid(template: str) -> None:
    assert segments.split(template, merging=True) is None


def test_with_merging_off_nothing_is_a_field() -> None:
    assert segments.split("Hi {{ a }}{% if %}", merging=False) == ["Hi {{ a }}{% if %}"]
