"""What processes cost: CPU and memory from /proc, and one RSA signature to measure them by.

Linux only. Ratios are worth more than microseconds: a machine shared with others slows both.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sendoff.mail import arithmetic

SIGNATURES = 2_000
_WARM_UP = 100
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pids: Iterable[int]) -> float:
    """User and system time that living processes have used so far, in seconds."""
    return sum(map(_cpu_of, pids))


def family_cpu_s(pid: int) -> float:
    """What a living process and its children, living or ended, have used so far, in seconds."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ended = sum(map(int, _stat(pid)[13:15])) / _TICKS  # cutime, cstime
    return cpu_s([pid, *map(int, listed)]) + ended


def peak_mb(pids: Iterable[int]) -> float:
    """VmHWM of the largest of some living processes, in MB."""
    return max(_status_kb(pid, "VmHWM") for pid in pids) / 1024


def rss_mb(pids: Iterable[int]) -> float:
    """VmRSS of the largest of some living processes at this moment, in MB."""
    return max(_status_kb(pid, "VmRSS") for pid in pids) / 1024


def cpu_name() -> str:
    """The machine's processor, as the kernel calls it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"


def rsa2048_us(processes: int) -> float:
    """CPU of one RSA-2048 signature while so many processes sign: the median, in microseconds."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    signers = [_signer() for _ in range(processes)]
    for signer in signers:
        _write(signer, pem.replace("\n", "|"))
    for signer in signers:
        _read(signer)  # its key is loaded
    for signer in signers:
        _write(signer, "go")
    medians = [float(_read(signer)) for signer in signers]
    for signer in signers:
        signer.communicate()
    return statistics.median(medians)


def _signer() -> "subprocess.Popen[str]":
    """One that signs as OpenSSL does when it is let alone, whatever workers choose."""
    usual = {name: value for name, value in os.environ.items() if name != arithmetic.NAME}
    return subprocess.Popen(  # noqa: S603 - this module
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**usual, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def _write(signer: "subprocess.Popen[str]", line: str) -> None:
    if signer.stdin:
        signer.stdin.write(line + "\n")
        signer.stdin.flush()


def _read(signer: "subprocess.Popen[str]") -> str:
    return signer.stdout.readline().strip() if signer.stdout else ""


def _sign() -> None:
    """Be one of the signers: a key comes in, then the word to begin; the median goes out."""
    key = load_pem_private_key(sys.stdin.readline().replace("|", "\n").encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the key that came in is no RSA key")
    padding, algorithm = PKCS1v15(), SHA256()
    for _ in range(_WARM_UP):
        key.sign(b"warm up", padding, algorithm)
    _say("ready")
    sys.stdin.readline()
    took = []
    for n in range(SIGNATURES):
        began = time.thread_time_ns()
        key.sign(b"%d" % n, padding, algorithm)
        took.append(time.thread_time_ns() - began)
    _say(str(statistics.median(took) / 1000))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _cpu_of(pid: int) -> float:
    # proc(5): utime and stime are fields 14 and 15; the name before them may hold blanks.
    return sum(map(int, _stat(pid)[11:13])) / _TICKS


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _status_kb(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    _sign()
