"""A real Postfix of our own in a folder that is thrown away: as a relay, or as a receiver.

Never the machine's: its queue, settings and log are in the folder. Only root may start one.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from recipients.certificates import Authority

HOST = "mx.postfix.test"
_SERVICES = """
{place} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 5 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_SETTINGS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = {host}
mydestination =
alias_maps =
inet_protocols = ipv4
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder}/host.pem
smtpd_tls_loglevel = 1
smtpd_client_connection_count_limit = 0
disable_dns_lookups = yes
"""


def why_not() -> str:
    """Why none can run here; "" where it can."""
    if os.geteuid() != 0:
        return "only root may start Postfix"
    return "" if shutil.which("postfix") else "there is no Postfix: install `postfix`"


class Postfix:
    """Use it in a `with`. `more` are further lines of main.cf; {folder} in them is its folder.

    `authority` is the folder of the CA that vouches for HOST.
    """

    def __init__(self, address: str, port: int, authority: Path, more: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sendoff-postfix-"))
        self.folder.chmod(0o755)  # its own users must get in
        for name in ("queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        Authority(authority).server_context(HOST)
        shutil.copy(authority / "tls" / f"{HOST}.pem", self.folder / "host.pem")
        facts = {"folder": self.folder, "host": HOST}
        settings = _SETTINGS.format(**facts) + more.format(**facts)
        (self.folder / "main.cf").write_text(settings)
        (self.folder / "master.cf").write_text(_SERVICES.format(place=f"{address}:{port}"))

    def __enter__(self) -> "Postfix":
        self.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.command("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> str:
        """What it wrote so far."""
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""

    def start(self) -> None:
        """Start it; it runs on its own from then."""
        done = self.command("start")
        assert done.returncode == 0, done.stderr + self.log

    def command(self, word: str) -> "subprocess.CompletedProcess[str]":
        """`postfix start` and the like."""
        return subprocess.run(
            ["postfix", "-c", str(self.folder), word], capture_output=True, text=True
        )
