"""Run the sink as a process of its own on uvloop: addresses, ledger file, mail log, signals."""

import asyncio
import os
import signal
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvloop

from recipients import ready
from recipients.certificates import Authority
from recipients.sink import Sink, SinkProtocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run. `tls` is the folder for the CA file; None offers no STARTTLS."""

    listen: tuple[tuple[str, int], ...]
    ledger: Path
    ready_file: Path | None = None
    mail_log: Path | None = None
    delay_ms: float = 0.0
    tls: Path | None = None


def run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options))


async def _serve(options: Options) -> None:
    sink = Sink(
        record=ledger_into(options.ledger),
        saw_mail=_log_into(options.mail_log) if options.mail_log else None,
        delay_s=options.delay_ms / 1000,
        tls=_tls(options.tls) if options.tls else None,
    )
    loop = asyncio.get_running_loop()
    servers = []
    for host, port in options.listen:
        servers.append(
            await loop.create_server(lambda: SinkProtocol(sink), host, port, backlog=1024)
        )
    places = [_place(server.sockets[0]) for server in servers]
    ready.announce(options.ready_file, {"listen": places, "pid": os.getpid()})
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    await stop.wait()
    for server in servers:
        server.close()


def ledger_into(file: Path) -> Callable[[bytes, list[bytes], int], None]:
    """A recorder that has written its lines when it returns."""
    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def record(message_id: bytes, recipients: list[bytes], size: int) -> None:
        os.write(out, b"".join(b"%b\t%b\n" % (message_id, r) for r in recipients))

    return record


def _log_into(file: Path) -> Callable[[bytes], None]:
    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def saw(line: bytes) -> None:
        os.write(out, b"%d\t%b\n" % (int(time.time() * 1000), line[:500]))

    return saw


def _tls(folder: Path) -> ssl.SSLContext:
    folder.mkdir(parents=True, exist_ok=True)
    return Authority(folder).server_context("sink.test")


def _place(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"{host}:{port}"
