"""The set-ups of `setups.toml` made real: a name server, a web server and a mail server each."""

import asyncio
import contextlib
import datetime
import re
import socket
import ssl
import threading
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import trustme

from proving import nsd
from sendoff.lib import clock
from sendoff.mail import dkim
from sendoff.proving.gathering import Network
from sendoff.proving.subject import Key, Source, Subject
from sendoff.smtp.policies import Web
from sendoff.smtp.tests import web
from sendoff.smtp.trust import Trust

FILE = Path(__file__).with_name("setups.toml")
_BIG = "x" * 60_000


@cache
def every() -> tuple[dict[str, Any], ...]:
    """All set-ups, the right one first, each complete."""
    document = tomllib.loads(FILE.read_text())
    right = {"name": "right", "ready": True, "expect": [], **document["right"]}
    return (right, *(right | setup for setup in document["setup"]))


@cache
def key(number: int) -> str:
    """The base64 of a public RSA key; 0 is the one that signs."""
    return dkim.generate_rsa_key()[1].partition("p=")[2]


def filled(text: str, ours: str = "") -> str:
    """KEY, OTHERKEY, CUTKEY, SPACEDKEY and BIG replaced by what they stand for; `ours`: the public
    key that signs, where it is not the test's own."""
    ours = ours or key(0)
    words = {
        "OTHERKEY": key(1),
        "CUTKEY": ours[:120],
        "SPACEDKEY": " ".join(ours[n : n + 200] for n in range(0, len(ours), 200)),
        "PUBLIC KEY": "PUBLIC KEY",  # of a PEM file
        "KEY": ours,
        "BIG": _BIG,
    }
    # All at once: the letters of a key may happen to spell one of these words.
    return re.sub("|".join(words), lambda found: words[found[0]], text)


def records(setup: dict[str, Any], ours: str = "") -> list[str]:
    """Everything that DNS has in a set-up."""
    fresh = list(setup.get("publish", ()))
    gone = {*setup.get("withdraw", ()), *(" ".join(line.split(" ", 2)[:2]) for line in fresh)}
    kept = [line for line in setup["zone"] if " ".join(line.split(" ", 2)[:2]) not in gone]
    dead = tuple(f".{name}" for name in setup.get("dead", ()))
    found = [filled(_named(line, setup), ours) for line in (*kept, *fresh)]
    return [line for line in found if not dead or not line.split()[0].endswith(dead)]


def _named(line: str, setup: dict[str, Any]) -> str:
    return line.replace("shop.test", setup["domain"]) if setup.get("rename") else line


def subject(setup: dict[str, Any]) -> Subject:
    """The domain of a set-up as this installation would know it."""
    domain = setup["domain"]
    old = setup.get("old_selector")
    helo, links = _named(setup["helo"], setup), _named(setup["links"], setup)
    return Subject(
        domain=domain,
        keys=(Key(host=f"{setup['selector']}._domainkey.{domain}", value=filled(_KEY)),),
        return_path=setup["return_path"],
        sources=(Source(ip=setup["source"], helo=helo),),
        base_url=links,
        old_keys=(Key(host=f"{old}._domainkey.{domain}", value=""),) if old else (),
        at_home=setup.get("private", True),
    )


def unsaid(expected: dict[str, Any], sentence: str, mend: str, ours: str = "") -> Iterator[str]:
    """What the file wants said of a fault and was not."""
    for wanted, said in ((expected["sentence"], sentence), (expected["mend"], mend)):
        for word in wanted:
            if filled(word, ours) not in said:
                yield f"{word!r} is not in {said!r}"


_KEY = "v=DKIM1; k=rsa; p=KEY"


@dataclass(frozen=True)
class Trusted:
    """An authority of our own, and the file with its root."""

    authority: trustme.CA
    roots: Path


@contextlib.asynccontextmanager
async def standing(
    setup: dict[str, Any], trusted: Trusted, folder: Path, ours: str = ""
) -> AsyncIterator[Network]:
    """The network in which a set-up stands."""
    context = _certificate(setup, trusted.authority)
    says, policy = setup.get("web", ""), _named(setup["policy"], setup)
    boxes = [_named(address, setup) for address in setup["mailboxes"]]
    with _names(setup, folder, ours) as nameserver:
        async with web.serving(says, policy, context) as port, _mail_server(boxes) as smtp:
            place = Web(trust=Trust(roots=trusted.roots), port=port, allow_private=True)
            silent = setup.get("silent", False)
            yield Network(
                nameserver=nameserver,
                web=place,
                smtp_port=smtp,
                allow_private=True,
                within_s=1.0 if silent else 10.0,
            )


@contextlib.contextmanager
def _names(setup: dict[str, Any], folder: Path, ours: str) -> Iterator[str]:
    if not setup.get("silent"):
        with nsd.serving(folder, records(setup, ours), setup.get("dead", ())) as nameserver:
            yield nameserver
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def aside(network: contextlib.AbstractAsyncContextManager[Network]) -> Iterator[Network]:
    """A standing set-up on a loop and a thread of its own, for what begins a loop itself."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(network.__aenter__(), loop).result(30)
    finally:
        ended = network.__aexit__(None, None, None)
        asyncio.run_coroutine_threadsafe(ended, loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


def _certificate(setup: dict[str, Any], authority: trustme.CA) -> ssl.SSLContext:
    wanted = setup.get("certificate", "")
    name = f"mta-sts.{setup['domain']}" if wanted in ("", "expired") else wanted
    over = clock.now() - datetime.timedelta(days=3)
    dates = {"not_before": over - datetime.timedelta(days=90), "not_after": over}
    leaf = authority.issue_cert(name, **(dates if wanted == "expired" else {}))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    leaf.configure_cert(context)
    return context


@contextlib.asynccontextmanager
async def _mail_server(boxes: list[str]) -> AsyncIterator[int]:
    """A mail server that knows these addresses; its port on 127.0.0.1."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx ESMTP\r\n")
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                writer.write(_reply(line.decode().strip(), boxes))
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _reply(line: str, boxes: list[str]) -> bytes:
    if line.startswith("EHLO"):
        return b"250-mx\r\n250 PIPELINING\r\n"
    if line.startswith("RCPT") and line.partition("<")[2].rstrip(">") not in boxes:
        return b"550 5.1.1 No such user\r\n"
    return b"221 2.0.0 Bye\r\n" if line.startswith("QUIT") else b"250 2.0.0 Ok\r\n"
