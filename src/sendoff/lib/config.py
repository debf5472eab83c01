"""Settings from the environment and `.env`, read once; a wrong value stops the start by name."""

import base64
import os
import socket
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sendoff.lib.errors import PlainError

_QUEUES = ("", "redis", "rediss", "beanstalk")


class ConfigError(PlainError):
    """The environment can not be used; the message names each variable and the mend."""


def _either(name: str) -> Any:
    return AliasChoices(f"SENDOFF_{name}", name)


class Config(BaseSettings):
    """Every setting of Sendoff. `.env.example` shows them all."""

    model_config = SettingsConfigDict(env_prefix="SENDOFF_", env_file=".env", extra="ignore")

    data: Path = Field(Path("var"), description="Folder for the database, journals and uploads.")
    database_url: str = Field(
        "",
        validation_alias=_either("DATABASE_URL"),
        description="postgres://user:password@host:port/name. Empty: SQLite in the data folder.",
    )
    queue_url: str = Field(
        "",
        validation_alias=_either("QUEUE_URL"),
        description="redis://host:port/0 or beanstalk://host:port. Empty: the database.",
    )
    host_name: str = Field(
        "", description="What this host is called among those that send. Empty: the machine's name."
    )
    host_lost_after_s: int = Field(
        600, ge=10, description="Seconds without a sign until another host is given up."
    )
    stalled_after_s: int = Field(
        1800, ge=1, description="Seconds without progress until a worker is ended."
    )
    keys: str = Field(
        "", description="Key ring: base64 keys of 32 bytes, comma separated, newest first."
    )
    base_url: str = Field("http://127.0.0.1:8000", description="How recipients reach this server.")
    listen: str = Field("127.0.0.1:8000", description="Address and port of the web server.")
    hosts: str = Field("127.0.0.1,localhost", description="Host names the pages answer to.")
    debug: bool = Field(False, description="Show error pages with details. Never in production.")
    workers: int = Field(2, ge=1, le=64, description="Worker processes of `sendoff run`.")
    worker_connections: int = Field(
        20, ge=1, le=500, description="Connections one worker keeps open."
    )
    worker_per_minute: int = Field(
        0, ge=0, description="Messages one worker sends a minute at most. 0: as the lanes allow."
    )
    signing_trial: bool = Field(
        True, description="Measure once a day how OpenSSL signs fastest on this processor."
    )
    dkim_seen_for_s: int = Field(
        3600,
        ge=0,
        description="Seconds for which DNS must have shown a new DKIM key before it signs.",
    )
    dkim_rotate_days: int = Field(
        180, ge=0, description="Days after which a new DKIM key is planned. 0: only by hand."
    )
    launch_proof_s: float = Field(
        5,
        ge=0,
        le=60,
        description="Seconds Send waits for DNS to prove the sending domain. 0: it asks nothing.",
    )
    resolver: str = Field("", description="DNS server as address:port. Empty: the system's.")
    smtp_port: int = Field(
        25, validation_alias=_either("SMTP_PORT"), description="Port of mail servers."
    )
    tls_roots: Path | None = Field(
        None, validation_alias=_either("TLS_ROOTS"), description="PEM file of trusted roots."
    )
    mta_sts_port: int = Field(
        443,
        ge=0,
        le=65535,
        description="Port of MTA-STS policies; another is for tests, 0: never ask for them.",
    )
    tls_reports: bool = Field(
        True, description="Send daily TLS reports (RFC 8460) to domains that ask for them."
    )
    allow_private_targets: bool = Field(
        False,
        validation_alias=_either("ALLOW_PRIVATE_TARGETS"),
        description="Let mail servers have loopback and private addresses: demo and tests only.",
    )
    metrics_token: str = Field(
        "", description="Bearer token that opens /metrics. Empty: to this machine alone."
    )
    attempt_days: int = Field(
        90,
        ge=0,
        description="Days after which the tries of ended campaigns become counts. 0: never.",
    )
    inbound_listen: str = Field(
        "", description="Where mail for us is taken, as 0.0.0.0:25. Empty: no mail server."
    )
    inbound_name: str = Field(
        "", description="The name the mail server greets with. Empty: the machine's name."
    )
    inbound_certificate: Path | None = Field(
        None, description="PEM file with certificate and key, for STARTTLS. Empty: no TLS."
    )
    inbound_max_mb: int = Field(
        10, ge=1, le=100, description="Largest mail that is taken, in megabytes."
    )
    inbound_connections: int = Field(
        100, ge=1, le=2000, description="Connections to the mail server at once."
    )
    inbound_peer_connections: int = Field(
        20, ge=1, description="Connections at once from one address."
    )
    inbound_peer_per_minute: int = Field(
        1200, ge=1, description="Mails a minute from one address; more are asked to come later."
    )
    inbound_days: int = Field(
        30, ge=0, description="Days for which mail that came back is kept whole. 0: for ever."
    )
    mailbox_url: str = Field(
        "",
        description="Mailbox that is fetched where no mail server can listen:"
        " imaps://user:password@host/INBOX or pop3s://user:password@host.",
    )
    mailbox_every_s: int = Field(60, ge=1, description="Seconds between looks into the mailbox.")
    trap_links: bool = Field(
        False,
        description="Put a link that people do not see into messages whose clicks are counted: who"
        " follows it is a machine. Some filters dislike hidden links.",
    )
    soft_bounces: int = Field(
        5, ge=1, description="Soft bounces in a row, of different campaigns, that end an address."
    )
    domain_check_hours: int = Field(
        6,
        ge=0,
        description="Hours between looks at the DNS of a domain that is ready; one that is not is"
        " looked at every five minutes. 0: only by hand.",
    )
    blocklists: str = Field(
        "known",
        description="Blocklists that are asked every hour about our addresses and domains: known,"
        " ids of `sendoff blocklists --zones` (-id leaves one out), and zones of your own as"
        " bl.example:ip, bl.example:ip:slow or bl.example:domain. Empty: none.",
    )
    blocklist_resolver: str = Field(
        "",
        description="DNS server for blocklists, as address:port; most refuse public resolvers."
        " Empty: as SENDOFF_RESOLVER.",
    )
    log_level: str = Field("info", description="debug, info, warning or error.")

    @field_validator("queue_url")
    @classmethod
    def _queue_is_known(cls, value: str) -> str:
        try:
            known = urlsplit(value).scheme in _QUEUES and urlsplit(value).port != 0
        except ValueError:
            known = False
        if not known:
            raise ValueError(
                "write redis://host:port/0 or beanstalk://host:port, or leave it empty"
            )
        return value

    @field_validator("keys")
    @classmethod
    def _keys_are_base64(cls, value: str) -> str:
        for key in filter(None, value.split(",")):
            if len(base64.b64decode(key, validate=True)) != 32:
                raise ValueError("each key must be 32 bytes in base64; `sendoff setup` makes one")
        return value

    @property
    def host(self) -> str:
        """What this host is called among those that send; its journals are known by it."""
        return self.host_name or socket.gethostname()

    @property
    def key_ring(self) -> list[bytes]:
        """The keys that open secrets, the first of which seals new ones."""
        return [base64.b64decode(key) for key in filter(None, self.keys.split(","))]

    @property
    def token_key(self) -> bytes:
        """Signs links and return paths. From the oldest key, so that a new key breaks no link."""
        return self._derived("tokens")

    def secret(self, purpose: str) -> str:
        """A text secret for one purpose, as for Django's sessions."""
        return self._derived(purpose).hex()

    def _derived(self, purpose: str) -> bytes:
        ring = self.key_ring
        if not ring:
            raise ConfigError(
                "SENDOFF_KEYS is empty; run `sendoff setup`, which writes it to .env."
            )
        return blake2b(purpose.encode(), key=ring[-1], digest_size=32).digest()


@lru_cache(maxsize=1)
def config() -> Config:
    """The settings of this process. ConfigError lists everything that is wrong at once."""
    env_file = os.environ.get("SENDOFF_ENV_FILE", ".env")
    try:
        return Config(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings takes it
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ConfigError("Settings from the environment: " + "; ".join(lines)) from None
