"""A running pretend internet for the tests, and what a sender owns in it. Starts real processes."""

import base64
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SOURCE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Key:
    """A DKIM key pair: the private part as PEM, the public one as the value of its record."""

    pem: bytes
    record: str


def make_key() -> Key:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return Key(pem=pem, record=f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}")


@dataclass(frozen=True, kw_only=True)
class World:
    """Where the pretend internet lives, and its registrar."""

    facts: dict[str, Any]
    data: Path
    process: "subprocess.Popen[bytes]"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def smtp_port(self) -> int:
        return int(self.facts["smtp_port"])

    @property
    def dns(self) -> tuple[str, int]:
        host, _, port = self.facts["dns"].rpartition(":")
        return host, int(port)

    def ask(self, path: str, method: str = "GET", body: Any = None) -> str:
        data = None if body is None else json.dumps(body).encode()
        url = f"http://{self.facts['http']}{path}"
        request = urllib.request.Request(url, data=data, method=method)
        with urllib.request.urlopen(request, timeout=20) as response:
            return str(response.read().decode())

    def rows(self, path: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.ask(path).splitlines()]


def start(command: list[str], ready: Path) -> "subprocess.Popen[bytes]":
    line = [sys.executable, "-m", "recipients", *command, "--ready-file", str(ready)]
    process = subprocess.Popen(line, cwd=SOURCE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    limit = time.monotonic() + 30
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > limit:
            process.kill()
            raise AssertionError(f"It did not start: {process.communicate()[1].decode()}")
        time.sleep(0.05)
    return process


def finish(process: "subprocess.Popen[bytes]") -> str:
    """SIGTERM it; what it wrote to standard error."""
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors.decode()
    return errors.decode()


@pytest.fixture(scope="session")
def key() -> Key:
    """The DKIM key of shop.test."""
    return make_key()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Iterator[World]:
    """The pretend internet with the records of shop.test entered."""
    data = tmp_path_factory.mktemp("world")
    ready = data / "ready.json"
    process = start(["run", "--data", str(data)], ready)
    world = World(facts=json.loads(ready.read_text()), data=data, process=process)
    records = [
        ("shop.test", "A", "127.0.0.1"),
        ("shop.test", "MX", "10 mail.shop.test"),
        ("shop.test", "TXT", "v=spf1 ip4:127.0.0.1 -all"),
        ("s1._domainkey.shop.test", "TXT", key.record),
        ("_dmarc.shop.test", "TXT", "v=DMARC1; p=reject"),
        ("1.0.0.127.in-addr.arpa", "PTR", "out.shop.test"),
        ("out.shop.test", "A", "127.0.0.1"),
        ("elsewhere.test", "TXT", "v=spf1 ip4:203.0.113.9 -all"),
    ]
    world.ask("/records", "PUT", [{"name": n, "type": t, "value": v} for n, t, v in records])
    yield world
    errors = finish(process)
    assert errors == ""


@pytest.fixture(scope="session")
def letter(key: Key) -> Callable[..., bytes]:
    """A newsletter of about 6 kB, signed by shop.test unless another key or none is asked for."""

    def write(
        number: int | str, *, sender: str = "news@shop.test", signed_by: Key | None = key
    ) -> bytes:
        lines = b"".join(b"<p>Line %d of the newsletter</p>\r\n" % n for n in range(170))
        message = (
            f"From: The Shop <{sender}>\r\nTo: someone@example.test\r\nSubject: Summer\r\n"
            f"Message-ID: <{number}@shop.test>\r\nDate: Mon, 01 Jan 2024 10:00:00 +0000\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        ).encode() + lines
        if signed_by is None:
            return message
        return bytes(dkim.sign(message, b"s1", b"shop.test", signed_by.pem)) + message

    return write
