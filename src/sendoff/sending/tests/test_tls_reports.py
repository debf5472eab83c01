"""TLS reports are due once a day, at an hour of the submitter's own."""

from datetime import UTC, date, datetime

import pytest

from sendoff.sending import tls_reports


@pytest.mark.parametrize("submitter", ["shop.test", "inbox.test", "a.example", "b.example"])
def test_a_day_is_due_within_four_hours_after_its_end_and_not_before(submitter: str) -> None:
    before = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    after = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    assert tls_reports.last_day(before, submitter) == date(2026, 11, 20)
    assert tls_reports.last_day(after, submitter) == date(2026, 11, 21)


def test_not_everybody_reports_at_the_same_time() -> None:
    hours = [datetime(2026, 11, 22, 0, minute, tzinfo=UTC) for minute in (1, 59)]
    names = [f"{n}.example" for n in range(50)]
    due = {tls_reports.last_day(hour, name) for hour in hours for name in names}
    assert due == {date(2026, 11, 20), date(2026, 11, 21)}
