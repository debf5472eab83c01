"""Mail that came back: `read(raw)` says what it is. No database, no Django, no I/O."""

from sendoff.mail.returned.mime import MAX_BYTES
from sendoff.mail.returned.reading import read
from sendoff.mail.returned.values import Kind, Original, Report, Reported, Returned

__all__ = ["MAX_BYTES", "Kind", "Original", "Report", "Reported", "Returned", "read"]
