"""The settings tests run under: a key ring and a data folder of their own, no .env, no network."""

import atexit
import os
import shutil
import tempfile

_DATA = tempfile.mkdtemp(prefix="sendoff-tests-")
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)

# tests/test_postgresql.py runs tests on a server of its own.
_DATABASE = os.environ.get("SENDOFF_TEST_DATABASE", "")
for name in [name for name in os.environ if name.startswith("SENDOFF_")]:
    del os.environ[name]
os.environ.update(
    DATABASE_URL=_DATABASE,
    SENDOFF_ENV_FILE=os.devnull,
    SENDOFF_DATA=_DATA,
    SENDOFF_KEYS="dGVzdHMgb25seSwgbmV2ZXIgYSByZWFsIHNlY3JldCE=",
    SENDOFF_BLOCKLISTS="",
    SENDOFF_BASE_URL="http://127.0.0.1:8000",
    SENDOFF_HOSTS="127.0.0.1,localhost,testserver",
    SENDOFF_LAUNCH_PROOF_S="0",
)

from sendoff.web.settings import *  # noqa: E402, F403 - after the environment is set

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
