"""What a driver does with a letter it was told will follow, and what if another one does."""

import pytest
from msgspec.structs import replace

from sendoff.drivers import registry
from sendoff.drivers.contract import Connection, Driver, Letter, NoConnection
from sendoff.drivers.tests.pretend import Server, Way, serving
from sendoff.mail.stages import Kind

ANA = Letter(sender="news@shop.test", recipient="ana@inbox.test", data=b"Subject: 1\r\n\r\nHi\r\n")
BEN = replace(ANA, recipient="ben@inbox.test")
CY = replace(ANA, recipient="cy@inbox.test")


class LeaseOver(Exception):
    """What a caller raises to keep a dot back."""


@pytest.fixture(params=list(registry.DRIVERS))
def way(request: pytest.FixtureRequest) -> Way:
    return Way(name=request.param)


async def opened(driver: Driver) -> Connection:
    connection = await driver.connect(Way.target())
    assert not isinstance(connection, NoConnection), connection
    return connection


async def test_letters_follow_each_other_on_one_line_and_each_is_told_of_its_own_dot(way: Way):
    server, dots = Server(), []
    async with serving(server):
        driver = way.driver(server.port)
        connection = await opened(driver)
        for letter, following in ((ANA, BEN), (BEN, CY), (CY, None)):
            outcome = await driver.send(
                connection, letter, lambda: dots.append(len(server.letters)), following
            )
            assert outcome.kind is Kind.ACCEPTED
            assert [step.stage for step in outcome.steps] == ["mail", "rcpt", "data", "data"]
        await connection.close()
    assert dots == [0, 1, 2]
    assert [c for c in server.commands if c.startswith("RCPT")] == [
        "RCPT TO:<ana@inbox.test>", "RCPT TO:<ben@inbox.test>", "RCPT TO:<cy@inbox.test>",
    ]  # fmt: skip
    assert "QUIT" in server.commands


async def test_the_content_of_what_was_only_announced_stays_with_us(way: Way):
    server = Server()
    async with serving(server):
        driver = way.driver(server.port)
        connection = await opened(driver)
        await driver.send(connection, ANA, lambda: None, BEN)
        await connection.close()
    assert len(server.letters) == 1
    assert "QUIT" not in server.commands, "it would be taken for content"


async def test_another_letter_than_the_announced_one_goes_elsewhere(way: Way):
    server, dots = Server(), []
    async with serving(server):
        driver = way.driver(server.port)
        connection = await opened(driver)
        await driver.send(connection, ANA, lambda: None, BEN)
        outcome = await driver.send(connection, CY, lambda: dots.append(1))
        assert (outcome.kind, outcome.retry_after_s) == (Kind.DEFERRED, 0)
        assert not connection.usable
        await connection.close()
    assert (len(server.letters), dots) == (1, [])


async def test_an_announced_letter_whose_dot_is_kept_back_is_not_sent(way: Way):
    def fail() -> None:
        raise LeaseOver

    server = Server()
    async with serving(server):
        driver = way.driver(server.port)
        connection = await opened(driver)
        await driver.send(connection, ANA, lambda: None, BEN)
        with pytest.raises(LeaseOver):
            await driver.send(connection, BEN, fail)
        assert not connection.usable
        await connection.close()
    assert len(server.letters) == 1
