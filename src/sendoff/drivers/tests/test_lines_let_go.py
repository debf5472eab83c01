"""A connection that is closed is gone at once, with whoever sent on it: memory does not grow."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from sendoff.drivers import registry
from sendoff.drivers.contract import Connection, Letter, NoConnection
from sendoff.drivers.tests.pretend import CUT, Server, Way, serving

LETTER = Letter(sender="news@shop.test", recipient="ana@inbox.test", data=b"Subject: hi\r\n\r\n")


class Parcel:
    """Holds its connection and is told of its dots, as who carries mail does."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def before_dot(self) -> None:
        pass


@pytest.fixture(autouse=True)
def no_garbage_is_collected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(params=list(registry.DRIVERS))
def way(request: pytest.FixtureRequest) -> Way:
    return Way(name=request.param)


async def _gone(way: Way, server: Server) -> bool:
    async with serving(server):
        driver = way.driver(server.port)
        connection = await driver.connect(Way.target())
        assert not isinstance(connection, NoConnection)
        parcel = Parcel(connection)
        await driver.send(connection, LETTER, parcel.before_dot)
        await connection.close()
        known = weakref.ref(parcel)
        del parcel, connection
        return known() is None


@pytest.mark.parametrize(
    "says",
    [{}, {"RCPT": "550 5.1.1 nobody here"}, {"RCPT": CUT}, {".": CUT}],
    ids=["accepted", "refused", "cut at RCPT", "cut after the final dot"],
)
async def test_nothing_is_left_of_a_parcel_whose_line_is_closed(
    way: Way, says: dict[str, str]
) -> None:
    assert await _gone(way, Server(says=says))
