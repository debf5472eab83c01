"""Read and write the moments of reports. A moment without a zone is UTC; it never raises."""

from datetime import UTC, datetime


def read(text: str) -> datetime | None:
    """A moment as RFC 3339 writes it; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def write(moment: datetime | None) -> str | None:
    """A moment in UTC to the second, as JSON shows it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
