"""The WSGI door: `/t/` goes to tracking, which Django never sees; everything else to Django."""

import os
from collections.abc import Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sendoff.web.settings")

from django.core.wsgi import get_wsgi_application

_pages = get_wsgi_application()

from sendoff.tracking import public as tracking  # noqa: E402 - rooms need Django set up

_hits = tracking.hot_app()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Serve one request."""
    if environ["PATH_INFO"].startswith("/t/"):
        return _hits(environ, start_response)
    return _pages(environ, start_response)
