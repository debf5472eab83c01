"""A hot path with nothing behind it but lists, and a way to ask it. Opens no socket."""

import io
from dataclasses import dataclass, field

import pytest

from sendoff.lib.tokens import Tokens
from sendoff.tracking.app import HotApp
from sendoff.tracking.hits import Hit
from sendoff.tracking.optout import OptOut
from sendoff.tracking.recorder import StoreAway

KEY = bytes(range(32))
TARGETS = {7: ("https://shop.test/", "https://shop.test/größe?a=1 2", "javascript:alert(1)")}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(slots=True)
class House:
    """What the hot path was told to do, and the switches of what lies behind it."""

    recorded: list[Hit] = field(default_factory=list)
    opted_out: list[Hit] = field(default_factory=list)
    lookups: list[int] = field(default_factory=list)
    away: bool = False
    nobody: bool = False

    def __post_init__(self) -> None:
        self.app = HotApp(
            key=KEY,
            targets_of=self.targets_of,
            record=self.recorded.append,
            unsubscribe=self.unsubscribe,
        )

    app: HotApp = field(init=False)

    def targets_of(self, campaign: int) -> tuple[str, ...]:
        self.lookups.append(campaign)
        if self.away:
            raise StoreAway("locked")
        return TARGETS.get(campaign, ())

    def unsubscribe(self, hit: Hit) -> OptOut:
        if self.away:
            raise StoreAway("locked")
        if self.nobody:
            return OptOut.GONE
        self.opted_out.append(hit)
        return OptOut.UNSUBSCRIBED

    def ask(
        self, path: str, method: str = "GET", query: str = "", body: bytes = b"", **more: str
    ) -> Answer:
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "HTTP_USER_AGENT": "Mailbox/1.0",
            "REMOTE_ADDR": "192.0.2.7",
            "wsgi.input": io.BytesIO(body),
            **more,
        }
        said: list[tuple[str, list[tuple[str, str]]]] = []
        parts = self.app(environ, lambda status, headers: said.append((status, headers)))
        status, headers = said[0]
        return Answer(int(status[:3]), dict(headers), b"".join(parts))


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def ana() -> str:
    """Ana's token for hits: message 3 of campaign 7."""
    return Tokens(KEY, "hit").url(7, 3)


@pytest.fixture
def ana_opts_out() -> str:
    """Ana's token for unsubscribing."""
    return Tokens(KEY, "unsubscribe").url(7, 3)
