"""One try stays within its limits, whoever answers: time, bytes, addresses, certificates."""

import asyncio
import ssl
import time

import pytest
import trustme
from standardwebhooks import Webhook

from sendoff.lib.config import Config
from sendoff.smtp.tests import nameserver
from sendoff.webhooks import signing
from sendoff.webhooks.tests import consumer
from sendoff.webhooks.wire import Letter, Wire

SECRET = signing.new_secret()
BODY = b'{"type":"webhook.test","data":{}}'


def letter(url, body=BODY):
    return Letter(delivery=1, endpoint=1, url=url, event_id="evt_1", body=body, secrets=(SECRET,))


async def told(url, *, private=True, names="", patience_s=15.0, **more):
    wire = Wire(Config(resolver=names, ALLOW_PRIVATE_TARGETS=private, **more))
    return await wire.tell(letter(url), patience_s)


async def test_a_consumer_gets_the_event_signed_over_tls_by_its_name(tmp_path):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("hooks.test").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    zone = {name: {"A": ["127.0.0.1"]} for name in ("hooks.test", "other.test")}
    with consumer.consuming(context=context) as there:
        async with nameserver.serving(zone) as dns:
            more = {"names": dns.address, "tls_roots": tmp_path / "roots.pem"}
            good = await told(f"https://hooks.test:{there.port}/in?x=1", **more)
            wrong_name = await told(f"https://other.test:{there.port}/", **more)
            more["tls_roots"] = None
            untrusted = await told(f"https://hooks.test:{there.port}/", **more)
    assert (good.status, good.said, good.address) == (200, "fine", "127.0.0.1")
    ((fields, body),) = there.got
    assert fields[":path"] == "/in?x=1"
    assert fields["host"] == f"hooks.test:{there.port}"
    assert fields["content-type"] == "application/json"
    assert Webhook(SECRET).verify(body, fields) == {"type": "webhook.test", "data": {}}
    for tried in (wrong_name, untrusted):
        assert tried.status is None
        assert "its certificate proves nothing" in tried.said


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (consumer.WORSE, 500, "not <today>"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\n\r\n", 302, ""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        (b"HTTP/1.1 200 OK\r\n\r\n\x00\x1b[2J\xff\x00ok", 200, "[2J\ufffd ok"),
        (b"hello\r\n\r\n", None, "its answer is no HTTP"),
        (consumer.CUT, None, "its answer is no HTTP"),
    ],
)
async def test_an_answer_is_what_it_says_and_a_redirect_is_not_followed(answer, status, said):
    with consumer.consuming(answer) as there:
        there.answers = [answer.replace(b"%d", str(there.port).encode())]
        tried = await told(f"http://127.0.0.1:{there.port}/")
    assert tried.status == status
    assert said in tried.said
    assert len(there.got) == 1


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        (b"120", 120, 120),
        (b"Fri, 01 Jan 2100 00:00:00 GMT", 10**9, 10**10),
        (b"Fri, 01 Jan 1999 00:00:00 GMT", 0, 0),
    ],
)
async def test_how_long_a_consumer_asks_us_to_wait_is_read(said, least, most):
    answer = b"HTTP/1.1 503 Busy\r\nRetry-After: %b\r\n\r\n" % said
    with consumer.consuming(answer) as there:
        tried = await told(f"http://127.0.0.1:{there.port}/")
    assert least <= tried.retry_after_s <= most


@pytest.mark.parametrize("said", [b"", b"soon", b"-5", b"1.5", b"Fri, 99 Foo 2100"])
async def test_a_wait_that_says_nothing_is_none(said):
    answer = b"HTTP/1.1 429 Slow\r\nRetry-After: %b\r\n\r\n" % said
    with consumer.consuming(answer) as there:
        tried = await told(f"http://127.0.0.1:{there.port}/")
    assert (tried.status, tried.retry_after_s) == (429, None)


async def test_an_endless_body_is_left_after_two_kilobytes():
    with consumer.consuming(consumer.FLOOD) as there:
        began = time.monotonic()
        tried = await told(f"http://127.0.0.1:{there.port}/")
    assert tried.status == 200
    assert tried.said == "x" * 300
    assert time.monotonic() - began < 5


async def test_an_endless_head_is_no_answer():
    with consumer.consuming(consumer.HEAD) as there:
        tried = await told(f"http://127.0.0.1:{there.port}/")
    assert tried.status is None
    assert "a head of more than" in tried.said


@pytest.mark.parametrize(
    ("answer", "status"), [(consumer.HANG, None), (consumer.DRIP, 200)], ids=["hang", "drip"]
)
async def test_time_is_up_for_who_hangs_and_for_who_drips(answer, status):
    with consumer.consuming(answer) as there:
        began = time.monotonic()
        tried = await told(f"http://127.0.0.1:{there.port}/", patience_s=0.5)
    assert tried.status == status
    assert time.monotonic() - began < 3
    assert tried.status or "none within" in tried.said


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "10.1.2.3", "169.254.169.254", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
async def test_an_address_that_is_not_on_the_internet_is_not_asked(host):
    tried = await told(f"https://{host}/", private=False)
    assert (tried.status, tried.address) == (None, "")
    assert "not on the internet" in tried.said


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
async def test_other_ways_to_write_loopback_are_names_that_nobody_has(host):
    async with nameserver.serving({}) as dns:
        tried = await told(f"https://{host}/", private=False, names=dns.address)
    assert tried.status is None
    assert "no address" in tried.said or "This is no URL" in tried.said


@pytest.mark.parametrize("inside", ["127.0.0.1", "192.168.0.1"])
async def test_one_private_address_among_public_ones_is_enough_to_send_nothing(inside):
    zone = {"mixed.test": {"A": ["93.184.215.14", inside]}, "six.test": {"AAAA": ["::1"]}}
    async with nameserver.serving(zone) as dns:
        for name in zone:
            tried = await told(f"https://{name}/", private=False, names=dns.address)
            assert (tried.status, tried.address) == (None, "")
            assert "not on the internet" in tried.said


async def test_who_answers_otherwise_the_second_time_is_connected_to_where_he_was_judged(
    monkeypatch,
):
    zone = {"rebinds.test": {"A": ["93.184.215.14"]}}
    dialled = []

    async def open_connection(address, port, **how):
        dialled.append((address, port, how["server_hostname"]))
        zone["rebinds.test"]["A"] = ["127.0.0.1"]
        raise OSError("no way out of this test")

    async with nameserver.serving(zone, ttl=0) as dns:
        monkeypatch.setattr(asyncio, "open_connection", open_connection)
        first = await told("https://rebinds.test/", private=False, names=dns.address)
        second = await told("https://rebinds.test/", private=False, names=dns.address)
        assert dns.asked["rebinds.test A"] == 2
    assert dialled == [("93.184.215.14", 443, "rebinds.test")]
    assert first.address == "93.184.215.14"
    assert "not on the internet" in second.said


async def test_a_name_that_is_slow_or_gone_is_a_try_that_failed():
    async with nameserver.serving({"broken.test": {"RCODE": ["SERVFAIL"]}}) as dns:
        for name in ("broken.test", "nowhere.test"):
            tried = await told(f"https://{name}/", names=dns.address)
            assert (tried.status, tried.said) == (None, f"{name} has no address.")
