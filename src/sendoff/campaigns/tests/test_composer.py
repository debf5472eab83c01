"""Messages are whole, genuine and the same at every try; no value of a contact breaks them."""

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendoff.campaigns.composer import Composer
from sendoff.campaigns.content import compile_content
from sendoff.campaigns.identity import Identity, Recipient
from sendoff.campaigns.problems import RenderError
from sendoff.lib.tokens import MessageRef, Tokens

PAGE = '<p>Hi {{ first_name | default: "you" }}</p><a href="https://a.test/?x">See</a>'
RICH = "{% for i in (1..2) %}<p>{{ first_name }} {{ i }}</p>{% endfor %}" + PAGE
NASTY = st.text(st.sampled_from("ab\r\n\x00 .é<&\ufdd0\ufdd1\ufdd2\ufdd3c1=:"), max_size=60)


def _recipient(**given: Any) -> Recipient:
    usual = {"campaign": 7, "seq": 3, "email": "ben@mail.test", "fields": {}, "dated_ms": 10**12}
    return Recipient(**{**usual, **given})


def test_a_message_has_both_parts_and_every_header(compose: Any, parse: Any, verifies: Any) -> None:
    letter = compose(PAGE, first_name="Ben & <Co>")
    message = parse(letter)
    text, html = message.iter_parts()
    assert [part.get_content_type() for part in (text, html)] == ["text/plain", "text/html"]
    assert text.get_content().startswith("Hi Ben & <Co>\r\n\r\nSee (https://a.test/?x)")
    assert "<p>Hi Ben &amp; &lt;Co&gt;</p>" in html.get_content()
    assert message["from"] == "Ana's Shop <ana@shop.test>"
    assert message["to"] == "ben@mail.test"
    assert message["date"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert message["list-id"] == "Customers <customers.shop.test>"
    assert message["feedback-id"] == "7:shop:news:sendoff"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert verifies(bytes(letter.data))


def test_tokens_name_the_message_each_for_its_purpose(compose: Any, parse: Any) -> None:
    letter = compose(PAGE)
    message = parse(letter)
    html = message.get_body(("html",)).get_content()
    key, ref = b"k" * 32, MessageRef(7, 3)
    [click] = re.findall(r'href="https://t\.shop\.test/t/c/([^/]+)/0"', html)
    [pixel] = re.findall(r'src="https://t\.shop\.test/t/o/([^/]+)\.gif"', html)
    [page] = re.findall(r'href="https://t\.shop\.test/t/u/([^"]+)"', html)
    ways = re.fullmatch(
        r"<https://t\.shop\.test/t/u/(\S+)>, <mailto:unsubscribe\+(\w+)@shop\.test>",
        message["list-unsubscribe"],
    )
    assert ways
    assert ways[1] == page
    assert Tokens(key, "hit").read(click) == Tokens(key, "hit").read(pixel) == ref
    assert Tokens(key, "unsubscribe").read(page) == ref
    assert Tokens(key, "unsubscribe").read(ways[2]) == ref
    bounce = re.fullmatch(r"b-(\w+)@bounce\.shop\.test", letter.sender)
    assert bounce
    assert Tokens(key, "bounce").read(bounce[1]) == ref
    assert re.fullmatch(r"<7\.3\.[0-9a-f]{8}@shop\.test>", message["message-id"])


@pytest.mark.parametrize("source", [PAGE, RICH])
def test_the_same_message_is_written_again_for_a_retry(source: str, compose: Any) -> None:
    assert compose(source, first_name="Ben").data == compose(source, first_name="Ben").data


@pytest.mark.parametrize("source", [PAGE, RICH])
def test_tracking_can_be_switched_off(source: str, compose: Any, parse: Any, identity: Any) -> None:
    quiet = dataclasses.replace(identity, tracked=frozenset())
    html = parse(compose(source, sender=quiet)).get_body(("html",)).get_content()
    assert 'href="https://a.test/?x"' in html
    assert "/t/c/" not in html
    assert "/t/o/" not in html
    assert "/t/u/" in html


@pytest.mark.parametrize("source", [PAGE, RICH])
def test_a_link_that_nobody_sees_tells_scanners_from_people_where_it_is_wished(
    source: str, compose: Any, parse: Any, identity: Any
) -> None:
    assert "/t/x/" not in parse(compose(source)).get_body(("html",)).get_content()
    trapping = dataclasses.replace(identity, tracked=frozenset({"opens", "clicks", "trap"}))
    message = parse(compose(source, sender=trapping))
    (link,) = re.findall(
        r'<a href="[^"]*/t/x/([^"]+)"[^>]*display:none', message.get_body(("html",)).get_content()
    )
    assert Tokens(identity.token_key, "hit").read(link) == MessageRef(7, 3)
    assert "/t/x/" not in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize("extra", ["", "{% if true %}{% endif %}"])
@pytest.mark.parametrize(
    ("href", "url", "target"),
    [
        ("{{ url }}", "https://a.test/?b=1&c=ü d", "https://a.test/?b=1&c=%C3%BC%20d"),
        ("https://a.test/{{ url }}?x&amp;y", 'o"k', "https://a.test/o%22k?x&y"),
        ('{{ url | default: "https://a.test/" }}', "", "https://a.test/"),
        ("{{ url }}", "javascript:alert(1)", None),
        ("{{ url }}", "", None),
        ("{{ url }}", "\ufdd0u\ufdd1", None),
    ],
)
def test_a_merged_link_leads_to_its_signed_target_or_nowhere(
    href: str, url: str, target: str | None, extra: str, compose: Any, parse: Any, identity: Any
) -> None:
    source = f'<a href="{href}">x</a>{extra}'
    html = parse(compose(source, url=url)).get_body(("html",)).get_content()
    [found] = re.findall(r'href="([^"]*)">x</a>', html)
    if target is None:
        assert found == "#"
        return
    link = re.fullmatch(r"https://t\.shop\.test/t/d/([^/]+)/([0-9a-f]{20})\?u=([\w.~%-]+)", found)
    assert link
    sent = re.sub("%(..)", lambda code: chr(int(code[1], 16)), link[3])
    assert sent == target
    assert Tokens(b"k" * 32, "hit").proves(link[2], MessageRef(7, 3), target.encode())


@given(value=NASTY, name=NASTY)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("source", [PAGE, RICH])
def test_no_value_of_a_contact_breaks_a_message(
    source: str, value: str, name: str, identity: Identity, parse: Any, verifies: Any
) -> None:
    content = compile_content(
        "html", source, subject="Hi {{ first_name }}", to_name="{{ last_name }}", fields=()
    )
    fields = {"first_name": value, "last_name": name}
    letter = Composer(content, identity).compose(_recipient(fields=fields))
    message = parse(letter)
    assert len(message.keys()) == 13
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert max(map(len, bytes(letter.data).split(b"\r\n"))) <= 998
    assert not re.search(rb"[^\r]\n|\r[^\n]|^\.", bytes(letter.data), re.MULTILINE)
    assert verifies(bytes(letter.data))
    assert [a.addr_spec for a in message["to"].addresses] == ["ben@mail.test"]


@given(value=st.text(st.sampled_from("ab \n.é<&'\"="), max_size=90), url=st.text(max_size=20))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_segments_and_liquid_write_the_same_parts(
    value: str, url: str, compose: Any, parse: Any
) -> None:
    page = (
        '<p title="{{ a }}">.{{ a }}{{ a | upcase }} {{ b | default: "<i>" }}</p>\n{{ a }}\n'
        '<a href="https://a.test/{{ a }}?u={{ b }}">x</a><a href="{{ b }}">y</a>'
        '<a href="https://a.test/#c">z</a><a href="{{ unsubscribe_url }}">Leave</a> {{ a }}'
    )
    fields = {"a": value, "b": f"https://b.test/{url}"}
    fast, slow = (
        [part.get_content().split() for part in parse(compose(source, **fields)).iter_parts()]
        for source in (page, page + "{% if true %}{% endif %}")
    )
    assert fast == slow


def test_a_line_break_in_a_value_stays_inside_its_header(compose: Any, parse: Any) -> None:
    content = compile_content("html", PAGE, subject="Hi {{ n }}", to_name="{{ n }}", fields=["n"])
    message = parse(compose(content, n="Ben\r\nBcc: cy@other.test\x00"))
    assert message["bcc"] is None
    assert message["subject"] == "Hi Ben Bcc: cy@other.test"
    assert message["to"].addresses[0].display_name == "Ben Bcc: cy@other.test"


def test_addresses_go_out_in_a_labels(identity: Identity) -> None:
    content = compile_content("html", PAGE, subject="News")
    letter = Composer(content, identity).compose(_recipient(email="ben@Bücher.test"))
    assert letter.recipient == "ben@xn--bcher-kva.test"
    assert b"\r\nTo: ben@xn--bcher-kva.test\r\n" in bytes(letter.data)


@pytest.mark.parametrize(("email", "words"), [("bén@mail.test", "SMTPUTF8"), ("ben", "no @")])
def test_an_address_that_can_not_be_written_to_is_told(
    email: str, words: str, identity: Identity
) -> None:
    composer = Composer(compile_content("html", PAGE, subject="News"), identity)
    with pytest.raises(RenderError, match=words):
        composer.compose(_recipient(email=email))


def test_a_bomb_in_one_message_is_a_render_error(compose: Any) -> None:
    with pytest.raises(RenderError, match="go round more than 10,000 times"):
        compose("<p>{% for a in (1..99999) %}x{% endfor %}</p>")


def test_a_missing_field_prints_nothing(compose: Any, parse: Any) -> None:
    html = parse(compose("<p>Hi {{ nick }}!</p>")).get_body(("html",)).get_content()
    assert html.startswith("<p>Hi !</p>")
