"""An SMTP client without input or output: bytes in, events out (RFC 5321, 2920, 3207).

It says what stage a session or a message has reached because it is the thing that moves it there.
It never reads a clock, a socket or a file; `now` is in seconds of any steady clock.
"""

import base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from sendoff.lib import drill
from sendoff.mail import replies
from sendoff.mail.quoted import Octets
from sendoff.mail.stages import Evidence, Fault, Kind, Outcome, Reply
from sendoff.smtp import events, lines, wire
from sendoff.smtp.manners import Manners
from sendoff.smtp.mishaps import lost, temporary, theirs
from sendoff.smtp.moves import LAWFUL, Ask, Move, move
from sendoff.smtp.offer import Offer

_LINE_BROKE = "The server closed the connection."


@dataclass(slots=True)
class _Asked:
    ask: Ask
    command: str  # as evidence shows it: never a password
    at: float
    heard: int  # how often the server had been heard when this was asked


class Client:
    """One session: open it, offer messages one by one, see `usable` turn False at its end."""

    def __init__(self, manners: Manners, now: float) -> None:
        self.offers = wire.Capabilities()
        self.steps: list[Evidence] = []
        self.secure = False
        self.tls_why_not = "" if manners.tls != "none" else "not wanted"
        self.usable = True
        self.messages = 0
        self._manners = manners
        self._cutter = lines.ReplyCutter()
        self._heard = 0
        self._asked: deque[_Asked] = deque([_Asked(Ask.GREETING, "", now, -1)])
        self._open = False
        self._offer: Offer | None = None
        self._announced: Offer | None = None  # its envelope rode along with the content before it
        self._needs_reset = False
        self._now = now

    # What the surroundings tell us

    def receive(self, data: bytes, now: float) -> list[events.Event]:
        """Take bytes from the server."""
        self._now = now
        self._heard += 1
        happened: list[events.Event] = []
        try:
            cut = self._cutter.feed(data)
        except lines.Flood:
            ends = self.closed(now, "The server sent a reply without end.")
            return [type(end)(theirs(end.outcome)) for end in ends if isinstance(end, events.Ended)]
        for reply in cut:
            happened += self._reply(reply)
            if happened and isinstance(happened[-1], events.Upgrade):
                # What came along with the 220 is not to be trusted (RFC 3207 section 6).
                self._cutter.clear()
                break
        return happened

    def secured(self, now: float) -> list[events.Event]:
        """The TLS handshake is done: everything known about the server is asked again."""
        self.secure, self._now = True, now
        self._cutter.clear()
        self.offers = wire.Capabilities()
        return self._say(Ask.EHLO, f"EHLO {self._manners.helo}")

    def wrapped(self) -> None:
        """The line was encrypted from its first byte: the greeting comes under TLS."""
        self.secure = True

    def offer(self, sender: str, recipient: str, data: Octets, now: float) -> list[events.Event]:
        """Offer one message: the whole envelope at once where the server takes that."""
        self._now = now
        self.messages += 1
        if not (self._open and self.usable):
            outcome = lost("mail", "The connection had been closed before this message.")
            return [events.Settled(replace(outcome, retry_after_s=0))]
        self._offer = Offer(sender, recipient, data, self.offers)
        self._offer.first = self.messages == 1
        if self._offer.failed:
            return self._settle(self._offer.failed)
        commands = self._offer.commands()
        if self._needs_reset:
            commands.insert(0, (Ask.RSET, "RSET"))
            self._needs_reset = False
        if self.offers.pipelining:
            return self._say_all(commands)
        self._offer.unsaid = deque(commands)
        return self._say(*self._offer.unsaid.popleft())

    def content(self, now: float) -> tuple[bytes, ...]:
        """What follows GoAhead, in pieces, final dot included. After this only the reply tells."""
        if self._offer is None or not self._offer.go:
            raise RuntimeError("content without GoAhead")
        self._offer.go = False
        self._asked.append(_Asked(Ask.DOT, ".", now, self._heard))
        return wire.content(self._offer.data)

    def announce(self, sender: str, recipient: str, data: Octets, now: float) -> bytes:
        """The envelope of the next message, to follow the final dot in the same write (RFC 2920
        3.1); nothing where the server does not pipeline. `offer` is then not asked for it."""
        offer = Offer(sender, recipient, data, self.offers)
        if not self.offers.pipelining or offer.failed:
            return b""
        self._now = now
        self.messages += 1
        offer.first = False
        self._announced = offer
        return self._ask_all(offer.commands())

    def hold_dot(self, held: bool) -> None:
        """Whether the end of the content is still with us, so that nothing can be accepted."""
        if self._offer:
            self._offer.dot_held = held

    def closed(self, now: float, why: str = _LINE_BROKE) -> list[events.Event]:
        """The line is gone, or its time is up: what that means for what was under way."""
        self._now = now
        if not self._open and not self.usable:
            return []
        self.usable = False
        head = self._asked[0] if self._asked else None
        self._asked.clear()
        stage = head.ask.stage if head else ("data" if self._open else "tls")
        if self._offer:
            step = self._step(head, stage, why) if head else None
            return self._settle(self._offer.broken(head.ask if head else None, step, why))
        if self._open:
            return []
        if head:
            self.steps.append(self._step(head, stage, why))
        return [events.Failed(lost(stage, why))]

    @property
    def go(self) -> bool:
        """Whether `content` may be asked for: a 421 right after the 354 takes it back."""
        return self._offer is not None and self._offer.go

    @property
    def idle(self) -> bool:
        """Whether no reply is awaited, so that QUIT would be understood."""
        return self._open and not self._asked and self._offer is None

    @property
    def waiting_for(self) -> Ask | None:
        """What the next reply will answer: time limits depend on it."""
        return self._asked[0].ask if self._asked else None

    # What a reply leads to

    def _reply(self, said: list[bytes]) -> list[events.Event]:
        reply = replies.parse(said)
        if not self._asked:
            return self._unasked(reply)
        asked = self._asked.popleft()
        ask = asked.ask
        drill.point(ask.stage)
        step = self._step(asked, ask.stage, reply.verbatim if reply.code else reply.text)
        (self._offer or self).steps.append(step)
        if ask is Ask.DOT and self._current.dot_held:
            return self._too_early(reply)
        early = asked.heard == self._heard  # said before it could hear what it seems to answer
        if early or reply.code == 421 or reply.code // 100 not in LAWFUL[ask]:
            return self._out_of_step(ask, reply)
        if ask is Ask.EHLO and reply.code < 300:
            self.offers = wire.capabilities(said)
        return _MOVES[move(ask, reply.code)](self, ask, reply)

    def _unasked(self, reply: Reply) -> list[events.Event]:
        """A reply to nothing: a farewell (421), or a server that has lost count."""
        self.usable = False
        if self._offer is None:
            return []
        return self._settle(replies.outcome_for(temporary(reply), "data", (), self._provider))

    def _out_of_step(self, ask: Ask, reply: Reply) -> list[events.Event]:
        """A 421 closes the line whenever it comes; so does an answer that fits no question."""
        self.usable = False
        self._asked.clear()
        if ask is Ask.DOT and reply.code // 100 != 4:
            return self._unclear(ask, reply)
        if self._offer is None:
            return self._fail(ask, temporary(reply))
        outcome = replies.outcome_for(temporary(reply), ask.stage, (), self._provider)
        return self._settle(self._offer.failed or outcome)

    def _too_early(self, reply: Reply) -> list[events.Event]:
        """An answer to content of which the end was not sent: only a refusal can be meant."""
        self.usable = False
        self._asked.clear()
        said = reply if 400 <= reply.code <= 599 else temporary(reply)
        return self._settle(replies.outcome_for(said, "data", (), self._provider))

    # Opening the session

    def _introduce(self, ask: Ask, reply: Reply) -> list[events.Event]:
        return self._say(Ask.EHLO, f"EHLO {self._manners.helo}")

    def _introduce_plainly(self, ask: Ask, reply: Reply) -> list[events.Event]:
        return self._say(Ask.HELO, f"HELO {self._manners.helo}")

    def _choose(self, ask: Ask, reply: Reply) -> list[events.Event]:
        if not self.secure and self._manners.tls != "none":
            if self.offers.starttls:
                return self._say(Ask.STARTTLS, "STARTTLS")
            return self._without_tls("The server offers no STARTTLS.")
        return self._sign_in()

    def _secure(self, ask: Ask, reply: Reply) -> list[events.Event]:
        return [events.Upgrade()]

    def _stay_plain(self, ask: Ask, reply: Reply) -> list[events.Event]:
        return self._without_tls(reply.verbatim)

    def _without_tls(self, why: str) -> list[events.Event]:
        self.tls_why_not = why
        if self._manners.tls == "required":
            sentence = f"Encryption is required for this server, but: {why}"
            return self._cannot_open("tls", Fault.RECIPIENT_SYSTEM, "remote_system", sentence)
        return self._sign_in()

    def _sign_in(self) -> list[events.Event]:
        user, password = self._manners.username, self._manners.password
        if not user:
            return self._become_ready()
        if not self.secure:
            sentence = "The password was not sent, because the line is not encrypted."
            return self._cannot_open("ehlo", Fault.OUR_CONFIG, "auth_failure", sentence)
        if "PLAIN" in self.offers.auth:
            secret = _base64(f"\0{user}\0{password}")
            return self._say(Ask.AUTH, f"AUTH PLAIN {secret}", shown="AUTH PLAIN")
        if "LOGIN" in self.offers.auth:
            return self._say(Ask.AUTH, "AUTH LOGIN")
        offered = ", ".join(self.offers.auth) or "none"
        sentence = f"The server offers no way to sign in that we know (it offers: {offered})."
        return self._cannot_open("ehlo", Fault.OUR_CONFIG, "auth_failure", sentence)

    def _give_user_name(self, ask: Ask, reply: Reply) -> list[events.Event]:
        secret = _base64(self._manners.username)
        return self._say(Ask.USER_NAME, secret, shown=Ask.USER_NAME.reads)

    def _give_password(self, ask: Ask, reply: Reply) -> list[events.Event]:
        secret = _base64(self._manners.password)
        return self._say(Ask.PASSWORD, secret, shown=Ask.PASSWORD.reads)

    def _become_ready(
        self, ask: Ask | None = None, reply: Reply | None = None
    ) -> list[events.Event]:
        self._open = True
        return [events.Ready()]

    def _fail(self, ask: Ask, reply: Reply) -> list[events.Event]:
        """No message was offered, so what is our own to mend only waits until it is mended."""
        self.usable = False
        outcome = replies.outcome_for(reply, ask.stage, (), self._provider)
        if outcome.fault is Fault.OUR_CONFIG:
            outcome = replace(outcome, kind=Kind.DEFERRED)
        return [events.Failed(outcome)] if not self._open else []

    def _cannot_open(
        self, stage: str, fault: Fault, category: str, sentence: str
    ) -> list[events.Event]:
        self.usable = False
        self.steps.append(Evidence(stage=stage, ms=0, reply=sentence))
        outcome = Outcome(
            kind=Kind.DEFERRED, stage=stage, fault=fault, category=category, reply=sentence
        )
        return [events.Failed(outcome)]

    # Offering a message; each of these runs only while there is one

    def _next(self, ask: Ask, reply: Reply) -> list[events.Event]:
        offer = self._current
        if self._asked:
            return []  # pipelined: the other answers are on their way
        if offer.failed or not offer.unsaid:
            self._needs_reset = offer.sender_taken
            return self._settle(offer.failed or lost("mail", _LINE_BROKE))
        return self._say(*offer.unsaid.popleft())

    def _sender_taken(self, ask: Ask, reply: Reply) -> list[events.Event]:
        self._current.sender_taken = True
        return self._next(ask, reply)

    def _recipient_taken(self, ask: Ask, reply: Reply) -> list[events.Event]:
        self._current.recipient_taken = True
        return self._next(ask, reply)

    def _refuse(self, ask: Ask, reply: Reply) -> list[events.Event]:
        self._current.refuse(replies.outcome_for(reply, ask.stage, (), self._provider))
        return self._next(ask, reply)

    def _content(self, ask: Ask, reply: Reply) -> list[events.Event]:
        """The server waits for content. RFC 2920 3.1: a refused envelope is left by a lone dot;
        where that dot could send an empty mail to someone, only closing the line is safe."""
        offer = self._current
        if not offer.failed:
            offer.go = True
            return [events.GoAhead()]
        if offer.recipient_taken:
            self.usable = False
            return self._settle(offer.failed)
        return self._say(Ask.LONE_DOT, ".", shown=Ask.LONE_DOT.reads)

    def _no_content(self, ask: Ask, reply: Reply) -> list[events.Event]:
        offer = self._current
        offer.refuse(replies.outcome_for(reply, ask.stage, (), self._provider))
        return self._next(ask, reply)

    def _accept(self, ask: Ask, reply: Reply) -> list[events.Event]:
        steps = tuple(self._current.steps)
        return self._settle(replies.outcome_for(reply, "accepted", steps))

    def _not_accept(self, ask: Ask, reply: Reply) -> list[events.Event]:
        return self._settle(replies.outcome_for(reply, "data", (), self._provider))

    def _unclear(self, ask: Ask, reply: Reply) -> list[events.Event]:
        self.usable = False
        said = reply.verbatim if reply.code else reply.text
        outcome = theirs(lost("data", f"The answer to the final dot was no answer: {said}"))
        return self._settle(replace(outcome, kind=Kind.UNKNOWN, category="unknown"))

    def _leave(self, ask: Ask, reply: Reply) -> list[events.Event]:
        """Whatever the answer to an empty message is, ours was not accepted."""
        return self._settle(self._current.failed or lost("data", _LINE_BROKE))

    # Small things

    @property
    def _current(self) -> Offer:
        if self._offer is None:
            raise RuntimeError("no message is being offered")
        return self._offer

    @property
    def _provider(self) -> str:
        return self._manners.provider

    def _settle(self, outcome: Outcome) -> list[events.Event]:
        offer = self._current
        self._offer, self._announced = (self._announced if self.usable else None), None
        if not outcome.steps:
            outcome = replace(outcome, steps=tuple(offer.steps))
        return [events.Settled(outcome)]

    def _say(self, ask: Ask, line: str, shown: str = "") -> list[events.Event]:
        self._asked.append(_Asked(ask, shown or line, self._now, self._heard))
        return [events.Write(line.encode() + b"\r\n")]

    def _say_all(self, commands: list[tuple[Ask, str]]) -> list[events.Event]:
        return [events.Write(self._ask_all(commands))]

    def _ask_all(self, commands: list[tuple[Ask, str]]) -> bytes:
        for ask, line in commands:
            self._asked.append(_Asked(ask, line, self._now, self._heard))
        return "".join([line + "\r\n" for _, line in commands]).encode()

    def _step(self, asked: _Asked, stage: str, said: str) -> Evidence:
        return Evidence(stage, round((self._now - asked.at) * 1000, 1), asked.command, said)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_MOVES: dict[Move, Callable[[Client, Ask, Reply], list[events.Event]]] = {
    Move.INTRODUCE: Client._introduce,
    Move.INTRODUCE_PLAINLY: Client._introduce_plainly,
    Move.CHOOSE: Client._choose,
    Move.SECURE: Client._secure,
    Move.STAY_PLAIN: Client._stay_plain,
    Move.GIVE_USER_NAME: Client._give_user_name,
    Move.FINISH_SIGN_IN: Client._give_password,
    Move.OPEN: Client._become_ready,
    Move.FAIL: Client._fail,
    Move.NEXT: Client._next,
    Move.SENDER_TAKEN: Client._sender_taken,
    Move.RECIPIENT_TAKEN: Client._recipient_taken,
    Move.REFUSE: Client._refuse,
    Move.CONTENT: Client._content,
    Move.NO_CONTENT: Client._no_content,
    Move.ACCEPT: Client._accept,
    Move.NOT_ACCEPT: Client._not_accept,
    Move.UNCLEAR: Client._unclear,
    Move.LEAVE: Client._leave,
}
