"""A wrong setting stops the start with its name; the old and the short names of some both work."""

import os
import subprocess
import sys

READ = """
from sendoff.lib.config import config
c = config()
print(c.smtp_port, c.workers, len(c.key_ring))
"""


def read(**env: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, as every part of Sendoff does."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SENDOFF_", "SMTP_"))}
    env = {**clean, "SENDOFF_ENV_FILE": os.devnull, "PYTHONPATH": os.pathsep.join(sys.path), **env}
    return subprocess.run([sys.executable, "-c", READ], env=env, capture_output=True, text=True)


def test_without_any_setting_the_defaults_hold():
    assert read().stdout.split() == ["25", "2", "0"]


def test_the_port_is_read_from_either_name():
    assert read(SMTP_PORT="2525").stdout.split()[0] == "2525"
    assert read(SENDOFF_SMTP_PORT="2626").stdout.split()[0] == "2626"


def test_everything_wrong_is_named_at_once():
    said = read(SENDOFF_WORKERS="0", SENDOFF_KEYS="tooshort").stderr
    assert "ConfigError" in said
    assert "workers" in said
    assert "keys" in said


def test_a_key_that_is_no_base64_is_a_sentence_and_not_a_crash():
    said = read(SENDOFF_KEYS="!!!").stderr
    assert "ConfigError" in said
    assert "keys" in said
