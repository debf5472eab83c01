"""A relay of a pool begins to refuse everything in the middle of a send; the other one takes it."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from journeys.installation import Installation, crowd
from sendoff.drivers.tests.pretend import Server, serving

PEOPLE = 2_000
CLOSING = "421 4.3.2 Service shutting down"
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.I | re.M)


class Relay:
    """A relay in a thread of its own; it takes all it is offered until it is told to refuse."""

    def __init__(self) -> None:
        self.server = Server(offers=("PIPELINING", "8BITMIME"))

    @contextmanager
    def running(self) -> Iterator["Relay"]:
        up, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()

        async def serve() -> None:
            async with serving(self.server):
                up.set()
                await stop.wait()

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
        thread.start()
        up.wait(10)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(10)
            loop.close()

    def refuse_all(self) -> None:
        self.server.says = {"greeting": CLOSING + "(cut)", "MAIL": CLOSING + "(cut)"}

    def copies(self) -> Counter[bytes]:
        found = (_MESSAGE_ID.search(letter) for letter in list(self.server.letters))
        return Counter(each[1] for each in found if each)


def add_relay(house: Installation, name: str, relay: Relay) -> None:
    place = ("--host", f"127.0.0.1:{relay.server.port}", "--tls", "none")
    house.sendoff("server", "add", name, "--driver", "smtp", *place, "--helo", "mail.shop.test")
    house.sendoff("server", "pool", "news", "--put", name)


def test_what_a_relay_that_falls_sick_can_not_take_goes_by_the_other(house):
    house.prepare()
    house.people(crowd(PEOPLE))
    first, second = Relay(), Relay()
    with first.running(), second.running():
        add_relay(house, "first", first)
        add_relay(house, "second", second)
        campaign = house.draft("--through", "news", "--retry-after", "2")
        house.clerk()
        house.sender()
        house.send(campaign)
        house.until(lambda: len(second.server.letters) > 100, 60, "both relays are in use")
        second.refuse_all()
        before = len(second.server.letters)
        books = house.done(campaign, within_s=180)

        assert books["accepted"] == books["audience"] == PEOPLE
        copies = first.copies() + second.copies()
        assert set(copies.values()) == {1}, "somebody got it twice"
        assert len(copies) == PEOPLE
        assert len(second.server.letters) - before <= 20  # what was on its way
        assert len(first.server.letters) > PEOPLE / 2
        servers = {each["name"]: each for each in house.sendoff("server", "list")["servers"]}
        assert servers["second"]["health"] == "sick"
        assert servers["first"]["health"] == "well"
        assert house.rows(campaign, state="refused") == []
