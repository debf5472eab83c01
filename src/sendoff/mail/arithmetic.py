"""Which of OpenSSL's ways to multiply signs faster on this processor, measured. It signs no mail.

OpenSSL takes its code for ADX wherever a processor has that, and its code for AVX2 only where not
(BN_mod_exp_mont_consttime and rsaz_avx2_eligible in OpenSSL 3 and 4). On AMD's Zen 3 the second is
the faster one for RSA-2048: 600 µs against 670 (2026-11-22). Where a processor has AVX-512 IFMA a
third one beats both, so nothing is measured there.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from sendoff.lib import clock
from sendoff.mail import dkim

NAME = "OPENSSL_ia32cap"  # OPENSSL_ia32cap(3): read once, when the library is loaded
WITHOUT_ADX = ":~0x80000"
_WORTH = 0.97  # of the usual time, at most: less than that may be chance
_SIGNATURES = 60
_ROUNDS = 2  # in turn, for the rest of the machine may be busy during one of them
_PATIENCE_S = 10.0
_KEPT_S = 24 * 3600
_WAYS: dict[str, dict[str, str]] = {"usual": {}, "without-adx": {NAME: WITHOUT_ADX}}


def better(kept: Path) -> dict[str, str]:
    """What to add to the environment before OpenSSL is loaded; empty where the usual is best.

    Takes a second where there is something to choose, and a file to remember it by for a day: a
    choice made on a busy machine may be a bad one. A choice made by hand stays.
    """
    if NAME in os.environ or not worth_measuring(_flags()):
        return {}
    try:
        if clock.now_ms() / 1000 - kept.stat().st_mtime < _KEPT_S:
            return _WAYS[kept.read_text()]
    except (OSError, KeyError, ValueError):
        pass  # it is not there yet, or holds what we never wrote
    name = _faster()
    with contextlib.suppress(OSError):
        kept.write_text(name)
    return _WAYS[name]


def _faster() -> str:
    """The name of the way that signs faster now."""
    pem, _ = dkim.generate_rsa_key()
    rounds = [[_signature_us(pem, way) for way in _WAYS.values()] for _ in range(_ROUNDS)]
    usual, other = map(min, zip(*rounds, strict=True))
    return "without-adx" if other < usual * _WORTH else "usual"


def worth_measuring(flags: frozenset[str]) -> bool:
    """Whether a processor with these flags leaves OpenSSL a choice that it may make badly."""
    return {"adx", "avx2", "bmi2"} <= flags and "avx512ifma" not in flags


def _flags() -> frozenset[str]:
    """What Linux says that the processor can do; nothing elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.partition(":")[2].split())


def _signature_us(pem: bytes, env: Mapping[str, str]) -> float:
    """CPU time of the fastest of a few signatures, in a process of its own; infinite if it fails.

    The fastest, because whatever else the machine does only makes it slower.
    """
    places = os.pathsep.join(filter(None, sys.path))
    try:
        done = subprocess.run(  # noqa: S603 - this module
            [sys.executable, "-m", __name__],
            input=pem,
            env={**os.environ, "PYTHONPATH": places, **env},
            stdout=subprocess.PIPE,
            timeout=_PATIENCE_S,
        )
        return float(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return float("inf")


def _measure() -> float:
    """Be one of the two: the key comes in, microseconds go out."""
    key = dkim.RsaKey(dkim.load_rsa_key(sys.stdin.buffer.read()))
    took = []
    for n in range(_SIGNATURES):
        began = time.thread_time_ns()
        key.sign(b"%d" % n)
        took.append(time.thread_time_ns() - began)
    return min(took) / 1000


if __name__ == "__main__":
    print(_measure())  # noqa: T201 - how it answers
