"""A throw-away installation with its own DNS and sink: for measurements, drills and journeys.

Everything is in one folder and on loopback. It never touches the data of the caller.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import sendoff
from sendoff.lib import vault

OWNER = "ana@shop.test"
DOMAIN = "shop.test"
SOURCE_IP = "127.0.0.9"
SINK_IP = "127.78.0.1"
DOMAINS = tuple(f"bench{n:02}.test" for n in range(50))  # those of the sink
_OURS = (
    "SENDOFF_",
    "DATABASE_URL",
    "QUEUE_URL",
    "SMTP_PORT",
    "TLS_ROOTS",
    "ALLOW_PRIVATE",
    "DJANGO_SETTINGS",
)
_PATIENCE_S = 60.0

Process = subprocess.Popen[bytes]
_END_S = 45.0


class LabError(Exception):
    """A part of the installation did not do as it was told; the message names it and says why."""


class Lab:
    """An installation that lives in `folder`. Use it in a `with`: the end of it ends all parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.ledger = folder / "ledger.tsv"
        self.mail_log = folder / "mail.log"
        self.parts: dict[str, Process] = {}
        self.facts: dict[str, Any] = {}
        self.database_pid = 0  # of its database server, if it has one
        self.names_ip, self.sink_ip = "127.0.0.1", SINK_IP
        self.source_ip = SOURCE_IP  # "": each host has its own
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        port = free_port()
        self.env |= {
            "PYTHONPATH": os.pathsep.join(map(str, _places())),
            "SENDOFF_ENV_FILE": os.devnull,
            "SENDOFF_DATA": str(self.data),
            "SENDOFF_KEYS": vault.new_key(),
            "SENDOFF_BASE_URL": f"http://127.0.0.1:{port}",
            "SENDOFF_LISTEN": f"127.0.0.1:{port}",
            "SENDOFF_ALLOW_PRIVATE_TARGETS": "true",
            "SENDOFF_BLOCKLISTS": "",
        }
        self.data.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    def use_database(self, url: str, pid: int) -> None:
        """Keep everything on a database server; before `set_up`."""
        self.env["DATABASE_URL"], self.database_pid = url, pid

    def open_names(self, personalities: Path | None = None) -> None:
        """Start the pretend internet: DNS, its registrar, and providers: its own or others."""
        place = ["--dns", f"{self.names_ip}:0", "--http", f"{self.names_ip}:0"]
        place += ["--personalities", str(personalities)] if personalities else []
        words = ["run", "--data", str(self.folder / "providers"), *place]
        self.facts = self._recipients("names", *words)
        self.env |= {
            "SENDOFF_RESOLVER": self.facts["dns"],
            "SENDOFF_SMTP_PORT": str(self.facts["smtp_port"]),
            "SENDOFF_TLS_ROOTS": self.facts["ca_file"],
        }

    def open_sink(self, *, tls: bool = False, delay_ms: float = 0, log_mail: bool = False) -> None:
        """Start the ledger sink, the mail server of DOMAINS."""
        words = ["--listen", f"{self.sink_ip}:{self.facts['smtp_port']}"]
        words += ["--ledger", str(self.ledger)]
        words += ["--tls", str(self.folder / "sink")] if tls else []
        words += ["--delay-ms", str(delay_ms)] if delay_ms else []
        words += ["--mail-log", str(self.mail_log)] if log_mail else []
        self._recipients("sink", "sink", *words)
        self.publish(sink_records(self.sink_ip))

    def open_smtp_sink(self) -> None:
        """Start smtp-sink, from Debian's postfix package, as the mail server of DOMAINS."""
        program = shutil.which("smtp-sink", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin")
        if program is None:
            raise LabError(
                "There is no smtp-sink; install the package postfix, or use --sink ledger."
            )
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        place = f"{self.sink_ip}:{self.facts['smtp_port']}"
        self._start("sink", [program, "-c", *user, place, "1000"], self.env)
        self.publish(sink_records(self.sink_ip))

    def set_up(self) -> None:
        """Make the tables, the owner, a sending domain with its records, and a direct server."""
        source = ["--source-ip", self.source_ip] if self.source_ip else []
        made = self.sendoff("setup", "--email", OWNER, "--domain", DOMAIN, *source)
        self.publish_own(made["records"])
        reverse = ".".join(reversed(SOURCE_IP.split("."))) + ".in-addr.arpa"
        hosts = [_a(DOMAIN, SOURCE_IP), _a(f"mail.{DOMAIN}", SOURCE_IP)]
        self.publish([*hosts, _record(reverse, "PTR", f"mail.{DOMAIN}.")])

    def publish_own(self, records: Iterable[dict[str, str]]) -> None:
        """Enter the records that `setup` named."""
        self.publish([_record(each["host"], each["type"], each["value"]) for each in records])

    def publish(self, records: Iterable[dict[str, str]]) -> None:
        """Enter records at the pretend DNS host."""
        body = json.dumps(list(records)).encode()
        address = f"http://{self.facts['http']}/records"
        request = urllib.request.Request(address, data=body, method="PUT")
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - loopback
            pass

    def sendoff(self, *words: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """Run one command with --json and read its answer. LabError where it ends otherwise."""
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "sendoff", *words, "--json"],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        if done.returncode not in codes:
            said = done.stderr.strip()[-2000:]
            raise LabError(f"sendoff {' '.join(words[:2])} ended with {done.returncode}: {said}")
        return dict(json.loads(done.stdout))

    def start(self, part: str, *words: str, **env: str) -> Process:
        """Start a part (`python -m WORDS`); what it says goes to a file of its name."""
        return self._start(part, [sys.executable, "-m", *words], self.env | env)

    def said(self, part: str) -> str:
        """All that a part wrote so far."""
        return (self.folder / f"{part}.log").read_text()

    def end(self, part: str) -> int:
        """Ask a part to end, wait for it, and say its exit code."""
        process = self.parts.pop(part)
        process.terminate()
        try:
            return process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise LabError(f"{part} did not end within {_END_S:.0f} seconds.") from None

    def close(self) -> None:
        """End everything, last first."""
        for part in reversed(list(self.parts)):
            with contextlib.suppress(LabError):
                self.end(part)

    def _start(self, part: str, words: list[str], env: dict[str, str]) -> Process:
        with (self.folder / f"{part}.log").open("ab") as log:
            self.parts[part] = subprocess.Popen(  # noqa: S603 - our own programs
                words,
                env=env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.parts[part]

    def _recipients(self, part: str, *words: str) -> dict[str, Any]:
        ready = self.folder / f"{part}.json"
        ready.unlink(missing_ok=True)
        process = self.start(part, "recipients", *words, "--ready-file", str(ready))
        deadline = time.monotonic() + _PATIENCE_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"The pretend {part} did not start: {self.said(part)[-500:]}")
            time.sleep(0.02)
        return dict(json.loads(ready.read_text()))


def sink_records(
    address: str = SINK_IP, domains: Iterable[str] = DOMAINS
) -> Iterator[dict[str, str]]:
    """What makes the sink the mail server of every one of them, each a site of its own."""
    for name in domains:
        yield _record(name, "MX", f"10 mx.{name}.")
        yield _a(f"mx.{name}", address)


def _a(name: str, address: str) -> dict[str, str]:
    return _record(name, "A", address)


def _record(name: str, kind: str, value: str) -> dict[str, str]:
    return {"name": name, "type": kind, "value": value}


def _places() -> list[str]:
    """Where the packages are, so that parts find them however this one was installed."""
    kept = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [str(Path(sendoff.__path__[0]).parent), *filter(None, kept)]


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
