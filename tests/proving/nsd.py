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
    port = _free_port()
    lines = [_CONFIG.format(port=port, folder=folder)]
    written = [_line(record) for record in records]
    for apex in APEXES:
        text = _HEAD + "".join(f"{line}\n" for name, line in written if name.endswith(f".{apex}"))
        (folder / apex).write_text(text)
        lines.append(f"zone:\n  name: {apex}\n  zonefile: {apex}\n")
    lines += [f"zone:\n  name: {name}\n  zonefile: {name}.absent\n" for name in dead]
    config = folder / "nsd.conf"
    config.write_text("".join(lines))
    process = subprocess.Popen(
        [str(NSD), "-d", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(process, port, folder)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


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


def _wait(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    query = dns.message.make_query("test.", "SOA")
    for _ in range(200):
        with contextlib.suppress(dns.exception.DNSException, OSError):
            answer = dns.query.udp(query, "127.0.0.1", port=port, timeout=0.2)
            if answer.answer:
                return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError((folder / "nsd.log").read_text()[-2000:])


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
