"""Where mail goes and when it would be done, by what is known. Pure."""

from sendoff.outbox import public as outbox
from sendoff.proving import preflight_audience, preflight_finish

COUNTS = {"big.test": 50, "small.test": 3, "gone.test": 2, "late.test": 5}
WAYS = {
    "big.test": outbox.KnownWay(provider="google"),
    "small.test": outbox.KnownWay(provider="google"),
    "gone.test": outbox.KnownWay(provider="gone.test", ends="The domain gone.test does not exist."),
}


def test_each_message_goes_to_a_provider_ends_at_dns_or_is_not_known():
    found = preflight_audience.counted(COUNTS, WAYS)
    assert found.providers == {"google": 53, preflight_audience.OTHERS: 5}
    assert found.somewhere["google"] == "big.test"
    assert (found.no_route, [each.domain for each in found.endings]) == (2, ["gone.test"])
    assert (found.not_asked, found.not_asked_messages) == (1, 5)
    assert sum(found.providers.values()) + found.no_route == found.messages == 60


def limit(name: str, **what: float) -> outbox.Limit:
    return outbox.Limit(name=name, rule="", **what)


def test_the_slowest_limit_says_when_it_is_done():
    loads = {limit("lane", per_minute=60.0): 120, limit("server", per_minute=600.0): 120}
    assert preflight_finish.takes_ms(loads) == 120_000


def test_a_quota_of_a_day_lets_the_rest_go_on_the_next_days():
    day = 86_400
    loads = {limit("quota", most=1000, window_s=day): 2500}
    assert preflight_finish.takes_ms(loads) == 2 * day * 1000
    assert preflight_finish.takes_ms({limit("quota", most=1000, window_s=day): 1000}) == 0


def test_nothing_is_promised_where_nothing_limits():
    assert preflight_finish.takes_ms({}) is None
