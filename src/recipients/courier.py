"""Carry a provider's own mails (bounces, reports of spam) to the mail server of an address.

By its MX in the zone, over SMTP without TLS, from a thread of its own. It tries for a minute and
then gives up: it keeps no queue.
"""

import smtplib
import threading
from concurrent.futures import ThreadPoolExecutor

from recipients.zone import Zone

WAITS_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 20.0)


class Courier:
    """Carries mail away. `port` is that of every mail server of the pretend internet."""

    def __init__(self, zone: Zone, port: int = 0) -> None:
        self.port = port
        self._zone = zone
        self._threads = ThreadPoolExecutor(2, "courier")
        self._stopping = threading.Event()

    def post(self, helo: str, recipient: str, content: bytes, after_s: float = 0.0) -> None:
        """Bring a mail from the null sender to somebody, soon."""
        self._threads.submit(self._carry, helo, recipient, content, after_s)

    def stop(self) -> None:
        """Carry no more."""
        self._stopping.set()
        self._threads.shutdown(cancel_futures=True)

    def _carry(self, helo: str, recipient: str, content: bytes, after_s: float) -> None:
        for wait in (after_s, *WAITS_S):
            if self._stopping.wait(wait) or self._brought(helo, recipient, content):
                return

    def _brought(self, helo: str, recipient: str, content: bytes) -> bool:
        """Whether it is done with: taken, or refused for good."""
        address = self._address_of(recipient.rpartition("@")[2])
        if not address:
            return False
        try:
            with smtplib.SMTP(address, self.port, local_hostname=helo, timeout=20) as line:
                line.sendmail("", [recipient], content)
        except smtplib.SMTPRecipientsRefused as refused:
            return all(code >= 500 for code, _ in refused.recipients.values())
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code >= 500
        except (OSError, smtplib.SMTPException):
            return False
        return True

    def _address_of(self, domain: str) -> str:
        """Where the best mail server of a domain is; "" where nobody says."""
        found = self._zone.look_up(domain, "MX").records
        best = min((record.value for record in found), key=_preference, default=f"0 {domain}.")
        hosts = self._zone.look_up(best.split()[-1].rstrip("."), "A").records
        return hosts[0].value if hosts else ""


def _preference(value: str) -> int:
    return int(value.split()[0])
