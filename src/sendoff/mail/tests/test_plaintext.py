"""The text part says what the HTML says, and every link can be read in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.mail import plaintext

EMPTY = "This message has pictures only; please open it as HTML.\n"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<h1>News</h1><p>Hi   <b>Ana</b>,\nhow are you?</p>",
            "News\n====\n\nHi Ana, how are you?\n",
        ),
        ("<p>See <a href='https://a.test/?x&amp;y'>it</a>.", "See it (https://a.test/?x&y).\n"),
        ("<a href='https://a.test/'>a</a><a href='//b'>b</a>", "a (https://a.test/) b (//b)\n"),
        ("<a href='https://a.test/'>https://a.test/</a>", "https://a.test/\n"),
        ("<a href='https://a.test/'><img alt='Our shop'></a>", "Our shop (https://a.test/)\n"),
        ("<a href='https://a.test/'><img src=x></a>", "https://a.test/\n"),
        (
            "<a href='#'>top</a> <a href='mailto:ana@shop.test'>ana@shop.test</a>",
            "top ana@shop.test\n",
        ),
        ("<ul><li>One<li>Two<ol><li>a<li>b</ol></ul>", "* One\n* Two\n\n  1. a\n  2. b\n"),
        ("<table><tr><td>Tea<td>2 €<tr><td>Milk<td>1 €</table>", "Tea 2 €\nMilk 1 €\n"),
        ("<p>a<br>b<hr>c", "a\nb\n\n--------------------\n\nc\n"),
        ("<title>T</title><style>p{}</style><!-- c --><p style='display:none'>x</p>y", "y\n"),
        ("<p style='display:none'><a href='https://a.test/'>x</a></p>", "x (https://a.test/)\n"),
        ("<map><area href='https://a.test/'></map>", "https://a.test/\n"),
        ("<table><!--\ufdd01--><tr><td>a</td></tr><!--\ufdd02--></table>", "\ufdd01\na\n\ufdd02\n"),
        ("<img src='https://a.test/x.png'>", EMPTY),
        ("", EMPTY),
    ],
)
def test_each_piece_of_html_has_its_text(html: str, text: str) -> None:
    assert plaintext.from_html(html) == text


def test_placeholders_survive_wherever_a_parser_would_put_them() -> None:
    html = (
        "<!--!\ufdd0a--><html><head><!--!\ufdd0b--></head><!--\ufdd0c--><body>"
        "<p style='display:none'><!--!\ufdd0d--><!--\ufdd0hidden--></p></body>"
        "<!--!\ufdd0e--></html>"
    )
    assert plaintext.from_html(html) == "\ufdd0a\ufdd0b\ufdd0c\ufdd0d\ufdd0e\n"


def test_long_paragraphs_are_broken_and_long_links_are_not() -> None:
    url = "https://shop.test/" + "x" * 200
    text = plaintext.from_html(f"<p>{'word ' * 60}<a href='{url}'>here</a></p>")
    assert f"({url})" in text
    assert sorted(map(len, text.splitlines()))[-2] <= plaintext.WIDTH


@given(st.text(st.sampled_from("<>/abpuliohrtd='\" \n!-&;"), max_size=200))
def test_no_html_makes_it_fail_or_leaves_it_empty(html: str) -> None:
    assert plaintext.from_html(html).strip()
