"""Read DATABASE_URL into Django's settings for one database. Opens no connection."""

from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from sendoff.lib.config import ConfigError

#: SQLite keeps every other writer out; a server must be told what Sendoff builds on.
#: A commit that was answered is on the disk, for a journal is removed on the strength of it; one
#: statement sees what was committed before it; nobody waits for a lock, or holds one, for ever.
#: Compiling a statement (jit) takes longer than any of ours runs.
_SESSION = {
    "synchronous_commit": "on",
    "default_transaction_isolation": r"read\ committed",
    "jit": "off",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    # A host whose network was cut keeps its connection, and with it the turn to plan, for so long.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
#: KiB of pages a connection keeps. SQLite drops them as soon as another process has written, which
#: others do all the time: a larger cache helps nobody, and fills slowly with what a plan touches.
_PAGES_KIB = 4_000
_LINK = {"connect_timeout": "5", "application_name": "sendoff", "tcp_user_timeout": "20000"}
_WEB_KEEPS_S = 60


def named(url: str, data: Path) -> dict[str, object]:
    """The database at `url`; empty: SQLite in the data folder. ConfigError says what to mend."""
    parts = urlsplit(url or f"sqlite:///{data / 'sendoff.sqlite3'}")
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path))
    if parts.scheme in ("postgres", "postgresql"):
        return _postgres(parts)
    raise ConfigError(
        f"DATABASE_URL: '{parts.scheme}' is not supported; write"
        " postgres://user:password@host:port/name, or leave it empty for SQLite."
    )


def _sqlite(path: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,  # seconds to wait for another writer
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            f" PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{_PAGES_KIB};",
        },
    }


def _postgres(parts: SplitResult) -> dict[str, object]:
    """Further words of the link (`?sslmode=require`, `?host=/run/postgresql`) are libpq's own."""
    try:
        port, asked = parts.port, dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ConfigError(
            "DATABASE_URL: its port or what follows '?' can not be read; write"
            " postgres://user:password@host:port/name?sslmode=require, special characters as %XX."
        ) from None
    name = unquote(parts.path.lstrip("/")) or asked.pop("dbname", "")
    if not name:
        raise ConfigError("DATABASE_URL: it names no database; write its name after the last '/'.")
    session = " ".join(f"-c {setting}={value}" for setting, value in _SESSION.items())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": _WEB_KEEPS_S,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**_LINK, **asked, "options": f"{session} {asked.get('options', '')}".strip()},
    }
