"""A real Dovecot of our own in a folder that is thrown away: one mailbox, by IMAP and POP3.

Never the machine's: its settings, mails and log are in the folder. Only root may start one.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from recipients.certificates import Authority
from sendoff.cli.bench_lab import free_port
from sendoff.lib import clock

HOST = "localhost"
_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/host.pem
ssl_key = <{folder}/host.pem
auth_mechanisms = plain
mail_location = maildir:{folder}/mail
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/home
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = 0
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""


def why_not() -> str:
    """Why none can run here; "" where it can."""
    if os.geteuid() != 0:
        return "only root may start Dovecot"
    place = Path("/usr/lib/dovecot")
    there = (place / "imap").exists() and (place / "pop3").exists()
    return "" if there else "there is no Dovecot: install `dovecot-imapd dovecot-pop3d`"


class Dovecot:
    """Use it in a `with`. `box` is Ana's mailbox."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sendoff-dovecot-"))
        self.folder.chmod(0o755)
        self.imaps, self.pop3s, self.password = free_port(), free_port(), "horse/battery@staple"
        (self.folder / "ca").mkdir()
        self.authority = Authority(self.folder / "ca")
        self.authority.server_context(HOST)
        shutil.copy(self.folder / "ca" / "tls" / f"{HOST}.pem", self.folder / "host.pem")
        self.box = self.folder / "mail"
        for name in ("new", "cur", "tmp"):
            (self.box / name).mkdir(parents=True)
        (self.folder / "home").mkdir()
        for path in (self.box, *self.box.iterdir(), self.folder / "home"):
            shutil.chown(path, "nobody", "nogroup")
        (self.folder / "conf").write_text(
            _SETTINGS.format(
                folder=self.folder, password=self.password, imaps=self.imaps, pop3s=self.pop3s
            )
        )

    def __enter__(self) -> "Dovecot":
        said = self.folder / "said"
        with said.open("wb") as out:  # a file: it stays open as long as the server runs
            done = subprocess.run(["dovecot", "-c", str(self.folder / "conf")], stderr=out)
        assert done.returncode == 0, said.read_text()
        return self

    def __exit__(self, *why: object) -> None:
        subprocess.run(["doveadm", "-c", str(self.folder / "conf"), "stop"], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def put(self, content: bytes, name: str) -> None:
        """A mail comes into the mailbox."""
        file = self.box / "new" / f"{clock.now_ms() // 1000}.{name}.test"
        file.write_bytes(content)
        shutil.chown(file, "nobody", "nogroup")

    def mails(self) -> list[bytes]:
        """What is in the mailbox now."""
        return [
            file.read_bytes() for place in ("new", "cur") for file in (self.box / place).iterdir()
        ]
