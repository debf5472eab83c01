"""Real mail servers that keep what they accept in Maildirs: Postfix, Exim and OpenSMTPD.

Each lives in a folder of its own that is thrown away, and knows only the people it is told of.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from drills import packages
from journeys import postfix
from recipients.certificates import Authority

LARGEST = 50_000  # bytes of a message that each takes
_KEEPER = "nobody"  # the mailboxes belong to it
_OUTSIDE = """
ldconfig -X -C {folder}/ld.so.cache -f {folder}/ld.so.conf
mount --bind {folder}/ld.so.cache /etc/ld.so.cache
mount --bind {folder}/passwd /etc/passwd
mount --bind {folder}/group /etc/group
"""


class Receiver:
    """A mail server at `address`, for one domain. Use it in a `with`, after `prepare`."""

    name = ""
    received_tls = rb""  # how its Received header tells the version, in group 1
    speaks_tls = True

    def __init__(self, address: str, unpacked: Path) -> None:
        self.address, self.packages = address, unpacked
        self.domain = f"{self.name.lower()}.test"
        self.host = f"mx.{self.domain}"
        self.folder = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def why_not(self) -> str:
        """Why it can not run here; "" where it can. Fetches what is not there."""
        raise NotImplementedError

    def prepare(self, port: int, authority: Path, known: list[str]) -> None:
        """Write its settings. `authority` is the folder of the CA, `known` are local parts."""
        self.folder = Path(tempfile.mkdtemp(prefix=f"sendoff-{self.name.lower()}-"))
        self.folder.chmod(0o755)  # its own users must get in
        Authority(authority).server_context(self.host)
        shutil.copy(authority / "tls" / f"{self.host}.pem", self.folder / "host.pem")
        self._mailboxes()
        self._settings(port, known)

    def __enter__(self) -> "Receiver":
        log = (self.folder / "out").open("wb")
        self._process = subprocess.Popen(
            self._words(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        return self

    def __exit__(self, *why: object) -> None:
        if self._process:
            self._process.kill()  # the end of `unshare` ends all that is inside
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> str:
        """What it wrote so far."""
        files = [self.folder / "out", *self.folder.glob("log*")]
        return "".join(file.read_text() for file in files if file.is_file())

    def stored(self) -> Iterator[tuple[str, bytes]]:
        """Every message it keeps, with the local part it is kept for."""
        for file in (self.folder / "mail").glob("*/new/*"):
            yield file.parent.parent.name, file.read_bytes()

    def _mailboxes(self) -> None:
        (self.folder / "mail").mkdir()
        shutil.chown(self.folder / "mail", _KEEPER)

    def _settings(self, port: int, known: list[str]) -> None:
        raise NotImplementedError

    def _words(self) -> list[str]:
        raise NotImplementedError

    def _facts(self, port: int) -> dict[str, object]:
        return {
            "folder": self.folder, "host": self.host, "domain": self.domain, "port": port,
            "address": self.address, "largest": LARGEST, "packages": self.packages,
        }  # fmt: skip


class Postfix(Receiver):
    """The machine's program with settings of its own."""

    name = "Postfix"
    received_tls = rb"using TLSv([0-9.]+) with cipher"
    _MORE = f"""
virtual_mailbox_domains = postfix.test
virtual_mailbox_base = {{folder}}/mail
virtual_mailbox_maps = texthash:{{folder}}/people
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
message_size_limit = {LARGEST}
smtpd_tls_received_header = yes
"""

    def why_not(self) -> str:
        return postfix.why_not()

    def prepare(self, port: int, authority: Path, known: list[str]) -> None:
        self._server = postfix.Postfix(self.address, port, authority, self._MORE)
        self.folder = self._server.folder
        self._mailboxes()
        people = "".join(f"{each}@{self.domain} {each}/\n" for each in known)
        (self.folder / "people").write_text(people)

    def __enter__(self) -> "Receiver":
        self._server.start()
        return self

    def __exit__(self, *why: object) -> None:
        self._server.__exit__(*why)


class Unpacked(Receiver):
    """A package that is not installed; it sees users of its own in a private mount namespace."""

    program = ""
    wanted: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    conf = ""
    view = ""  # what it sees besides its users, then how it starts

    def why_not(self) -> str:
        if os.geteuid() != 0:
            return "only root may start it"
        if subprocess.run(["unshare", "-mpf", "true"], capture_output=True).returncode:
            return "this machine allows no mount namespaces"
        return packages.unpacked(self.packages, self.program, self.wanted)

    def _settings(self, port: int, known: list[str]) -> None:
        users, groups = Path("/etc/passwd").read_text(), Path("/etc/group").read_text()
        for number, name in enumerate(self.users, 64801):
            users += f"{name}:x:{number}:{number}::/var/lib/opensmtpd/empty:/usr/sbin/nologin\n"
            groups += f"{name}:x:{number}:\n"
        (self.folder / "ld.so.conf").write_text(f"{packages.libraries(self.packages)}\n")
        (self.folder / "passwd").write_text(users)
        (self.folder / "group").write_text(groups)
        (self.folder / "conf").write_text(self.conf.format(**self._facts(port)))

    def _words(self) -> list[str]:
        view = (_OUTSIDE + self.view).format(folder=self.folder, packages=self.packages)
        return ["unshare", "-mpf", "--kill-child", "sh", "-ec", view]


class Exim(Unpacked):
    """Debian's light daemon, with its own wording for people it does not know."""

    name = "Exim"
    received_tls = rb"\(TLS([0-9.]+)\)"
    program = "usr/sbin/exim4"
    wanted = ("exim4-daemon-light", "libidn12")
    users = ("Debian-exim",)
    view = "{packages}/usr/sbin/exim4 -C {folder}/conf -bdf -q1m & wait\n"
    conf = """
exim_path = {packages}/usr/sbin/exim4
keep_environment =
spool_directory = {folder}/spool
log_file_path = {folder}/log-%s
pid_file_path = {folder}/pid
exim_user = nobody
exim_group = nogroup
primary_hostname = {host}
local_interfaces = {address}
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {folder}/host.pem
message_size_limit = {largest}
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny message = relay not permitted
       !domains = {domain}
  require verify = recipient
  accept
begin routers
mailbox:
  driver = accept
  domains = {domain}
  local_parts = lsearch;{folder}/people
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {folder}/mail/$local_part_data
  user = nobody
  group = nogroup
"""

    def prepare(self, port: int, authority: Path, known: list[str]) -> None:
        super().prepare(port, authority, known)
        (self.folder / "spool").mkdir()
        for file in (self.folder, self.folder / "spool", self.folder / "host.pem"):
            shutil.chown(file, _KEEPER, "nogroup")
        (self.folder / "people").write_text("".join(f"{each}: {each}\n" for each in known))


class OpenSMTPD(Unpacked):
    """Debian's; its helpers must be where they are built to be, so they are mounted there.

    Debian 12's offers STARTTLS and then fails in every handshake, as 6.8 does with OpenSSL 3
    (github.com/OpenSMTPD/OpenSMTPD/issues/1171): mail must come to it in plain text.
    """

    name = "OpenSMTPD"
    received_tls = rb"\(TLSv([0-9.]+):"
    speaks_tls = False
    program = "usr/sbin/smtpd"
    wanted = ("opensmtpd",)
    users = ("opensmtpd", "opensmtpq")
    conf = """
pki {host} cert "{folder}/host.pem"
pki {host} key "{folder}/host.pem"
table people file:{folder}/people
smtp max-message-size {largest}
listen on {address} port {port} tls pki {host} hostname {host}
action "keep" maildir "{folder}/mail/%{{rcpt.user}}" virtual <people>
match from any for domain "{domain}" action "keep"
"""
    view = """
mount -t tmpfs tmpfs /usr/libexec
mkdir /usr/libexec/opensmtpd
mount --bind {packages}/usr/libexec/opensmtpd /usr/libexec/opensmtpd
mount -t tmpfs tmpfs /var/spool
mount -t tmpfs tmpfs /run
mkdir -p {folder}/lib/opensmtpd/empty
mount --bind {folder}/lib /var/lib
{packages}/usr/sbin/smtpd -d -f {folder}/conf & wait
"""

    def prepare(self, port: int, authority: Path, known: list[str]) -> None:
        super().prepare(port, authority, known)
        people = "".join(f"{each}@{self.domain} {_KEEPER}\n" for each in known)
        (self.folder / "people").write_text(people)


ALL: tuple[type[Receiver], ...] = (Postfix, Exim, OpenSMTPD)
