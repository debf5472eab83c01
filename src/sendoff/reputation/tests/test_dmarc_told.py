"""What reports say of mail in our name: whose it was, day by day, and what a policy would cost."""

import pytest

from sendoff.lib import clock
from sendoff.reputation import dmarc_told, drawing, policy_path, public, sources, taking
from sendoff.reputation.picture import Day, Picture, Sums
from sendoff.reputation.sources import Source
from sendoff.reputation.tests import samples

TODAY = clock.now_ms() // 1000 // 86_400 * 86_400
OURS, STRANGER, FRIEND = "192.0.2.10", "198.51.100.7", "203.0.113.5"


def bring(shop, *rows: str, days_ago: int = 1, number: str = "", domain: str = "shop.test"):
    begin = TODAY - days_ago * 86_400
    raw = samples.dmarc(rows, begin=begin, number=number or f"n{days_ago}", domain=domain)
    filed = taking.take_bytes(raw, shop.workspace, "page")
    assert filed.state == "counted", filed


@pytest.mark.parametrize(
    ("told", "source"),
    [
        ({"at_home": True}, Source.OURS),
        ({"at_home": True, "dkim": True, "spf": True, "our_key": True}, Source.OURS),
        ({"spf": True, "dkim": True, "our_key": True}, Source.OURS),
        ({"dkim": True, "our_key": True}, Source.FORWARDED),
        ({"dkim": True}, Source.FORWARDED),
        ({"spf": True}, Source.ALLOWED),
        ({"spf": True, "dkim": True}, Source.ALLOWED),
        ({"reason": "mailing_list"}, Source.FORWARDED),
        ({"reason": "local_policy"}, Source.UNKNOWN),
        ({}, Source.UNKNOWN),
    ],
)
def test_a_source_is_told_by_address_and_by_what_passed(told, source):
    how = {"at_home": False, "spf": False, "dkim": False, "our_key": False, "reason": ""} | told
    assert sources.of(how.pop("at_home"), **how) is source


def test_mail_in_our_name_is_told_apart_by_source_with_what_became_of_it(shop):
    bring(
        shop,
        samples.row(OURS, 90),
        samples.row(OURS, 2, spf="fail", dkim="fail", disposition="quarantine"),
        samples.row(FRIEND, 5, spf="fail"),
        samples.row(STRANGER, 40, spf="fail", dkim="fail", disposition="reject"),
    )
    picture = public.dmarc(shop.workspace, "shop.test")
    assert picture.by_source == {
        Source.OURS: Sums(messages=92, passed=90, quarantined=2),
        Source.FORWARDED: Sums(messages=5, passed=5),
        Source.UNKNOWN: Sums(messages=40, rejected=40),
    }
    assert [(each.ip, each.source, each.sums.messages) for each in picture.addresses] == [
        (OURS, Source.OURS, 92), (STRANGER, Source.UNKNOWN, 40), (FRIEND, Source.FORWARDED, 5),
    ]  # fmt: skip
    assert [(day.passed, day.failed) for day in picture.by_day] == [(95, 42)]
    assert picture.policy == "none"


def test_old_days_and_other_domains_stay_out(shop):
    bring(shop, samples.row(count=1), days_ago=40)
    bring(shop, samples.row(count=2), days_ago=3)
    assert public.dmarc(shop.workspace, "shop.test").all.messages == 2
    assert public.dmarc(shop.workspace, "shop.test", 90).all.messages == 3
    assert public.dmarc(shop.workspace, "stranger.test").all.messages == 0


def test_names_below_a_domain_belong_to_it_and_are_told_alone_too(shop):
    bring(shop, samples.row(header_from="news.shop.test", count=4), samples.row(count=1))
    assert public.dmarc(shop.workspace, "shop.test").all.messages == 5
    assert public.dmarc(shop.workspace, "news.shop.test").all.messages == 4


def test_a_workspace_sees_only_its_own(shop):
    bring(shop, samples.row())
    assert public.dmarc(shop.workspace + 1, "shop.test").all.messages == 0
    assert not public.arrivals(shop.workspace + 1)


def test_the_rows_behind_an_address_name_who_told_them(shop):
    bring(shop, samples.row(STRANGER, 3, spf="fail", dkim="fail"))
    (row,) = dmarc_told.rows_of(shop.workspace, "shop.test", STRANGER)
    assert (row.report.org, row.messages, row.header_from) == ("Google", 3, "shop.test")


def picture(policy: str, days: int, ours: tuple[int, int], unknown: int = 0) -> Picture:
    """So many days with reports; of our own messages so many in all, and so many passed."""
    by_source = {Source.OURS: Sums(messages=ours[0], passed=ours[1])}
    if unknown:
        by_source[Source.UNKNOWN] = Sums(messages=unknown)
    by_day = tuple(Day(day=n, passed=1, failed=0) for n in range(days))
    return Picture(domain="shop.test", days=30, policy=policy, by_source=by_source, by_day=by_day)


@pytest.mark.parametrize(
    ("seen", "advice", "rule"),
    [
        (picture("none", 0, (0, 0)), "wait", "no-reports"),
        (picture("none", 13, (9000, 9000)), "wait", "not-long-enough"),
        (picture("none", 14, (9000, 8900)), "quarantine", "to-quarantine"),
        (picture("", 20, (500, 500), unknown=9000), "quarantine", "to-quarantine"),
        (picture("none", 30, (9000, 8000)), "mend", "own-mail-fails"),
        (picture("quarantine", 28, (9000, 8990)), "reject", "to-reject"),
        (picture("quarantine", 20, (9000, 8990)), "wait", "not-long-enough"),
        (picture("quarantine", 20, (9000, 5000)), "mend", "own-mail-refused"),
        (picture("reject", 30, (9000, 8990)), "stay", "there"),
        (picture("reject", 30, (9000, 5000)), "mend", "own-mail-refused"),
        (picture("sp=odd", 30, (9000, 9000)), "quarantine", "to-quarantine"),
    ],
)
def test_the_policy_goes_a_step_further_only_where_own_mail_would_not_be_lost(seen, advice, rule):
    told = policy_path.advise(seen)
    assert (told.advice, told.rule) == (advice, rule)


def test_advice_says_by_numbers_what_a_policy_would_cost():
    told = policy_path.advise(picture("none", 20, (9000, 8990), unknown=300))
    assert told.would_lose == (
        "In 30 days a stricter policy would cost: 10 of your own messages, 0 that were passed on,"
        " and 300 from addresses we don't know."
    )
    assert (told.own_failed, told.unknown, told.own_percent) == (10, 300, 99.89)


def test_what_dns_says_now_goes_before_what_reports_found(shop):
    for day in range(1, 15):
        bring(shop, samples.row(count=50), days_ago=day)
    assert public.advice(shop.workspace, "shop.test").advice == "quarantine"
    assert public.advice(shop.workspace, "shop.test", "reject").advice == "stay"


def test_bars_stand_at_their_day_and_are_as_high_as_their_numbers():
    days = [Day(day=100, passed=3, failed=1), Day(day=103, passed=1, failed=1)]
    first, last = drawing.bars(days, 100, 4)
    assert (first.failed_height, first.passed_height, first.passed_y) == (25, 75, 0)
    assert (last.failed_height, last.passed_height) == (25, 25)
    assert 75 < last.x < 100 > last.x + last.width
    assert drawing.bars([], 100, 4) == []
