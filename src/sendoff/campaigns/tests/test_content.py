"""Compiling keeps what the author wrote in its place and adds only what a mailing needs."""

from pathlib import Path
from typing import Any

import pytest

from sendoff.campaigns import mjml, segments
from sendoff.campaigns.content import compile_content
from sendoff.campaigns.problems import ContentError

STYLE = "<style>td{color:red}@media (max-width:9px){td{color:blue}}</style>"


def _html(source: str, kind: str = "html", preheader: str = "") -> str:
    return compile_content(kind, source, subject="News", preheader=preheader).html


def test_a_loop_around_table_rows_stays_around_them() -> None:
    rows = "{% for p in products %}<tr><td>{{ p.name }}</td></tr>{% endfor %}"
    html = _html(f"{STYLE}<table><tbody>{rows}</tbody></table>")
    wanted = rows.replace("<td>", '<td style="color: red;">')
    assert f"<tbody>{wanted}</tbody>" in html
    assert STYLE in html


def test_a_quoted_default_inside_an_href_survives() -> None:
    source = '<a href="{{ url | default: "https://shop.test/?a=1&b=2" }}" class=x>x</a>'
    assert '{{ url | default: "https://shop.test/?a=1&b=2" }}' in _html(source)


def test_conditional_comments_for_outlook_survive() -> None:
    source = (
        "<!--[if mso]><table><tr><td><a href='https://a.test'>x</a><![endif]-->"
        "<!--[if !mso]><!--><a href='https://b.test'>y</a><!--<![endif]-->"
    )
    content = compile_content("html", source, subject="News")
    assert content.html.startswith(source.split("<a href='https://b.test'>")[0])
    assert content.links == ("https://b.test",)


@pytest.mark.parametrize(
    ("link", "targets"),
    [
        ('<a href="https://a.test/?x=1&amp;y=2">', ("https://a.test/?x=1&y=2",)),
        ("<A HREF=https://a.test/x>", ("https://a.test/x",)),
        ("<map><area href=' http://a.test\n/ '>", ("http://a.test/",)),
        ('<a title="a > b" href="https://a.test">', ("https://a.test",)),
        ('<a href="mailto:ana@shop.test">', ()),
        ('<a href="tel:123">', ()),
        ('<a href="#top">', ()),
        ('<a href="/about">', ()),
        ('<a href="{{ url }}">', ()),
        ('<a href="{{ unsubscribe_url }}">', ()),
        ('<a name="https://a.test">', ()),
        ('<link href="https://a.test">', ()),
    ],
)
def test_web_links_are_numbered_and_others_stay(link: str, targets: tuple[str, ...]) -> None:
    content = compile_content("html", f"<p>{link}x</a></p>", subject="News")
    assert content.links == targets
    assert targets or "url" in link or link in content.html


def test_style_sheets_elsewhere_are_not_loaded() -> None:
    html = _html("<head><link rel='Stylesheet' href='https://a.test/x.css'><title>x</title></head>")
    assert html.startswith("<head><title>x</title></head>")


def test_styles_with_merge_fields_keep_both() -> None:
    html = _html(STYLE + '<table><tr><td style="width: {{ w | default: "9px" }}">x</table>')
    assert '<td style="color: red; width: {{ w | default: &quot;9px&quot; }}">' not in html
    assert "color: red; width: {{ w | default: " in html


def test_the_preheader_begins_the_body_and_is_escaped() -> None:
    html = _html(
        "<html><body class=a><p>x</p></body></html>", preheader="Tea & {{ a | default: '<' }}"
    )
    assert html.startswith('<html><body class=a><div class="sendoff-preheader"')
    assert ">Tea &amp; {{ a | default: '<' }}</div><p>x</p>" in html


@pytest.mark.parametrize(
    ("source", "added"),
    [
        ("<p>x</p>", True),
        ('<a href="{{ unsubscribe_url }}">Leave</a>', False),
        ('{% if a %}<a href="{{ unsubscribe_url }}">Leave</a>{% endif %}', True),
        ('<!-- <a href="{{ unsubscribe_url }}">Leave</a> -->', True),
        ('{% comment %}<a href="{{ unsubscribe_url }}">Leave</a>{% endcomment %}', True),
    ],
)
def test_everyone_gets_a_way_out(source: str, added: bool) -> None:
    content = compile_content("html", source, subject="News")
    assert content.footer_added is added
    assert ("sendoff-footer" in content.html) is added
    assert ("\n--\nUnsubscribe: " in content.text) is added


def test_mjml_keeps_its_tags_where_they_stood() -> None:
    source = (
        '<mjml><mj-body>{% if a %}<mj-section>{% for p in ps %}<mj-column><mj-text>Hi {{ n }} ❤️'
        '</mj-text><mj-image alt="❤️ \\ {{ p.alt }}" src="{{ i | default: "https://a.test/x" }}"/>'
        "</mj-column>{% endfor %}</mj-section>{% endif %}</mj-body></mjml>"
    )  # fmt: skip
    html = mjml.to_html(source, merging=True)
    places = [html.index(tag) for tag in (
        "{% if a %}", "{% for p in ps %}", "Hi {{ n }} ❤️", 'alt="❤️ \\ {{ p.alt }}"',
        'src="{{ i | default: "https://a.test/x" }}"', "{% endfor %}", "{% endif %}",
    )]  # fmt: skip
    assert places == sorted(places)


def test_mjml_brings_no_web_font_of_its_own() -> None:
    column = "<mj-column><mj-text>x</mj-text></mj-column>"
    html = _html(f"<mjml><mj-body><mj-section>{column}</mj-section></mj-body></mjml>", "mjml")
    assert "Ubuntu" in html
    assert "//" not in html.replace("http://www.w3.org/1999/xhtml", "")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<mjml><mj-body>\n<mj-include path='a'/></mj-body></mjml>", "line 2, <mj-include>"),
        ("<mjml><mj-body><mj-section></mj-body></mjml>", "not MJML"),
        ("Hello", "not MJML"),
        ("", "not MJML"),
    ],
)
def test_mjml_that_can_not_be_compiled_is_told(source: str, words: str) -> None:
    with pytest.raises(ContentError) as problem:
        _html(source, "mjml")
    assert words in str(problem.value)


@pytest.mark.parametrize(
    "source", ["", "<", "<a href=", "<!--", "<style>", "<p \x00>", "</", "<a 'x"]
)
def test_broken_html_is_compiled_as_it_is(source: str) -> None:
    assert compile_content("html", source, subject="News").text.strip()


@pytest.mark.parametrize(
    "source",
    [
        "{% assign a = 'Tea' %}PAGE",
        "<div style='display:none'>{% assign a = 'Tea' %}</div>PAGE",
        "<html><head>{% assign a = 'Tea' %}</head><body>PAGE</body></html>",
    ],
)
def test_the_text_part_keeps_the_tags_that_its_words_depend_on(
    source: str, compose: Any, parse: Any
) -> None:
    page = "{% for i in (1..2) %}<p>{{ a }} {{ i }}</p>{% endfor %}"
    message = parse(compose(source.replace("PAGE", page)))
    assert message.get_body(("plain",)).get_content().split()[:4] == ["Tea", "1", "Tea", "2"]


@pytest.mark.parametrize("name", ["brief.mjml", "pulse.html", "simple.html"])
def test_the_samples_are_ready_to_send(name: str, compose: Any, verifies: Any) -> None:
    path = Path(__file__).parents[1] / "samples" / name
    content = compile_content(
        path.suffix[1:], path.read_text(), subject="News", fields={"first_name"}
    )
    assert (content.fields, content.unknown, content.footer_added) == ((), (), False)
    assert content.links
    assert "fonts" not in content.html
    assert segments.split(content.html, merging=True)
    assert segments.split(content.text, merging=True)
    assert verifies(bytes(compose(content, first_name="Ben").data))
