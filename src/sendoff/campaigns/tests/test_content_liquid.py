"""Templates with mistakes and templates made to do harm: one sentence each, in milliseconds."""

import pytest

from sendoff.campaigns import liquid
from sendoff.campaigns.content import compile_content
from sendoff.campaigns.problems import ContentError, RenderError

BOMBS = [
    ("{% for a in (1..99999) %}{% for b in (1..99999) %}x{% endfor %}{% endfor %}", "10,000 times"),
    ("\n{% for a in (1..9999999999) %}{% endfor %}", "Line 2, {% for a"),
    ("{% tablerow i in (1..99999999) %}x{% endtablerow %}", "10,000 times"),
    (
        "{% assign s = x %}{% for a in (1..99) %}{% assign s = s | append: s %}{% endfor %}",
        "100,000",
    ),
    ("{% for a in (1..9999) %}{{ x }}{% endfor %}", "2,000,000 characters"),
    ("{{ x | replace: 'b', x | replace: 'b', x }}", "filter replace"),
    ("{{ '1,2' | split: ',' | join: x | split: '' | join: x }}", "filter join"),
    ("{% assign n = 9 %}{% for a in (1..99) %}{% assign n = n | times: n %}{% endfor %}", "times"),
    ("{% assign q = (1..9999999999) | reverse %}", "filter reverse"),
    ("{{ (1..9999999999) | join: ',' }}", "filter join"),
    ("{{ 3 | divided_by: 0 }}", "divide by 0"),
    ("{{ x | times: '1e308' }}", "Line 1"),
]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(("template", "words"), BOMBS)
def test_a_bomb_is_stopped_and_names_its_line(template: str, words: str) -> None:
    liquid.check(template)
    with pytest.raises(RenderError, match="Line [12]") as problem:
        liquid.Template(template, html=True).render({"x": "b" * 50_000})
    assert words in str(problem.value)


@pytest.mark.parametrize(
    ("source", "line", "tag", "words"),
    [
        ("Hi\n{{ name", 2, "{{ name", "found end of file"),
        ("Hi\n\n{% if a %}x", 3, "{% if a %}", "write {% endif %} where it ends"),
        ("{% for a in b %}\n{% endif %}", 2, "{% endif %}", "Nothing that endif could close"),
        ("\n{{ a | shout }}", 2, "{{ a | shout }}", "no filter named shout"),
        ("{% include 'x' %}", 1, "{% include 'x' %}", "Unexpected tag"),
        ("\n{{#each a}}", 2, "{{#each a}}", "merge fields switched off"),
        ("a {{ b }}\n{% if c contains %}{% endif %}", 2, "{% if c contains %}", "Expected"),
        ("\n{{ }}", 2, "{{ }}", "Expected"),
        ("{% if a %}" * 30 + "{% endif %}" * 30, 1, "{% if a %}", "deeper than 20"),
        ("{% if " + "x and " * 3000 + "x %}{% endif %}", 1, "{% if ", "arsing"),
    ],
)
def test_a_mistake_is_named_with_line_and_tag(source: str, line: int, tag: str, words: str) -> None:
    with pytest.raises(ContentError) as problem:
        compile_content("html", source, subject="News")
    assert problem.value.line == line
    assert problem.value.tag.startswith(tag)
    assert words in problem.value.sentence
    assert "\n" not in str(problem.value)


def test_a_mistake_in_the_subject_is_placed_there() -> None:
    with pytest.raises(ContentError, match=r"^Subject, line 1, \{\{ name \| x \}\}: "):
        compile_content("html", "Hi", subject="Hi {{ name | x }}")


@pytest.mark.parametrize(
    ("source", "bare", "unknown"),
    [
        ("{{ city }}{{ first_name | default: 'you' }}", ("city",), ()),
        ("{% if city %}{{ city }}{% endif %}", (), ()),
        (
            "{% assign a = city %}{{ a }}{% for i in things %}{{ i.name }}{% endfor %}",
            (),
            ("things",),
        ),
        ("{{ firstname | default: 'x' }}{{ unsubscribe_url }}", (), ("firstname",)),
        ("{% raw %}{{ city }}{% endraw %}{% comment %}{{ city }}{% endcomment %}", (), ()),
        ("<a href='https://a.test/{{ city | url_encode }}'>x</a>", ("city",), ()),
    ],
)
def test_fields_without_a_fallback_and_unknown_fields_are_named(
    source: str, bare: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    content = compile_content("html", source, subject="News", fields={"city", "first_name"})
    assert (content.fields, content.unknown) == (bare, unknown)
