"""A real name server, nsd, with the zones a test writes; it answers for nobody else."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import dns.exception
import dns.message
import dns.query

NSD = shutil.which("nsd", path="/usr/sbin:/usr/bin")
APEXES = ("test", "in-addr.arpa")
_PORTS = 5  # tries for one that nobody takes meanwhile
_CONFIG = """server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  logfile: "{folder}/nsd.log"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  rrl-ratelimit: 0
  server-count: 1
remote-control:
  control-enable: no
"""
_HEAD = "$TTL 60\n@ IN SOA ns.test. hostmaster.test. 1 3600 600 86400 60\n@ IN NS ns.test.\n"


@contextlib.contextmanager
def serving(folder: Path, records: Iterable[str], dead: Iterable[str] = ()) -> Iterator[str]:
    """The address:port of a server with these records, "name TYPE value" each.

    `dead` are zones that it cannot load, so that every name in them is answered by SERVFAIL.
    """
    folder.mkdir(parents=True, exist_ok=True)
    zones = _write_zones(folder, records) + [
        f"zone:\n  name: {name}\n  zonefile: {name}.absent\n" for name in dead
    ]
    process, port = _start(folder, zones)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _write_zones(folder: Path, records: Iterable[str]) -> list[str]:
    written = [_line(record) for record in records]
    for apex in APEXES:
        text = _HEAD + "".join(f"{line}\n" for name, line in written if name.endswith(f".{apex}"))
        (folder / apex).write_text(text)
    return [f"zone:\n  name: {apex}\n  zonefile: {apex}\n" for apex in APEXES]


def _start(folder: Path, zones: list[str]) -> tuple["subprocess.Popen[bytes]", int]:
    """A server that answers. Another program may take its port in between: then on another one."""
    config, log = folder / "nsd.conf", folder / "nsd.log"
    for _ in range(_PORTS):
        port = _free_port()
        log.unlink(missing_ok=True)
        config.write_text("".join([_CONFIG.format(port=port, folder=folder), *zones]))
        process = subprocess.Popen(
            [str(NSD), "-d", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if _answers(process, port):
            return process, port
        process.kill()
        process.wait(10)
        if "Address already in use" not in log.read_text():
            break
    raise AssertionError(log.read_text()[-2000:])


def _line(record: str) -> tuple[str, str]:
    """A record as a zone file has it; TXT in strings of 255 bytes, as DNS hosts cut them."""
    name, kind, value = record.split(" ", 2)
    if kind == "TXT":
        data = value.encode("latin-1")
        pieces = [data[n : n + 255] for n in range(0, len(data), 255)] or [b""]
        value = " ".join('"' + "".join(map(_escaped, piece)) + '"' for piece in pieces)
    elif kind in ("MX", "PTR", "CNAME"):
        value = value.rstrip(".") + "."
    return name, f"{name}. IN {kind} {value}"


def _escaped(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 and byte not in (34, 92) else f"\\{byte:03d}"


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    query = dns.message.make_query("test.", "SOA")
    for _ in range(500):
        with contextlib.suppress(dns.exception.DNSException, OSError):
            if dns.query.udp(query, "127.0.0.1", port=port, timeout=0.2).answer:
                return True
        if process.poll() is not None:
            break
        time.sleep(0.02)
    return False


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
