"""Fetch mail servers of Debian and unpack them in a folder: never installs one on the machine."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

_MISSING = re.compile(r"(\S+) => not found")


def unpacked(folder: Path, program: str, packages: tuple[str, ...]) -> str:
    """Have `program` at its place under `folder`; why it can not run, or "" where it can."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / program
    for package in () if place.exists() else packages:
        done = _run(["apt-get", "download", "-qq", package], folder)
        if done.returncode:
            return f"could not get the package {package}: {_last(done.stderr)}"
    for file in () if place.exists() else sorted(folder.glob("*.deb")):
        _run(["dpkg", "-x", str(file), str(folder)], folder)
    if not place.exists():
        return f"its packages hold no {program}"
    seen = {"LD_LIBRARY_PATH": str(libraries(folder))}
    lacks = _MISSING.findall(_run(["ldd", str(place)], folder, seen).stdout)
    return f"it lacks the library {', '.join(lacks)}" if lacks else ""


def libraries(folder: Path) -> Path:
    """Where the libraries are that were unpacked with the programs."""
    return next((folder / "usr/lib").glob("*-linux-gnu"), folder)


def _run(
    words: list[str], folder: Path, more: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, **(more or {})}
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True)


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1]
