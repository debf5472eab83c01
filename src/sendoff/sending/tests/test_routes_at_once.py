"""Many domains are asked for within a time, a hundred at once, and what is late is left out."""

import asyncio
import time

from sendoff.sending import routes
from sendoff.smtp.route import Routing


class Slow:
    """Answers after a while, and counts how many ask at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.now = self.most = 0

    async def resolve(self, domain, known=None):
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self.now -= 1
        return Routing(domain=domain, provider="there.test")


async def test_all_are_found_a_hundred_at_a_time():
    resolver = Slow(0.01)
    found = await routes.ask_all(resolver, [f"d{n}.test" for n in range(1000)], {}, 20)
    assert len(found) == len({each.domain for each in found}) == 1000
    assert resolver.most == routes.AT_ONCE


async def test_a_hundred_thousand_domains_take_no_longer_than_they_may():
    resolver = Slow(0.05)
    began = time.monotonic()
    found = await routes.ask_all(resolver, (f"d{n}.test" for n in range(100_000)), {}, 0.5)
    assert time.monotonic() - began < 5
    assert 100 <= len(found) < 100_000
    assert resolver.now == 0  # nobody goes on asking


async def test_a_long_list_does_not_flood_the_resolver():
    resolver = Slow(0.01)
    questions = routes.Questions(resolver)
    found = await questions.answers([f"d{n}.test" for n in range(1000)], {}, 20)
    assert len(found) == len({each.domain for each in found}) == 1000
    assert resolver.most == routes.AT_ONCE


async def test_who_is_slow_is_asked_once_and_told_of_later():
    questions = routes.Questions(Slow(0.3))
    assert await questions.answers(["a.test", "b.test"], {}, 0.01) == []
    assert questions.new(["c.test", "b.test", "a.test"]) == ["c.test"]
    later = await questions.answers(["c.test"], {}, 20)
    assert {each.domain for each in later} == {"a.test", "b.test", "c.test"}
    assert questions.new(["a.test"]) == ["a.test"]
    assert await questions.answers([], {}, 20) == []
