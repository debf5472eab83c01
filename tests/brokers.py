"""Real Redis and beanstalkd servers to throw away, each on a free port. Never existing ones."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from sendoff.cli.bench_lab import free_port

_PATIENCE_S = 10.0


class Broker:
    """One server. Use it in a `with`: the end of it ends the server and removes what it wrote."""

    program = ""
    scheme = ""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"sendoff-{self.scheme}-"))
        self._server: subprocess.Popen[bytes] | None = None

    @classmethod
    def there(cls) -> bool:
        """Whether the program is installed."""
        return shutil.which(cls.program) is not None

    @property
    def url(self) -> str:
        """What QUEUE_URL must say."""
        return f"{self.scheme}://{self.address}:{self.port}"

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        self._server = subprocess.Popen(
            self.words(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder
        )
        deadline = time.monotonic() + _PATIENCE_S
        while not self._answers():
            assert time.monotonic() < deadline, f"{self.program} did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once, with all it had."""
        if self._server:
            self._server.kill()
            self._server.wait()
        self._server = None

    def words(self) -> list[str]:
        """The command line."""
        raise NotImplementedError

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((self.address, self.port), 1):
            return True
        return False


class RedisServer(Broker):
    """A Redis that keeps nothing on disk."""

    program, scheme = "redis-server", "redis"

    def words(self) -> list[str]:
        return [
            *(self.program, "--bind", self.address, "--port", str(self.port)),
            *("--save", "", "--appendonly", "no", "--protected-mode", "no"),
        ]


class BeanstalkServer(Broker):
    """A beanstalkd without a binlog."""

    program, scheme = "beanstalkd", "beanstalk"

    def words(self) -> list[str]:
        return [self.program, "-l", self.address, "-p", str(self.port)]


SERVERS: dict[str, type[Broker]] = {"redis": RedisServer, "beanstalkd": BeanstalkServer}
