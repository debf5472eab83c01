"""Several worker hosts on one PostgreSQL and one broker, each in a network namespace of its own.

What they share is on a bridge of this machine. Where no namespace may be made, a host is a data
folder with its own name: everything but a cut cable can be told of it.
"""

import os
import random
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from brokers import Broker, RedisServer
from journeys.installation import Installation
from sendoff.cli.bench_postgres import Postgres

NAMES = ("north", "south", "west")


class Network:
    """A bridge with one namespace for each host; it is gone at the end of its `with`."""

    def __init__(self) -> None:
        self._mark = f"snd{os.getpid() % 100_000}"
        self._net = f"10.{random.randint(100, 250)}.{random.randint(0, 250)}"
        self.real = _allowed()

    @property
    def address(self) -> str:
        """Where all hosts reach what they share."""
        return f"{self._net}.1" if self.real else "127.0.0.1"

    def __enter__(self) -> "Network":
        if self.real:
            _ip(f"link add {self._mark} type bridge")
            _ip(f"addr add {self.address}/24 dev {self._mark}")
            _ip(f"link set {self._mark} up")
            for n, name in enumerate(NAMES):
                self._plug(n, name)
        return self

    def __exit__(self, *why: object) -> None:
        if self.real:
            for name in NAMES:
                _ip(f"netns del {self._mark}-{name}", check=False)
            _ip(f"link del {self._mark}", check=False)

    def words(self, name: str) -> list[str]:
        """What stands before a command that is to run on a host."""
        return ["ip", "netns", "exec", f"{self._mark}-{name}"] if self.real else []

    def cut(self, name: str) -> None:
        """Pull a host's cable."""
        _ip(f"link set {self._wire(name)} down")

    def mend(self, name: str) -> None:
        """Put the cable back."""
        _ip(f"link set {self._wire(name)} up")

    def _plug(self, n: int, name: str) -> None:
        space, wire = f"{self._mark}-{name}", self._wire(name)
        _ip(f"netns add {space}")
        _ip(f"link add {wire} type veth peer name eth0 netns {space}")
        _ip(f"link set {wire} master {self._mark}")
        _ip(f"link set {wire} up")
        _ip(f"-n {space} addr add {self._net}.{10 + n}/24 dev eth0")
        _ip(f"-n {space} link set eth0 up")
        _ip(f"-n {space} link set lo up")

    def _wire(self, name: str) -> str:
        return f"{self._mark}{name[0]}"


class Fleet:
    """An installation with as many worker hosts as are started."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.network = Network()
        self.folder = folder
        self._env = env

    def __enter__(self) -> "Fleet":
        self.network.__enter__()
        self.database = Postgres(self.network.address).__enter__()
        self.broker: Broker = RedisServer(self.network.address).__enter__()
        self.house = Installation(self.folder)
        self.house.use_database(self.database.url, self.database.pid)
        self.house.env |= {"QUEUE_URL": self.broker.url, **self._env}
        self.house.names_ip = self.house.sink_ip = self.network.address
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in NAMES:
            self._end(name)
        self.house.close()
        for part in (self.broker, self.database, self.network):
            part.__exit__(kind, error, trace)

    def prepare(self, **sink: float) -> "Fleet":
        """Names, a sink, and Ana with one server: each host sends from its own address."""
        self.house.source_ip = ""
        self.house.prepare(**sink)
        return self

    def slow(self, per_minute: int) -> None:
        """Give the only lane there is a pace, as an operator does."""
        lane = self.house.until(lambda: self.house.ask("outbox", "lane_overview", 1), 30, "a lane")
        act = {"kind": "slow", "why": "to measure it", "by": "ana", "per_minute": per_minute}
        done = self.house.ask("outbox", "act", lane[0]["id"], {"Act": act})
        assert "raised" not in done, done

    def start(self, name: str, **env: str) -> None:
        """Switch a host on: it needs only the two URLs and the key ring."""
        own = {"SENDOFF_DATA": str(self.data(name)), "SENDOFF_HOST_NAME": name}
        words = [*self.network.words(name), self.house.python, "-m", "sendoff", "worker"]
        kept = self.house.env
        self.house.env = kept | own | {"SENDOFF_WORKERS": "1"} | env
        self.house.start_program(name, [*words, "--no-jobs"])
        self.house.env = kept

    def lose(self, name: str, *, journal: bool) -> None:
        """End all of a host at once, and with `journal` False the disk it had too."""
        self._end(name)
        if not journal:
            shutil.rmtree(self.data(name))

    def data(self, name: str) -> Path:
        """A host's data folder."""
        return self.folder / f"host-{name}"

    def workers(self) -> int:
        """How many workers the books think alive."""
        return len(self.house.senders())

    def _end(self, name: str) -> None:
        process = self.house.parts.pop(name, None)
        if process is None:
            return
        for pid in (process.pid, *_children(process.pid)):
            os.kill(pid, signal.SIGKILL)
        process.wait()


def _children(pid: int) -> list[int]:
    """Every process under one, so that none of a host survives it."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in map(int, found) for each in (child, *_children(child))]


def _allowed() -> bool:
    """Whether this machine lets us make namespaces."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = Path(tempfile.mktemp(prefix="sndtry", dir="")).name
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True)
    if made.returncode == 0:
        _ip(f"netns del {name}")
    return made.returncode == 0


def _ip(words: str, *, check: bool = True) -> None:
    subprocess.run(["ip", *words.split()], check=check, capture_output=True, timeout=20)
