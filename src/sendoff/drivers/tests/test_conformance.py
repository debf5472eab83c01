"""What every driver that speaks SMTP must do, tried on each against real servers on loopback."""

import asyncio
import base64
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sendoff.drivers import registry
from sendoff.drivers.contract import Connection, Driver, Letter, NoConnection, ServerConfig
from sendoff.drivers.tests.pretend import CUT, SILENT, Server, Way, serving
from sendoff.mail.stages import Kind, Outcome

LETTER = Letter(
    sender="news@shop.test",
    recipient="ana@inbox.test",
    data=b"Subject: hello\r\n\r\n.Good day\r\n",
)


def with_data(data: bytes) -> Letter:
    return Letter(sender=LETTER.sender, recipient=LETTER.recipient, data=data)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def roots(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("roots") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(params=list(registry.DRIVERS))
def way(request: pytest.FixtureRequest, roots: Path) -> Way:
    return Way(name=request.param, roots=roots)


def certificate(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


async def opened(driver: Driver, *addresses: str) -> Connection:
    connection = await driver.connect(Way.target(*addresses))
    assert not isinstance(connection, NoConnection), connection
    return connection


async def sent(way: Way, server: Server, **changes: object) -> Outcome:
    """One message through a fresh connection, or the outcome of having none."""
    async with serving(server):
        driver = way.driver(server.port, **changes)
        connection = await driver.connect(Way.target())
        if isinstance(connection, NoConnection):
            return connection.outcome
        outcome = await driver.send(connection, LETTER, lambda: None)
        await connection.close()
        assert not connection.usable
        return outcome


def ended(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.kind, outcome.stage, outcome.fault


async def test_a_message_is_accepted_with_the_transcript_of_its_way(way: Way) -> None:
    server = Server()
    outcome = await sent(way, server)
    assert (outcome.kind, outcome.stage, outcome.code) == (Kind.ACCEPTED, "accepted", 250)
    assert outcome.reply == "250 2.0.0 queued"
    assert [step.stage for step in outcome.steps] == ["mail", "rcpt", "data", "data"]
    assert server.letters == [b"Subject: hello\r\n\r\n..Good day\r\n"]
    assert server.commands[-1] == "QUIT"


async def test_the_session_is_known_once_for_all_its_messages(way: Way) -> None:
    async with serving(Server()) as server:
        driver = way.driver(server.port)
        connection = await opened(driver)
        for _ in range(3):
            assert (await driver.send(connection, LETTER, lambda: None)).kind is Kind.ACCEPTED
        await connection.close()
    evidence = connection.evidence
    assert server.lines == 1
    assert evidence.driver == way.name
    assert evidence.peer == f"127.0.0.1:{server.port}"
    assert evidence.source_ip == "127.0.0.1"
    assert "PIPELINING" in evidence.capabilities
    assert [step.stage for step in evidence.steps] == ["connect", "greeting", "ehlo"]
    assert (evidence.tls_wanted, evidence.tls_version) == ("opportunistic", "")
    assert evidence.tls_why_not == "The server offers no STARTTLS."


async def test_before_dot_is_called_once_before_the_content_and_never_without_go_ahead(
    way: Way,
) -> None:
    async with serving(Server()) as server:
        driver = way.driver(server.port)
        connection = await opened(driver)
        seen: list[int] = []
        await driver.send(connection, LETTER, lambda: seen.append(len(server.letters)))
        assert seen == [0]
        server.says["RCPT"] = "550 5.1.1 no"
        await driver.send(connection, LETTER, lambda: seen.append(9))
        assert seen == [0]
        await connection.close()


async def test_a_message_larger_than_every_buffer_arrives_whole(way: Way) -> None:
    large = with_data(b"Subject: large\r\n\r\n" + b"x" * 70 * 1024 * 40 + b"\r\n")
    lines = large.data.replace(b"x" * 70, b"x" * 70 + b"\r\n")
    async with serving(Server(offers=("PIPELINING", "STARTTLS"))) as server:
        driver = way.driver(server.port, tls="none")
        connection = await opened(driver)
        outcome = await driver.send(connection, with_data(lines), lambda: None)
        assert outcome.kind is Kind.ACCEPTED
        await connection.close()
    assert server.letters == [lines]


class JournalFailed(Exception):
    """As the worker's journal raises when the disk is full."""


@pytest.mark.parametrize("blocks", [1, 6])
async def test_a_journal_that_fails_stops_the_message_and_passes_on(way: Way, blocks: int) -> None:
    def fail() -> None:
        raise JournalFailed

    async with serving(Server()) as server:
        driver = way.driver(server.port)
        connection = await opened(driver)
        letter = with_data(LETTER.data + b"x\r\n" * 20_000 * (blocks - 1))
        with pytest.raises(JournalFailed):
            await driver.send(connection, letter, fail)
        assert not connection.usable
        await asyncio.sleep(0.05)
    assert server.letters == []


@pytest.mark.parametrize(
    ("command", "reply", "expected"),
    [
        ("greeting", "554 5.7.1 no", ("refused", "greeting", "our_ip")),
        ("greeting", "421 busy", ("deferred", "greeting", "recipient_system")),
        ("greeting", CUT, ("deferred", "greeting", "network")),
        ("EHLO", "421 no", ("deferred", "ehlo", "recipient_system")),
        ("EHLO", CUT, ("deferred", "ehlo", "network")),
        ("MAIL", "550 5.7.1 blocked", ("refused", "mail", "our_ip")),
        ("MAIL", CUT, ("deferred", "mail", "network")),
        ("RCPT", "550 5.1.1 no such user", ("refused", "rcpt", "recipient")),
        ("RCPT", "451 4.7.1 Greylisted", ("deferred", "rcpt", "recipient_system")),
        ("RCPT", CUT, ("deferred", "rcpt", "network")),
        ("DATA", "451 no", ("deferred", "data", "recipient_system")),
        ("DATA", CUT, ("deferred", "data", "network")),
        (".", "550 5.7.26 unauthenticated", ("refused", "data", "our_domain")),
        (".", "421 4.3.0 closing", ("deferred", "data", "recipient_system")),
        (".", CUT, ("unknown", "data", "network")),
    ],
)
@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["pipelined", "one by one"])
async def test_a_message_stops_where_the_server_stops_it(
    way: Way, command: str, reply: str, expected: tuple[str, str, str], offers: tuple[str, ...]
) -> None:
    assert ended(await sent(way, Server(says={command: reply}, offers=offers))) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("greeting", ("deferred", "greeting", "network")),
        ("RCPT", ("deferred", "rcpt", "network")),
        (".", ("unknown", "data", "network")),
    ],
)
async def test_silence_ends_at_the_time_limit(
    way: Way, command: str, expected: tuple[str, str, str]
) -> None:
    outcome = await sent(way, Server(says={command: SILENT}), time_factor=0.003)
    assert ended(outcome) == expected
    assert "in time" in outcome.reply


async def test_nothing_listening_is_the_networks_fault(way: Way) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        outcome = await way.driver(unheard.getsockname()[1]).connect(Way.target())
    assert isinstance(outcome, NoConnection)
    assert ended(outcome.outcome) == ("deferred", "connect", "network")
    assert "refused" in outcome.outcome.reply
    assert outcome.evidence.steps[-1].stage == "connect"


async def test_a_source_address_that_we_lack_is_our_configuration(way: Way) -> None:
    outcome = await way.driver(9, source_ip="203.0.113.9").connect(Way.target())
    assert isinstance(outcome, NoConnection)
    assert ended(outcome.outcome) == ("deferred", "connect", "our_config")
    assert "203.0.113.9" in outcome.outcome.reply


async def test_the_source_address_is_the_one_that_is_configured(way: Way) -> None:
    async with serving(Server()) as server:
        connection = await opened(way.driver(server.port, source_ip="127.0.0.9"))
        assert connection.evidence.source_ip == "127.0.0.9"
        await connection.close()


async def test_a_line_that_closed_while_idle_asks_for_another_try_at_once(way: Way) -> None:
    async with serving(Server()) as server:
        driver = way.driver(server.port)
        connection = await opened(driver)
        await driver.send(connection, LETTER, lambda: None)
        server.says["MAIL"] = CUT
        outcome = await driver.send(connection, LETTER, lambda: None)
    assert ended(outcome) == ("deferred", "mail", "network")
    assert outcome.retry_after_s == 0
    assert not connection.usable


# Encryption


async def test_a_good_certificate_is_recorded_as_verified(way: Way, authority: trustme.CA) -> None:
    tls = certificate(authority, "127.0.0.1", "localhost")
    async with serving(Server(offers=("STARTTLS",), tls=tls)) as server:
        driver = way.driver(server.port)
        connection = await opened(driver)
        outcome = await driver.send(connection, LETTER, lambda: None)
        await connection.close()
    evidence = connection.evidence
    assert outcome.kind is Kind.ACCEPTED
    assert (evidence.tls_version, evidence.tls_verified, evidence.tls_why_not) == ("1.3", True, "")
    assert evidence.tls_cipher.startswith("TLS_")
    assert [s.stage for s in evidence.steps] == [
        "connect",
        "greeting",
        "ehlo",
        "tls",
        "tls",
        "ehlo",
    ]


async def test_a_certificate_of_another_name_is_taken_and_recorded(
    way: Way, authority: trustme.CA
) -> None:
    tls = certificate(authority, "elsewhere.test")
    async with serving(Server(offers=("STARTTLS",), tls=tls)) as server:
        driver = way.driver(server.port)
        connection = await opened(driver)
        assert (await driver.send(connection, LETTER, lambda: None)).kind is Kind.ACCEPTED
        await connection.close()
    assert connection.evidence.tls_version == "1.3"
    assert not connection.evidence.tls_verified
    assert connection.evidence.tls_why_not.startswith("The certificate does not name ")


async def test_a_certificate_of_a_stranger_is_taken_and_recorded(way: Way) -> None:
    tls = certificate(trustme.CA(), "127.0.0.1", "localhost")
    async with serving(Server(offers=("STARTTLS",), tls=tls)) as server:
        connection = await opened(way.driver(server.port))
        await connection.close()
    assert connection.evidence.tls_version == "1.3"
    assert connection.evidence.tls_why_not == "No trusted root vouches for the certificate."


async def test_an_expired_certificate_is_taken_and_recorded(
    way: Way, authority: trustme.CA
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    authority.issue_cert("127.0.0.1", "localhost", not_after=past).configure_cert(context)
    async with serving(Server(offers=("STARTTLS",), tls=context)) as server:
        connection = await opened(way.driver(server.port))
        await connection.close()
    assert connection.evidence.tls_why_not == "The certificate expired on 2020-01-01."


async def test_a_broken_handshake_falls_back_to_a_new_line_in_clear(way: Way) -> None:
    server = Server(offers=("STARTTLS",), broken_tls=True)
    async with serving(server):
        driver = way.driver(server.port)
        connection = await opened(driver)
        assert (await driver.send(connection, LETTER, lambda: None)).kind is Kind.ACCEPTED
        await connection.close()
    assert server.lines == 2
    assert connection.evidence.tls_version == ""
    assert "handshake failed" in connection.evidence.tls_why_not


@pytest.mark.parametrize("offers", [(), ("STARTTLS",)])
async def test_where_encryption_is_required_nothing_goes_in_clear(
    way: Way, offers: tuple[str, ...]
) -> None:
    server = Server(offers=offers, broken_tls=True)
    assert (await sent(way, server, tls="required")).stage == "tls"
    assert server.lines == 1
    assert server.letters == []


# The relay alone


async def test_a_relay_is_signed_in_to_over_tls_only(roots: Path, authority: trustme.CA) -> None:
    relay = Way(name="smtp", roots=roots)
    tls = certificate(authority, "127.0.0.1")
    server = Server(offers=("STARTTLS", "AUTH PLAIN"), tls=tls)
    outcome = await sent(relay, server, username="ana", password="s3cret")
    assert outcome.kind is Kind.ACCEPTED
    assert "AUTH PLAIN AGFuYQBzM2NyZXQ=" in server.commands


async def test_a_password_is_not_told_to_a_relay_that_can_not_prove_its_name(roots: Path) -> None:
    tls = certificate(trustme.CA(), "127.0.0.1")
    server = Server(offers=("STARTTLS", "AUTH PLAIN"), tls=tls)
    outcome = await sent(Way(name="smtp", roots=roots), server, username="ana", password="s3cret")
    assert (outcome.kind, outcome.stage) == (Kind.DEFERRED, "tls")
    assert not [line for line in server.commands if line.startswith("AUTH")]


def _word(secret: str) -> str:
    """What the pretend server takes for a command's name."""
    return base64.b64encode(secret.encode()).decode().upper()


async def test_a_relay_may_speak_tls_from_the_first_byte(
    roots: Path, authority: trustme.CA
) -> None:
    tls = certificate(authority, "127.0.0.1")
    server = Server(offers=("AUTH LOGIN", "PIPELINING"), tls=tls, implicit=True)
    server.says |= {"AUTH": "334 VXNlcm5hbWU6"}
    server.says |= {_word("ana"): "334 UGFzc3dvcmQ6", _word("s3cret"): "235 2.7.0 ok"}
    async with serving(server):
        way = Way(name="smtp", roots=roots)
        driver = way.driver(server.port, tls="implicit", username="ana", password="s3cret")
        connection = await opened(driver)
        outcomes = [await driver.send(connection, LETTER, lambda: None) for _ in range(2)]
        await connection.close()
    assert [outcome.kind for outcome in outcomes] == [Kind.ACCEPTED] * 2
    stages = [step.stage for step in connection.evidence.steps]
    assert stages == ["connect", "tls", "greeting", "ehlo", "ehlo", "ehlo", "ehlo"]
    assert (connection.evidence.tls_wanted, connection.evidence.tls_verified) == ("implicit", True)
    assert "STARTTLS" not in server.commands


@pytest.mark.parametrize("greeting", ["220 relay.test ESMTP", "(silent)", "(cut)"])
async def test_where_tls_is_implicit_nothing_is_heard_or_said_in_clear(
    roots: Path, greeting: str
) -> None:
    server = Server(says={"greeting": greeting})
    way = Way(name="smtp", roots=roots)
    outcome = await sent(way, server, tls="implicit", time_factor=0.02)
    assert (outcome.kind, outcome.stage) == (Kind.DEFERRED, "tls")
    assert not [said for said in server.commands if said.isascii() and said.startswith("EHLO")]


async def test_a_relay_with_implicit_tls_must_prove_its_name(roots: Path) -> None:
    server = Server(tls=certificate(trustme.CA(), "127.0.0.1"), implicit=True)
    outcome = await sent(Way(name="smtp", roots=roots), server, tls="implicit")
    assert (outcome.kind, outcome.stage) == (Kind.DEFERRED, "tls")


async def test_a_relay_without_tls_is_named_with_what_comes_of_it_and_what_mends_it(
    roots: Path,
) -> None:
    async def said(**says: str) -> str:
        async with serving(Server(says=says)) as server:
            found = await Way(name="smtp", roots=roots).driver(server.port).validate_config()
        (wrong,) = [finding for finding in found if not finding.ok]
        assert wrong.check == "encryption"
        return wrong.sentence

    assert "put off by Gmail" in await said()
    assert "smtpd_tls_security_level = may" in await said(greeting="220 relay.test ESMTP Postfix")


async def test_a_password_in_clear_and_implicit_tls_to_strangers_are_refused_as_settings(
    roots: Path,
) -> None:
    relay = Way(name="smtp", roots=roots).driver(1, tls="none", username="ana", password="s3cret")
    direct = Way(name="direct", roots=roots).driver(1, tls="implicit")
    for driver, word in ((relay, "never sent in clear"), (direct, "know no implicit TLS")):
        wrong = [f.sentence for f in await driver.validate_config() if f.check == "tls"]
        assert word in wrong[0]


async def test_a_relay_without_address_is_our_configuration(roots: Path) -> None:
    driver = Way(name="smtp", roots=roots).driver(25, host="relay.test")
    met = await driver.connect(Way.target())
    assert isinstance(met, NoConnection)
    assert ended(met.outcome) == ("deferred", "dns", "our_config")


# Direct alone


async def test_to_a_provider_that_wants_tls_nothing_goes_in_clear(roots: Path) -> None:
    async with serving(Server()) as server:
        driver = Way(name="direct", roots=roots).driver(server.port)
        met = await driver.connect(replace(Way.target(), provider="google"))
    assert isinstance(met, NoConnection)
    assert ended(met.outcome) == ("deferred", "tls", "recipient_system")
    assert (met.evidence.tls_wanted, server.letters) == ("required", [])


async def test_the_next_host_is_tried_where_one_is_down_or_refuses(roots: Path) -> None:
    direct = Way(name="direct", roots=roots)
    async with serving(Server()) as good:
        refusing = Server(says={"greeting": "554 no"}, port=good.port)
        async with serving(refusing, "127.0.0.2"):
            driver = direct.driver(good.port)
            connection = await opened(driver, "127.0.0.3", "127.0.0.2", "127.0.0.1")
            assert (await driver.send(connection, LETTER, lambda: None)).kind is Kind.ACCEPTED
            await connection.close()
    stages = [step.stage for step in connection.evidence.steps]
    assert stages == ["connect", "connect", "greeting", "connect", "greeting", "ehlo"]


async def test_of_several_failures_the_furthest_is_told_and_one_busy_host_keeps_it_waiting(
    roots: Path,
) -> None:
    server = Server(says={"greeting": "554 5.7.1 no"})
    async with serving(server):
        driver = Way(name="direct", roots=roots).driver(server.port)
        met = await driver.connect(Way.target("127.0.0.1", "127.0.0.3"))
    assert isinstance(met, NoConnection)
    assert ended(met.outcome) == ("deferred", "greeting", "our_ip")


async def test_at_most_five_addresses_are_tried(roots: Path) -> None:
    server = Server(says={"greeting": "421 busy"})
    async with serving(server, "0.0.0.0"):
        driver = Way(name="direct", roots=roots).driver(server.port)
        await driver.connect(Way.target(*(f"127.0.0.{n}" for n in range(1, 9))))
    assert server.lines == 5


# Every driver


async def test_capabilities_and_findings_are_told(way: Way) -> None:
    async with serving(Server()) as server:
        driver = way.driver(server.port)
        findings = await driver.validate_config()
    assert driver.get_capabilities().sees_stages
    assert await driver.get_delivery_status("7F") is None
    wrong = [finding.check for finding in findings if not finding.ok]
    assert wrong == (["encryption"] if way.name == "smtp" else [])


async def test_wrong_settings_are_named_with_the_mend(way: Way) -> None:
    driver = way.driver(1, helo="localhost", source_ip="203.0.113.9", tls="maybe")
    wrong = {finding.check for finding in await driver.validate_config() if not finding.ok}
    assert {"helo", "source_ip", "tls"} <= wrong


def test_an_unknown_driver_is_named(roots: Path) -> None:
    with pytest.raises(ValueError, match='"pigeon" is no driver'):
        Way(name="pigeon", roots=roots).driver(25)


def test_a_password_is_not_in_the_printed_settings() -> None:
    assert "s3cret" not in repr(ServerConfig(driver="smtp", helo="a.test", password="s3cret"))


# Real servers


class Keeping:
    """An aiosmtpd handler that keeps what it accepts."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.kept.append(envelope.original_content or b"")
        return "250 2.0.0 kept"


async def test_aiosmtpd_accepts_over_tls(way: Way, authority: trustme.CA) -> None:
    handler = Keeping()
    tls = certificate(authority, "127.0.0.1", "localhost")
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), tls_context=tls)
    controller.start()
    try:
        driver = way.driver(controller.port)
        connection = await opened(driver)
        for _ in range(2):
            outcome = await driver.send(connection, LETTER, lambda: None)
            assert outcome.reply == "250 2.0.0 kept"
        await connection.close()
    finally:
        controller.stop()
    assert handler.kept == [LETTER.data] * 2
    assert connection.evidence.tls_verified


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def sink() -> AsyncIterator[Callable[..., object]]:
    program = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if program is None:
        pytest.skip("smtp-sink (Debian: postfix) is absent")
    running: list[asyncio.subprocess.Process] = []

    async def start(*options: str) -> int:
        port = free_port()
        command = (program, "-u", "nobody", *options, f"127.0.0.1:{port}", "100")
        running.append(await asyncio.create_subprocess_exec(*command))
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            await asyncio.sleep(0.05)
        raise AssertionError("smtp-sink did not start")

    yield start
    for process in running:
        process.terminate()
        await process.wait()


@pytest.mark.server
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ("accepted", "accepted", "")),
        (("-p",), ("accepted", "accepted", "")),
        (("-e",), ("accepted", "accepted", "")),
        (("-r", "RCPT"), ("deferred", "rcpt", "recipient_system")),
        (("-f", "MAIL"), ("refused", "mail", "recipient_system")),
        (("-f", "."), ("refused", "data", "recipient_system")),
        (("-q", "RCPT"), ("deferred", "rcpt", "network")),
        (("-Q", "."), ("deferred", "data", "recipient_system")),
    ],
)
async def test_postfixs_smtp_sink_is_understood(
    way: Way,
    sink: Callable[..., object],
    options: tuple[str, ...],
    expected: tuple[str, str, str],
) -> None:
    port = await sink(*options)  # type: ignore[misc]
    driver = way.driver(port)
    connection = await opened(driver)
    assert ended(await driver.send(connection, LETTER, lambda: None)) == expected
    await connection.close()
