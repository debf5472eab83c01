"""The unsubscribe page: reading changes nothing, the button and RFC 8058 act at once."""

import base64
import hashlib
import io
import re

import pytest

ONE_CLICK = b"List-Unsubscribe=One-Click"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_page_changes_nothing(house, ana_opts_out, method):
    answer = house.ask(f"/t/u/{ana_opts_out}", method)
    assert answer.status == 200
    assert house.opted_out == house.recorded == []


def test_the_page_has_one_button_no_script_and_no_cookie(house, ana_opts_out):
    answer = house.ask(f"/t/u/{ana_opts_out}")
    assert answer.text.count("<button") == 1
    assert 'method="post"' in answer.text
    assert "<script" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_policy_of_the_page_allows_its_own_style_and_nothing_else(house, ana_opts_out):
    answer = house.ask(f"/t/u/{ana_opts_out}")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "style=" not in answer.text


def test_one_click_unsubscribes_at_once_without_redirect_or_cookie(house, ana_opts_out):
    answer = house.ask(f"/t/u/{ana_opts_out}", "POST", body=ONE_CLICK)
    assert answer.status == 200
    assert {"Location", "Set-Cookie"}.isdisjoint(answer.headers)
    (hit,) = house.opted_out
    assert (hit.campaign, hit.seq, hit.kind) == (7, 3, "unsubscribe")
    assert "RFC 8058" in hit.detail


def test_one_click_may_come_as_a_multipart_form(house, ana_opts_out):
    body = (
        b"--AaB03x\r\nContent-Disposition: form-data; "
        b'name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--AaB03x--\r\n'
    )
    kind = 'multipart/form-data; boundary="AaB03x"'
    answer = house.ask(f"/t/u/{ana_opts_out}", "POST", body=body, CONTENT_TYPE=kind)
    assert answer.status == 200
    assert len(house.opted_out) == 1


def test_one_click_in_chunks_has_no_length_and_is_read_all_the_same(house, ana_opts_out):
    chunked = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    house.ask(f"/t/u/{ana_opts_out}", "POST", body=ONE_CLICK, **chunked)
    assert len(house.opted_out) == 1


def test_the_button_unsubscribes_and_says_so(house, ana_opts_out):
    page = house.ask(f"/t/u/{ana_opts_out}").text
    name, value = re.search(r'<button name="(\w+)" value="(\w+)"', page).groups()
    answer = house.ask(f"/t/u/{ana_opts_out}", "POST", body=f"{name}={value}".encode())
    assert answer.status == 200
    assert "You are unsubscribed" in answer.text
    assert "button" in house.opted_out[0].detail


def test_pressing_twice_is_answered_alike(house, ana_opts_out):
    answers = [house.ask(f"/t/u/{ana_opts_out}", "POST", body=ONE_CLICK) for _ in range(2)]
    assert answers[0] == answers[1]


def test_somebody_no_longer_on_the_lists_is_told_so(house, ana_opts_out):
    house.nobody = True
    answer = house.ask(f"/t/u/{ana_opts_out}", "POST", body=ONE_CLICK)
    assert answer.status == 200
    assert "no longer on our lists" in answer.text


@pytest.mark.parametrize("body", [b"", b"x=y", b"List-Unsubscribe=Two-Click", b"\xff\xfe", b"&&=&"])
def test_a_body_that_asks_for_nothing_changes_nothing_and_offers_the_button(
    house, ana_opts_out, body
):
    answer = house.ask(f"/t/u/{ana_opts_out}", "POST", body=body)
    assert answer.status == 400
    assert "<button" in answer.text
    assert house.opted_out == []


class _Counting(io.BytesIO):
    most = 0

    def read(self, size=-1):
        self.most = max(self.most, size)
        return super().read(size)


@pytest.mark.parametrize("length", ["4097", "99999999999999", "-1", "x", ""])
def test_a_large_body_is_not_read_beyond_4_kb(house, ana_opts_out, length):
    stream = _Counting(ONE_CLICK + b"&" * 100_000)
    answer = house.ask(
        f"/t/u/{ana_opts_out}",
        "POST",
        CONTENT_LENGTH=length,
        **{"wsgi.input": stream, "wsgi.input_terminated": True},
    )
    assert answer.status == 413
    assert stream.most <= 4097
    assert house.opted_out == []


def test_while_the_database_is_away_nobody_is_told_that_it_is_done(house, ana_opts_out):
    house.away = True
    answer = house.ask(f"/t/u/{ana_opts_out}", "POST", body=ONE_CLICK)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "not unsubscribed yet" in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_token_unsubscribes_nobody(house, ana, method):
    for token in ("", "A" * 24, ana, f"{ana}/x", "<script>alert(1)</script>"):
        answer = house.ask(f"/t/u/{token}", method, body=ONE_CLICK)
        assert answer.status == 404
        assert "<script" not in answer.text
    assert house.opted_out == []
    assert house.app.forged == 5


def test_other_methods_are_told_what_there_is(house, ana_opts_out):
    answer = house.ask(f"/t/u/{ana_opts_out}", "DELETE")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
