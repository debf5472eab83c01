"""A PostgreSQL server to throw away, in a folder of its own; never an existing one.

Root may not run PostgreSQL, so for root it runs as the user `postgres`, who owns its folder.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from sendoff.cli.bench_lab import LabError, free_port

_PATIENCE_S = 30.0
_USER = "sendoff"


def programs() -> Path | None:
    """Where initdb and postgres are, the newest version first; None: the package is absent."""
    places = [*_debian_places(), *map(Path, os.get_exec_path())]
    return next((each for each in places if (each / "initdb").exists()), None)


class Postgres:
    """One server. Use it in a `with`: the end of it ends the server and removes its folder."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        """At another address than loopback's, hosts of its own network may connect too."""
        found = programs()
        if found is None:
            raise LabError("There is no PostgreSQL here; install the package postgresql.")
        self._programs = found
        self._folder = Path(tempfile.mkdtemp(prefix="sendoff-postgres-"))
        self._data = self._folder / "data"
        self._log = self._folder / "postgres.log"
        self._word = secrets.token_urlsafe(12)
        self._who = _who()
        self._address = address
        self._port = free_port()
        self._server: subprocess.Popen[bytes] | None = None
        if self._who:
            os.chown(self._folder, self._who["user"], self._who["group"])

    def __enter__(self) -> "Postgres":
        try:
            self._make()
            self.start()
        except LabError:
            self.close()
            raise
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """What DATABASE_URL must say."""
        return f"postgres://{_USER}:{self._word}@{self._address}:{self._port}/postgres"

    @property
    def pid(self) -> int:
        """The process that answers; its children do the work."""
        if self._server is None:
            raise LabError("PostgreSQL is not running.")
        return self._server.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        place = ["-p", str(self._port), "-h", self._address, "-k", ""]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - a program of the package
                [self._programs / "postgres", "-D", self._data, *place],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                **self._who,
            )
        deadline = time.monotonic() + _PATIENCE_S
        while not self._ready():
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"PostgreSQL did not start: {self._log.read_text()[-500:]}")
            time.sleep(0.05)

    def stop(self, *, crash: bool = False) -> None:
        """End it, with every connection; with `crash` at once, as a power cut would."""
        server, self._server = self._server, None
        if server:
            server.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            server.wait(_PATIENCE_S)

    def close(self) -> None:
        """End it and remove all it wrote."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop(crash=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self) -> None:
        word = self._folder / "word"
        word.write_text(self._word)
        word.chmod(0o644)  # the folder lets nobody else in
        made = subprocess.run(  # noqa: S603 - a program of the package
            [
                *(self._programs / "initdb", "-D", self._data, "-U", _USER, "--pwfile", word),
                *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            cwd=self._folder,
            **self._who,
        )
        if made.returncode:
            raise LabError(f"initdb ended with {made.returncode}: {made.stderr[-500:]}")
        with (self._data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet scram-sha-256\n")

    def _ready(self) -> bool:
        words = [str(self._programs / "pg_isready"), "-q", "-h", self._address]
        words += ["-p", str(self._port)]
        return subprocess.run(words).returncode == 0  # noqa: S603 - a program of the package


def _debian_places() -> list[Path]:
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(found, key=lambda place: int("0" + place.parent.name), reverse=True)


def _who() -> dict[str, Any]:
    """Whom to be, for a Popen; nothing where we are not root."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise LabError("There is no user postgres to run PostgreSQL as; root may not.") from None
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
