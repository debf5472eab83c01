"""Bring thousands of bounces at once, kill the mail room in the middle, and count what became.

`bin/drill inbound`. One JSON line on stdout; exit code 1 where an answered mail is missing, one was
not acted on, or memory grew with their number.
"""

import argparse
import json
import os
import queue
import signal
import smtplib
import sqlite3
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from journeys.installation import Installation, crowd
from sendoff.campaigns import identity
from sendoff.cli.bench_lab import DOMAIN, SOURCE_IP
from sendoff.lib.config import Config
from sendoff.lib.tokens import Tokens

MANY, LINES = 10_000, 10
GROWTH_MB = 30.0  # of the peak, between the first tenth and the end
MAIL = """From: MAILER-DAEMON@mx.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

{filling}
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: User unknown

--B
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--B--
"""


@dataclass(slots=True)
class Result:
    """What became of the bounces. Seconds: until all were answered for, until all were acted on."""

    mails: int
    answered: int = 0
    stored: int = 0
    acted_on: int = 0
    suppressed: int = 0
    kills: int = 0
    stored_in_s: float = 0.0
    acted_in_s: float = 0.0
    peak_mb_early: float = 0.0
    peak_mb: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything was kept, understood and acted on in a memory that did not grow."""
        kept = self.answered == self.acted_on == self.suppressed == self.mails
        return kept and self.stored >= self.mails and self.peak_mb - self.peak_mb_early < GROWTH_MB


class Drill:
    """One installation whose people are all gone when their mail is brought."""

    def __init__(self, house: Installation, mails: int, *, kill: bool = True) -> None:
        self.house, self.result, self._kill = house, Result(mails), kill
        self._key = Config(keys=house.env["SENDOFF_KEYS"]).token_key
        self._left: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def run(self) -> Result:
        """Send, have it all come back, count."""
        house, result = self.house, self.result
        campaign = self._sent()
        self._open()
        began = time.monotonic()
        lines = [threading.Thread(target=self._bring, daemon=True) for _ in range(LINES)]
        for line in lines:
            line.start()
        if self._kill:
            house.until(lambda: self._count("") > result.mails // 3, 400, "a third is stored")
            self._kill_it()
        for line in lines:
            line.join()
        result.stored_in_s = round(time.monotonic() - began, 1)
        done = "WHERE state <> 'stored'"
        house.until(lambda: self._count(done) > result.mails // 10, 3600, "a tenth is read")
        result.peak_mb_early = self._peak_mb()
        house.until(lambda: self._count(done) >= self._count(""), 3600, "all are read")
        result.acted_in_s = round(time.monotonic() - began, 1)
        result.stored = self._count("")
        result.acted_on = int(house.ask("feedback", "counts", campaign)["bounced"])
        result.suppressed = self._number("SELECT COUNT(*) FROM audience_suppression")
        result.peak_mb = self._peak_mb()
        return result

    def _sent(self) -> int:
        house = self.house
        house.prepare()
        house.people(crowd(self.result.mails))
        campaign = house.draft()
        house.clerk()
        house.sender()
        house.send(campaign)
        house.done(campaign, within_s=600)
        house.end("sender")
        bounces = Tokens(self._key, "bounce")
        for row in house.rows(campaign):
            mail = MAIL.format(
                to=row["address"],
                filling="It came back. " * 300,
                message_id=identity.message_id(self._key, DOMAIN, campaign, row["seq"]),
            )
            to = f"b-{bounces.mail(campaign, row['seq'])}@bounces.{DOMAIN}"
            self._left.put((to, mail.replace("\n", "\r\n").encode()))
        return campaign

    def _open(self) -> None:
        house = self.house
        house.env["SENDOFF_INBOUND_LISTEN"] = self._place = f"{SOURCE_IP}:{port_of(house)}"
        house.env["SENDOFF_INBOUND_PEER_PER_MINUTE"] = "1000000"
        self._room = house.start("inbound", "sendoff", "inbound")
        house.until(lambda: "mail server listens" in house.said("inbound"), 60, "it is open")

    def _bring(self) -> None:
        """Bring mails on one line at a time, each until it was answered for."""
        host, _, port = self._place.partition(":")
        while True:
            try:
                with smtplib.SMTP(host, int(port), local_hostname="mx.test", timeout=60) as line:
                    while True:
                        to, mail = self._left.get_nowait()
                        try:
                            line.sendmail("", [to], mail)
                            self.result.answered += 1
                        except (smtplib.SMTPException, OSError) as error:
                            self._left.put((to, mail))
                            self._note(error)
                            break
            except queue.Empty:
                return
            except (smtplib.SMTPException, OSError):
                time.sleep(0.1)

    def _note(self, error: Exception) -> None:
        if not isinstance(error, smtplib.SMTPServerDisconnected | OSError):
            self.result.problems.append(str(error)[:200])

    def _kill_it(self) -> None:
        os.kill(self._room.pid, signal.SIGKILL)
        self._room.wait()
        self.result.kills += 1
        self._room = self.house.start("inbound", "sendoff", "inbound")

    def _peak_mb(self) -> float:
        status = Path(f"/proc/{self._room.pid}/status").read_text()
        (kb,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return round(int(kb) / 1024, 1)

    def _count(self, where: str) -> int:
        return self._number(f"SELECT COUNT(*) FROM feedback_inboundmail {where}")

    def _number(self, query: str) -> int:
        database = sqlite3.connect(f"file:{self.house.data}/sendoff.sqlite3?mode=ro", uri=True)
        try:
            return int(database.execute(query).fetchone()[0])
        finally:
            database.close()


def port_of(house: Installation) -> int:
    """The port of all mail servers of this installation's pretend internet."""
    return int(house.facts["smtp_port"])


def main() -> int:
    """Run the drill and say its figures."""
    parser = argparse.ArgumentParser(prog="bin/drill inbound", description=__doc__)
    parser.add_argument("--mails", type=int, default=MANY)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Installation(Path(folder)) as house:
        result = Drill(house, given.mails).run()
    sys.stdout.write(json.dumps(asdict(result) | {"ok": result.ok}) + "\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
