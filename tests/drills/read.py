"""Read damaged mail that came back, by the hundred thousand: no exception, bounded time.

`bin/drill read --mails 100000 --seed 1`. Whatever is raised is shown with the seed and number of
the mail, and the mail is kept beside the drill's other scratch files.
"""

import argparse
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from mutations import mutants
from sendoff.mail import returned

ROOT = Path(__file__).parents[2]
OWN = ROOT / "src/sendoff/mail/returned/tests/own_mails.toml"
CORPUS = ROOT.parent / "shared/corpora"
SLOW_S = 2.0  # a mail that takes longer on an idle core is a finding


def sound_mails() -> list[bytes]:
    """The mails that are damaged: our own, and those of the corpora where they are there."""
    own = tomllib.loads(OWN.read_text("utf-8"))["mail"]
    mails = [each.get("mail") or f"{each['head']}\n\n{each['says']}" for each in own]
    paths = [*CORPUS.glob("dsn/messages/*/*"), *CORPUS.glob("reports/files/*")]
    return [mail.encode() for mail in mails] + [path.read_bytes() for path in sorted(paths)]


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201 - the drill's own voice


def main() -> int:
    """1 where a mail raised or took too long."""
    asked = argparse.ArgumentParser(prog="bin/drill read", description=__doc__)
    asked.add_argument("--mails", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    sound = sound_mails()
    findings, slowest, began = 0, 0.0, time.process_time()
    for n, mail in enumerate(mutants(sound, told.mails, told.seed)):
        at = time.process_time()
        try:
            returned.read(mail)
        except Exception as error:  # noqa: BLE001 - every mail of the drill must be tried
            findings += 1
            kept = Path(tempfile.gettempdir()) / f"read-{told.seed}-{n}.eml"
            kept.write_bytes(mail)
            _say(f"mail {n} of seed {told.seed}: {error!r}; kept as {kept}")
        took = time.process_time() - at
        slowest = max(slowest, took)
        findings += took > SLOW_S
    took = time.process_time() - began
    _say(
        f"{told.mails} damaged mails made of {len(sound)}: {findings} findings, "
        f"{1000 * took / told.mails:.1f} ms each with the damaging, slowest {slowest:.2f} s"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
