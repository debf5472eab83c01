"""Plays a dialogue written as text against the client: `<` the server says, `>` we must say.

Consecutive `>` lines must come in one write. `= ready`, `= upgrade`, `= failed` and `= go` name an
event; `= encrypted` says that TLS stands; `= offer` offers a message to Ana; `= content` writes its
content; `= cut` breaks the line. Returned: the last outcome.
"""

from sendoff.mail.stages import Outcome
from sendoff.smtp import events
from sendoff.smtp.client import Client
from sendoff.smtp.manners import Manners

SENDER, ANA = "news@shop.test", "ana@inbox.test"
LETTER = b"Subject: hello\r\n\r\nGood day\r\n"
PLAIN = Manners(helo="mail.shop.test", tls="none")


class Player:
    """A client with a clock that goes 0.1 s forward at each step."""

    def __init__(self, manners: Manners = PLAIN, letter: bytes = LETTER) -> None:
        self.client = Client(manners, 0.0)
        self.letter = letter
        self.outcome: Outcome | None = None
        self.written: list[bytes] = []
        self.events: list[str] = []
        self._now = 0.0

    def play(self, text: str) -> Outcome | None:
        heard, expected = b"", b""
        for line in [*text.strip().splitlines(), "="]:
            mark, _, said = line.strip().partition(" ")
            if mark != ">" and expected:
                assert self.written.pop(0) == expected
                expected = b""
            if mark != "<" and heard:
                self.take(self.client.receive(heard, self.tick()))
                heard = b""
            if mark == "<":
                heard += said.encode() + b"\r\n"
            elif mark == ">":
                expected += said.encode() + b"\r\n"
            elif said:
                self._do(said)
        assert (self.written, self.events) == ([], [])
        return self.outcome

    def tick(self) -> float:
        self._now += 0.1
        return self._now

    def take(self, happened: list[events.Event]) -> None:
        for event in happened:
            if isinstance(event, events.Write):
                self.written.append(event.data)
            elif isinstance(event, events.Settled | events.Failed):
                self.outcome = event.outcome
                self.events.append(type(event).__name__.lower())
            else:
                self.events.append(type(event).__name__.lower())

    def _do(self, said: str) -> None:
        if said == "encrypted":
            self.take(self.client.secured(self.tick()))
        elif said == "offer":
            self.take(self.client.offer(SENDER, ANA, self.letter, self.tick()))
        elif said == "content":
            self.written.append(b"".join(self.client.content(self.tick())))
        elif said == "cut":
            self.take(self.client.closed(self.tick()))
        else:
            assert self.events.pop(0).removesuffix("ahead") == said


def play(text: str, manners: Manners = PLAIN, letter: bytes = LETTER) -> Player:
    player = Player(manners, letter)
    player.play(text)
    return player
