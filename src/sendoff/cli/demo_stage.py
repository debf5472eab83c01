"""Set the demo's stage: pretend providers, a fresh installation, its records, people and campaign.

The providers are strangers: they are started as a process and spoken to over HTTP, DNS and SMTP.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from sendoff.lib import vault
from sendoff.lib.errors import PlainError

NAME = "The spring newsletter"
PEOPLE = 1_000
PACED_S = 90
RETRY_AFTER = "3,4,5"  # seconds, so that retries are seen
TIME_TO_LIVE_S = 25
SOURCE_IP = "127.0.0.9"
DOMAIN = "shop.test"
OWNER = "ana@shop.test"
SUBJECT = 'Spring is here, {{ first_name | default: "friend" }}'
_PATIENCE_S = 30


class StageError(PlainError):
    """The demo cannot be set up; the message says what failed and what to do."""


@dataclass(slots=True)
class Stage:
    """The demo's world: build, start, send, end."""

    data: Path
    port: int
    paced: bool
    env: dict[str, str] = field(default_factory=dict)
    http: str = ""
    link: str = ""
    campaign: int = 0
    _living: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def env_file(self) -> Path:
        return self.data / "env"

    def build(self) -> None:
        """Everything up to the draft."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        ready = self._providers()
        self.http = ready["http"]
        self._settings(ready)
        made = self._sendoff("setup", "--email", OWNER, "--workspace", "Shop", "--domain", DOMAIN,
                             "--source-ip", SOURCE_IP, "--json")  # fmt: skip
        self.link = made["link"]
        self._publish(made["records"])
        people = self.data / "people.csv"
        with people.open("wb") as out:
            subprocess.run(  # noqa: S603
                [sys.executable, "-m", "recipients", "people", "--count", str(PEOPLE)],
                stdout=out,
                check=True,
            )
        self._sendoff("import", str(people), "--list", "Customers", "--json")
        self.campaign = self._draft()

    def start(self, *, pages: bool) -> None:
        """Start web and workers, or workers alone."""
        parts = [("run",)] if pages else [("worker", "--processes", "2"), ("inbound",)]
        for words in parts:
            self._living.append(self._process("-m", "sendoff", *words, log="sendoff.log"))

    def send(self) -> None:
        """Press Send."""
        self._sendoff("campaign", "send", str(self.campaign), "--json")

    def summary(self) -> dict[str, Any]:
        """`campaign show`, whatever its exit code says of the books."""
        return self._sendoff("campaign", "show", str(self.campaign), "--json", codes=(0, 1))

    def journeys(self) -> list[dict[str, Any]]:
        """A `trace` line for every message of the campaign."""
        done = self._run("trace", "--campaign", str(self.campaign), "--all", "--json", codes=(0,))
        return [json.loads(line) for line in done.splitlines()]

    def ledger(self) -> list[dict[str, Any]]:
        """Every copy a pretend provider accepted, with its verdict."""
        with urllib.request.urlopen(f"http://{self.http}/ledger?since=0") as answer:
            return [json.loads(line) for line in answer.read().splitlines()]

    def expectations(self) -> list[dict[str, Any]]:
        """What each personality is made to do, and where its messages must end."""
        done = subprocess.run(
            [sys.executable, "-m", "recipients", "expectations"], capture_output=True, check=True
        )
        return list(json.loads(done.stdout))

    def a_worker(self) -> int:
        """The process id of a worker that is running."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            for line in (self.data / "sendoff.log").read_text().splitlines():
                if '"worker started"' in line:
                    return int(json.loads(line)["pid"])
            time.sleep(0.2)
        raise StageError(f"No worker started; see {self.data / 'sendoff.log'}.")

    def end(self) -> None:
        """Stop what was started, last first."""
        for process in reversed(self._living):
            process.terminate()
            try:
                process.wait(_PATIENCE_S + 15)
            except subprocess.TimeoutExpired:
                process.kill()

    def _providers(self) -> dict[str, Any]:
        ready = self.data / "recipients.json"
        words = (
            "-m",
            "recipients",
            "run",
            "--data",
            str(self.data / "providers"),
            "--ready-file",
            str(ready),
        )
        process = self._process(*words, log="providers.log")
        self._living.append(process)
        deadline = time.monotonic() + _PATIENCE_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise StageError(
                    f"The pretend providers did not start; see {self.data / 'providers.log'}."
                )
            time.sleep(0.05)
        return dict(json.loads(ready.read_text()))

    def _settings(self, ready: dict[str, Any]) -> None:
        port = self.port or _free_port()
        settings = {
            "SENDOFF_DATA": str(self.data.resolve()),
            "SENDOFF_KEYS": vault.new_key(),
            "SENDOFF_BASE_URL": f"http://127.0.0.1:{port}",
            "SENDOFF_LISTEN": f"127.0.0.1:{port}",
            "SENDOFF_RESOLVER": ready["dns"],
            "SENDOFF_SMTP_PORT": str(ready["smtp_port"]),
            # Where the MX of the return path leads, so that what comes back is taken.
            "SENDOFF_INBOUND_LISTEN": f"{SOURCE_IP}:{ready['smtp_port']}",
            "SENDOFF_TLS_ROOTS": str(Path(ready["ca_file"]).resolve()),
            "SENDOFF_ALLOW_PRIVATE_TARGETS": "true",
            "SENDOFF_BLOCKLISTS": "bl.recipients.test:ip",  # lists our address, for all to see
            "SENDOFF_DEBUG": os.environ.get("SENDOFF_DEBUG", "false"),  # bin/dev sets it
        }
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("SENDOFF_")}
        self.env["SENDOFF_ENV_FILE"] = str(self.env_file.resolve())

    def _publish(self, records: list[dict[str, str]]) -> None:
        """Paste the records at the pretend DNS host, as an owner would."""
        ours = [{"name": r["host"], "type": r["type"], "value": r["value"]} for r in records]
        reverse = ".".join(reversed(SOURCE_IP.split("."))) + ".in-addr.arpa"
        ours += [
            {"name": DOMAIN, "type": "A", "value": SOURCE_IP},
            {"name": f"mail.{DOMAIN}", "type": "A", "value": SOURCE_IP},
            {"name": reverse, "type": "PTR", "value": f"mail.{DOMAIN}."},
        ]
        request = urllib.request.Request(
            f"http://{self.http}/records", data=json.dumps(ours).encode(), method="PUT"
        )
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request):  # noqa: S310 - loopback
            pass

    def _draft(self) -> int:
        sample = resources.files("sendoff.campaigns") / "samples" / "pulse.html"
        pace = ("--per-minute", str(PEOPLE * 60 // PACED_S)) if self.paced else ()
        with resources.as_file(sample) as path:
            made = self._sendoff(
                "campaign", "create", "--name", NAME, "--list", "Customers", "--from", OWNER,
                "--from-name", "Ana at Shop", "--subject", SUBJECT, "--content", str(path),
                "--preheader", "What is new this season", "--retry-after", RETRY_AFTER,
                "--time-to-live", str(TIME_TO_LIVE_S), *pace, "--json",
            )  # fmt: skip
        return int(made["id"])

    def _sendoff(self, *words: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        return dict(json.loads(self._run(*words, codes=codes)))

    def _run(self, *words: str, codes: tuple[int, ...]) -> str:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "sendoff", *words], env=self.env, capture_output=True, text=True
        )
        if done.returncode not in codes:
            raise StageError(f"sendoff {words[0]}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def _process(self, *words: str, log: str) -> "subprocess.Popen[bytes]":
        with (self.data / log).open("ab") as out:
            return subprocess.Popen(  # noqa: S603
                [sys.executable, *words],
                env=self.env or None,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
