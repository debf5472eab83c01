"""What the test of a real server serves: the hot path before a database of its own, and no more.

Granian loads it in a process of its own. The folder of the database is in TRACKING_TEST_FOLDER.
"""

import os
from pathlib import Path

import django
from django.conf import settings

FOLDER = Path(os.environ["TRACKING_TEST_FOLDER"])
KEY = bytes(range(32))

settings.configure(
    INSTALLED_APPS=["sendoff.tracking"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FOLDER / "tracking.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 1,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    },
    USE_TZ=True,
)
django.setup()

from sendoff.tracking import store  # noqa: E402 - needs Django set up
from sendoff.tracking.app import HotApp  # noqa: E402
from sendoff.tracking.hits import Hit  # noqa: E402
from sendoff.tracking.optout import OptOut  # noqa: E402
from sendoff.tracking.recorder import Recorder  # noqa: E402


def opt_out(hit: Hit) -> OptOut:
    with store.reachable():
        store.write([hit])
    return OptOut.UNSUBSCRIBED


recorder = Recorder(store.write)
app = HotApp(
    key=KEY,
    targets_of=lambda _: ("https://shop.test/", "https://shop.test/two"),
    record=recorder.add,
    unsubscribe=opt_out,
)
