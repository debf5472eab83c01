"""A disk that fills up under the journal: said clearly, nothing half sent, and it goes on after."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from journeys.installation import crowd

PEOPLE = 200
DISK_KB, FREE_KB = 256, 16


def test_a_full_disk_under_the_journal_is_said_and_nothing_is_half_sent(house):
    unshare = _unshare()
    house.prepare()
    house.people(crowd(PEOPLE))
    campaign = house.draft()
    journals = house.data / "journal"
    journals.mkdir()
    # A small disk of its own under the journals, seen by the sending side alone.
    mount = f"mount -t tmpfs -o size={DISK_KB}k none '{journals}'"
    ballast = f"head -c {DISK_KB - FREE_KB}K /dev/zero > '{journals}/ballast'"
    words = [*unshare, "sh", "-c", f"{mount} && {ballast} && exec $PYTHON -m sendoff worker"]
    house.env |= {"PYTHON": house.python, "SENDOFF_WORKERS": "1"}
    disk = Path(f"/proc/{house.start_program('all', words).pid}/root{journals}")
    house.send(campaign)

    house.until(lambda: "cannot be written" in house.said("all"), 30, "the full disk is said")
    said = next(line for line in house.said("all").splitlines() if "cannot be written" in line)
    assert str(journals) in said
    assert "free the disk" in said
    house.until(lambda: not house.senders() or house.said("all").count("cannot") > 1, 20, "it ends")
    books = house.books(campaign)
    assert books["balanced"]
    assert 0 < books["waiting"] < PEOPLE
    assert (books["accepted"], books["unknown"]) == (sum(house.copies().values()), 0)

    (disk / "ballast").unlink()
    books = house.done(campaign, within_s=60)
    assert (books["accepted"], books["unknown"]) == (PEOPLE, 0)
    assert set(house.copies().values()) == {1}
    assert "Traceback" not in house.said("all")


def _unshare() -> list[str]:
    """The command that gives a process mounts of its own; skips where that is not allowed."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is absent: install util-linux to see the journal on a full disk")
    words = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    tried = subprocess.run(
        [*words, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"this machine allows no private mounts: {tried.stderr.strip()}")
    return words
