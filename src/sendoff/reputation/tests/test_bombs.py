"""A report that unpacks to ten gigabytes costs no memory and gets one sentence."""

import base64
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

TEN_GIGABYTES = 10 * 1024**3
PIECE = 10 * 1024**2
MOST_MB = 96  # at most 16 MB packed and 32 MB plain, held twice for a moment

LOOK = """
import json, resource, sys
from pathlib import Path
from sendoff.reputation import reading
raw = Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
document = reading.read(raw)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([document.problem, (after - before) // 1024]))
"""


def deflated() -> bytes:
    """Ten gigabytes of zeros as one deflate stream: a piece, whose end forgets what was before."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(PIECE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * (TEN_GIGABYTES // PIECE) + packer.flush(zlib.Z_FINISH)


def gzipped(stream: bytes) -> bytes:
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return head + stream + struct.pack("<II", 0, TEN_GIGABYTES & 0xFFFFFFFF)


def zipped(stream: bytes, told: int = 4_000_000_000) -> bytes:
    """A zip that says how large its report is, as it likes."""
    name = b"r.xml"
    about = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(stream), told, len(name), 0)
    local = b"PK\x03\x04" + about + name + stream
    more = struct.pack("<HHHII", 0, 0, 0, 0, 0)
    central = b"PK\x01\x02" + struct.pack("<H", 20) + about + more + name
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\x05\x06" + end


def mailed(packed: bytes) -> bytes:
    body = base64.encodebytes(packed).replace(b"\n", b"\r\n")
    return (
        b"From: x@stranger.test\r\nSubject: Report domain: shop.test Submitter: x\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: application/gzip; name="a!shop.test!1795132800'
        b'!1795219199.xml.gz"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + body
    )


@pytest.mark.parametrize(
    ("wrapped", "said"),
    [
        (gzipped, "The report is larger than 32 MB, so it was not read."),
        (zipped, "The report is larger than 32 MB, so it was not read."),
        (lambda s: zipped(s, 1000), "The report is a damaged zip file, so nothing was read."),
        (lambda s: gzipped(s) * 2, "The packed report is larger than 16 MB, so it was not read."),
        (lambda s: mailed(gzipped(s)), "The report is larger than 32 MB, so it was not read."),
    ],
    ids=["gzip", "zip", "a zip that lies", "two gzips in a row", "in a mail"],
)
def test_ten_gigabytes_of_zeros_are_refused_in_flat_memory(tmp_path: Path, wrapped, said):
    bomb = tmp_path / "bomb"
    bomb.write_bytes(wrapped(deflated()))
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(bomb)], capture_output=True, text=True, check=True
    )
    problem, grown_mb = json.loads(done.stdout)
    assert problem == said
    assert grown_mb < MOST_MB
    assert bomb.stat().st_size < 24 * 1024 * 1024  # small enough to be brought to a page
