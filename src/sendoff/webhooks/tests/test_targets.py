"""Which URLs may be told events."""

import pytest

from sendoff.webhooks import targets


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "Write a URL"),
        ("https://a.test/" + "x" * 500, "at most 500"),
        ("https://a.test/ x", "without spaces"),
        ("https://a.test/\r\nX: y", "without spaces"),
        ("http://a.test/", "must begin with https://"),
        ("ftp://a.test/", "must begin with https://"),
        ("//a.test/", "must begin with https://"),
        ("https://ana:secret@a.test/", "name and password"),
        ("https://@a.test/", "name and password"),
        ("https:///x", "names no host"),
        ("https://a.test:8443/", "Only port 443"),
        ("https://a.test:99999/", "This is no URL"),
        ("https://a..test/", "This is no URL"),
        ("https://[::1/", "This is no URL"),
    ],
)
def test_what_is_no_safe_target_is_said(url, why):
    with pytest.raises(targets.WebhookError, match=why):
        targets.read(url, private=False)


def test_a_target_is_taken_apart():
    found = targets.read("https://Bücher.test/hook?a=ü&b=%20", private=False)
    assert (found.host, found.port) == ("xn--bcher-kva.test", 443)
    assert found.path == "/hook?a=%C3%BC&b=%20"
    assert found.encrypted
    assert not found.literal


def test_with_leave_http_and_other_ports_are_fine():
    found = targets.read("http://127.0.0.1:8080", private=True)
    assert (found.port, found.path, found.encrypted, found.literal) == (8080, "/", False, True)
