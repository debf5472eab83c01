"""The pixel and the links of a message, asked for honestly and otherwise."""

from urllib.parse import quote

import pytest

from sendoff.lib.tokens import Tokens
from sendoff.tracking.links import CAMPAIGNS_KEPT, Links, location

KEY = bytes(range(32))


def test_the_pixel_is_a_small_gif_that_nobody_keeps_and_records_an_open(house, ana):
    answer = house.ask(f"/t/o/{ana}.gif")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "image/gif"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.body.startswith(b"GIF89a")
    assert len(answer.body) == 43 == int(answer.headers["Content-Length"])
    (hit,) = house.recorded
    assert (hit.campaign, hit.seq, hit.kind, hit.method) == (7, 3, "open", "GET")
    assert (hit.user_agent, hit.ip) == ("Mailbox/1.0", "192.0.2.7")
    assert hit.at_ms > 1_700_000_000_000


@pytest.mark.parametrize("token", ["", "x", "A" * 24, "f" * 36, "é" * 24, "../../etc/passwd"])
def test_a_forged_pixel_shows_the_same_gif_and_records_nothing_but_its_count(house, token):
    assert house.ask(f"/t/o/{token}.gif").body.startswith(b"GIF89a")
    assert house.recorded == []
    assert house.app.forged == 1


def test_a_token_made_for_unsubscribing_opens_no_pixel_and_no_link(house, ana_opts_out):
    house.ask(f"/t/o/{ana_opts_out}.gif")
    assert house.ask(f"/t/c/{ana_opts_out}/0").status == 404
    assert house.recorded == []


def test_every_single_changed_letter_of_a_token_is_noticed(house, ana):
    for n in range(len(ana)):
        changed = ana[:n] + ("B" if ana[n] != "B" else "C") + ana[n + 1 :]
        assert house.ask(f"/t/c/{changed}/0").status == 404
    assert house.recorded == []
    assert house.app.forged == len(ana)


def test_an_endless_user_agent_is_cut(house, ana):
    house.ask(f"/t/o/{ana}.gif", HTTP_USER_AGENT="x" * 9000)
    assert len(house.recorded[0].user_agent) == 300


def test_a_click_leads_to_the_link_of_the_frozen_version(house, ana):
    answer = house.ask(f"/t/c/{ana}/0")
    assert (answer.status, answer.headers["Location"]) == (302, "https://shop.test/")
    assert answer.headers["Cache-Control"] == "no-store"
    (hit,) = house.recorded
    assert (hit.kind, hit.link) == ("click", 0)


def test_a_link_that_nobody_sees_is_no_click_and_leads_nowhere(house, ana):
    assert house.ask(f"/t/x/{ana}").status == 404
    (hit,) = house.recorded
    assert (hit.kind, hit.link) == ("trap", None)
    house.ask(f"/t/x/{ana[:-1]}!")
    assert len(house.recorded) == 1
    assert house.app.forged == 1


def test_letters_beyond_ascii_and_spaces_are_encoded_in_the_location(house, ana):
    location = house.ask(f"/t/c/{ana}/1").headers["Location"]
    assert location == "https://shop.test/gr%C3%B6%C3%9Fe?a=1%202"


def test_head_is_answered_without_a_body_and_recorded_as_head(house, ana):
    click = house.ask(f"/t/c/{ana}/0", "HEAD")
    pixel = house.ask(f"/t/o/{ana}.gif", "HEAD")
    assert (click.status, click.body) == (302, b"")
    assert (pixel.status, pixel.body, pixel.headers["Content-Length"]) == (200, b"", "43")
    assert [hit.method for hit in house.recorded] == ["HEAD", "HEAD"]


@pytest.mark.parametrize("end", ["/3", "/-1", "/x", "/", "", "/0/0", "/00000000000000", "/٣", "/2"])
def test_a_link_that_is_not_there_gets_a_kind_page(house, ana, end):
    answer = house.ask(f"/t/c/{ana}{end}")
    assert answer.status == 404
    assert "press the link there once more" in answer.text
    assert house.recorded == []


def test_a_campaign_without_links_gets_the_same_page(house):
    assert house.ask(f"/t/c/{Tokens(KEY, 'hit').url(99, 1)}/0").status == 404


def test_links_are_looked_up_once_a_campaign(house, ana):
    for _ in range(3):
        house.ask(f"/t/c/{ana}/0")
    assert house.lookups == [7]


def test_a_click_while_the_database_is_away_says_when_to_try_again(house, ana):
    house.away = True
    answer = house.ask(f"/t/c/{ana}/0")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    house.away = False
    assert house.ask(f"/t/c/{ana}/0").status == 302


def test_links_of_a_campaign_not_frozen_yet_are_asked_for_again():
    known = {}
    links = Links(lambda campaign: known.get(campaign, ()))
    assert links.find(1, 0) is None
    known[1] = (" https://shop.test/\n",)
    assert links.find(1, 0)[0] == ("Location", "https://shop.test/")


def test_only_so_many_campaigns_are_kept_ready():
    asked = []
    links = Links(lambda campaign: asked.append(campaign) or ("https://shop.test/",))
    for campaign in (*range(CAMPAIGNS_KEPT + 1), 0):
        links.find(campaign, 0)
    assert asked == [*range(CAMPAIGNS_KEPT + 1), 0]


def _dynamic(target: str) -> tuple[str, str]:
    tokens = Tokens(KEY, "hit")
    signature = tokens.of(7, 3, target.encode())
    return f"/t/d/{tokens.url(7, 3)}/{signature}", f"u={quote(target, safe='')}"


def test_a_link_of_one_message_leads_to_the_target_it_was_signed_with(house):
    target = "https://shop.test/ana?city=Łódź&x=1+2%20"
    path, query = _dynamic(target)
    answer = house.ask(path, query=query)
    assert answer.status == 302
    assert answer.headers["Location"] == "https://shop.test/ana?city=%C5%81%C3%B3d%C5%BA&x=1+2%20"
    assert (house.recorded[0].detail, house.recorded[0].link) == (target, None)


def test_a_parameter_that_somebody_else_appended_does_no_harm(house):
    path, query = _dynamic("https://shop.test/")
    assert house.ask(path, query=f"fbclid=1&{query}&utm=2").status == 302


def test_a_signature_holds_for_its_target_only(house):
    path, _ = _dynamic("https://shop.test/")
    assert house.ask(path, query="u=https%3A%2F%2Fevil.test%2F").status == 404
    assert house.ask(path).status == 404
    assert house.recorded == []
    assert house.app.forged == 2


def test_a_signature_holds_for_its_message_only(house):
    path, query = _dynamic("https://shop.test/")
    bens = Tokens(KEY, "hit").url(7, 4)
    assert house.ask(f"/t/d/{bens}/{path.rpartition('/')[2]}", query=query).status == 404


@pytest.mark.parametrize("signature", ["", "0" * 20, "é" * 20, "0" * 19, "0" * 20 + "/x"])
def test_a_forged_signature_leads_nowhere(house, ana, signature):
    answer = house.ask(f"/t/d/{ana}/{signature}", query="u=https%3A%2F%2Fshop.test%2F")
    assert answer.status == 404
    assert house.recorded == []


BAD_TARGETS = [
    "//evil.test",
    "/evil",
    "javascript:alert(1)",
    "JavaScript://shop.test/%0aalert(1)",
    "data:text/html,hi",
    "https:/evil.test",
    "https:evil.test",
    "https://",
    "https:///evil.test",
    "https://\\evil.test",
    "http://?x",
    " https://evil.test",
    "https://shop.test/\r\nSet-Cookie: a=b",
    "https://shop.test/\n",
    "https://shop.test/\tx",
    "https://shop.test/\x00",
    "https://shop.test/\x7f",
    "https://shop.test/\x85",
    "https://shop.test/" + "a" * 9000,
    "",
]


@pytest.mark.parametrize("target", BAD_TARGETS)
def test_even_a_signed_target_must_be_a_plain_web_address(house, target):
    path, query = _dynamic(target)
    answer = house.ask(path, query=query)
    assert answer.status == 404
    assert "Location" not in answer.headers
    assert house.recorded == []


def test_a_signed_target_that_is_no_utf8_is_still_one_safe_header(house):
    tokens, target = Tokens(KEY, "hit"), b"https://shop.test/\xff\xfe"
    path = f"/t/d/{tokens.url(7, 3)}/{tokens.of(7, 3, target)}"
    assert house.ask(path, query="u=https%3A%2F%2Fshop.test%2F%FF%FE").headers["Location"].isascii()


def test_http_and_https_are_web_addresses_in_any_case():
    assert location("HTTPS://Shop.test/A") == "HTTPS://Shop.test/A"
    assert location("http://shop.test") == "http://shop.test"


@pytest.mark.parametrize("path", ["/t/", "/t", "/t/x/y", "/t//", "/t/o", "/t/O/x.gif"])
def test_any_other_path_gets_the_kind_page(house, path):
    answer = house.ask(path)
    assert answer.status == 404
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_nothing_can_be_posted_to_a_link(house, ana):
    answer = house.ask(f"/t/c/{ana}/0", "POST")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert house.recorded == []
