"""The sink: takes everything in any grouping, and its ledger is right."""

import json
import random
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recipients.sink import Sink, SinkProtocol
from recipients.tests.conftest import finish, start

MESSAGE = b"Subject: x\r\nMessage-ID: <%d@shop.test>\r\n\r\n..dot\r\nline\r\n.\r\n"
GROUP = b"MAIL FROM:<b@shop.test>\r\nRCPT TO:<ana@a.test>\r\nDATA\r\n"


class Wire:
    """Stands for the transport: keeps what was written."""

    def __init__(self) -> None:
        self.said = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.said += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@pytest.fixture
def taken() -> list[tuple[bytes, list[bytes]]]:
    return []


@pytest.fixture
def line(taken: list[Any]) -> tuple[SinkProtocol, Wire]:
    sink = Sink(record=lambda message_id, recipients, size: taken.append((message_id, recipients)))
    protocol, wire = SinkProtocol(sink), Wire()
    protocol.connection_made(wire)
    wire.said = b""
    return protocol, wire


def codes(wire: Wire) -> list[bytes]:
    return [row[:3] for row in wire.said.splitlines() if row[3:4] == b" "]


@pytest.mark.parametrize("seed", range(30))
def test_the_bytes_may_be_split_anywhere(line: Any, taken: list[Any], seed: int) -> None:
    protocol, wire = line
    stream = b"EHLO x\r\n" + b"".join(GROUP + MESSAGE % n for n in range(3)) + b"QUIT\r\n"
    chance = random.Random(seed)
    while stream:
        # Content comes only after its 354, as RFC 2920 wants it.
        cut = chance.randint(1, 90)
        wait = stream.find(b"DATA\r\n")
        cut = min(cut, wait + 6) if wait >= 0 else cut
        protocol.data_received(stream[:cut])
        stream = stream[cut:]
    assert [message_id for message_id, _ in taken] == [b"<%d@shop.test>" % n for n in range(3)]
    assert codes(wire) == [b"250", *[b"250", b"250", b"354", b"250"] * 3, b"221"]
    assert wire.closed


def test_content_and_the_next_group_may_come_together(line: Any, taken: list[Any]) -> None:
    protocol, _ = line
    protocol.data_received(GROUP)
    protocol.data_received(MESSAGE % 1 + GROUP)
    protocol.data_received(MESSAGE % 2)
    assert [message_id for message_id, _ in taken] == [b"<1@shop.test>", b"<2@shop.test>"]


@pytest.mark.parametrize(
    ("content", "message_id"),
    [
        (b".\r\n", b""),
        (b"Message-Id: <a@b>\r\n\r\n.\r\n", b"<a@b>"),
        (b"X: y\r\nMESSAGE-ID:\r\n <folded@b>\r\n\r\n.\r\n", b"<folded@b>"),
        (b"X: y\r\n\r\nMessage-ID: <in-the-body@b>\r\n.\r\n", b""),
        (b"Message-ID: <headers-only@b>\r\n.\r\n", b"<headers-only@b>"),
    ],
)
def test_the_message_id_comes_from_the_head(
    line: Any, taken: list[Any], content: bytes, message_id: bytes
) -> None:
    protocol, wire = line
    protocol.data_received(GROUP)
    protocol.data_received(content)
    assert taken == [(message_id, [b"ana@a.test"])]
    assert codes(wire)[-1] == b"250"


def test_commands_out_of_order_take_nothing(line: Any, taken: list[Any]) -> None:
    protocol, wire = line
    protocol.data_received(b"DATA\r\nRCPT TO:<a@a.test>\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nXYZ\r\n")
    protocol.data_received(b"RSET\r\nRCPT TO:<a@a.test>\r\nNOOP\r\nHELO x\r\nSTARTTLS\r\n")
    assert codes(wire) == [
        b"503", b"503", b"250", b"503", b"500", b"250", b"503", b"250", b"250", b"454",
    ]  # fmt: skip
    assert not taken


def test_a_command_line_without_end_is_cut_off(line: Any) -> None:
    protocol, wire = line
    protocol.data_received(b"x" * 10_000)
    assert codes(wire) == [b"421"]
    assert wire.closed


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    running = []

    def run(*more: str) -> dict[str, Any]:
        ready = tmp_path / "ready.json"
        command = ["sink", "--listen", "127.0.0.1:0,127.77.1.1:0", "--ledger", str(tmp_path / "l")]
        running.append(start([*command, *more], ready))
        facts: dict[str, Any] = json.loads(ready.read_text())
        return facts

    yield run
    for process in running:
        assert finish(process) == ""


def place(facts: dict[str, Any], number: int = 0) -> tuple[str, int]:
    host, _, port = facts["listen"][number].rpartition(":")
    return host, int(port)


def test_smtplib_and_a_raw_pipelining_client_are_both_in_the_ledger(
    sink: Any, tmp_path: Path
) -> None:
    log = tmp_path / "mail.log"
    facts = sink("--mail-log", str(log))
    before = time.time() * 1000
    with smtplib.SMTP(*place(facts), timeout=10) as smtp:
        content = b"Message-ID: <lib@shop.test>\r\n\r\n.hello\r\n"
        smtp.sendmail("b@shop.test", ["ana@a.test", "ben@a.test"], content)
    with socket.create_connection(place(facts, 1), 10) as sock, sock.makefile("rb") as lines:
        lines.readline()
        sock.sendall(b"EHLO x\r\n" + GROUP)
        while not lines.readline().startswith(b"354"):
            pass
        sock.sendall(MESSAGE % 7 + b"QUIT\r\n")
        assert lines.readline().startswith(b"250")
        # The line is in the file before the 250 was said.
        ledger = (tmp_path / "l").read_text().splitlines()
    assert ledger == [
        "<lib@shop.test>\tana@a.test",
        "<lib@shop.test>\tben@a.test",
        "<7@shop.test>\tana@a.test",
    ]
    times = [int(row.split("\t")[0]) for row in log.read_text().splitlines()]
    assert len(times) == 2
    assert all(before - 1 <= at <= time.time() * 1000 for at in times)


def test_the_last_reply_can_be_delayed_and_the_ledger_is_not(sink: Any, tmp_path: Path) -> None:
    facts = sink("--delay-ms", "300")
    with socket.create_connection(place(facts), 10) as sock, sock.makefile("rb") as lines:
        lines.readline()
        sock.sendall(GROUP)
        for _ in range(3):
            lines.readline()
        sock.sendall(MESSAGE % 1 + b"NOOP\r\n")
        began = time.monotonic()
        while not (tmp_path / "l").read_bytes():
            assert time.monotonic() - began < 5
        assert lines.readline() == b"250 2.0.0 Ok\r\n"
        assert time.monotonic() - began > 0.25
        assert lines.readline() == b"250 2.0.0 Ok\r\n"


def test_starttls_is_offered_when_asked_for(sink: Any, tmp_path: Path) -> None:
    facts = sink("--tls", str(tmp_path / "ca"))
    context = ssl.create_default_context(cafile=str(tmp_path / "ca/ca.pem"))
    context.check_hostname = False
    with smtplib.SMTP(*place(facts), timeout=10) as smtp:
        smtp.starttls(context=context)
        smtp.sendmail("b@shop.test", ["cy@a.test"], b"Message-ID: <tls@a>\r\n\r\nx\r\n")
        assert not smtp.has_extn("starttls")
    assert (tmp_path / "l").read_text() == "<tls@a>\tcy@a.test\n"
