"""The protocol as a table: what we asked, the class of the answer, what we do next.

`python -m sendoff.smtp.moves` prints it. Rule of this file: everything that decides about the next
step of a dialogue from a reply code stands here.
"""

from enum import Enum


class Ask(Enum):
    """What a reply can be an answer to. The value is the stage its evidence belongs to."""

    GREETING = ("greeting", "(connected)")
    EHLO = ("ehlo", "EHLO")
    HELO = ("ehlo", "HELO")
    STARTTLS = ("tls", "STARTTLS")
    AUTH = ("ehlo", "AUTH")
    USER_NAME = ("ehlo", "AUTH (user name)")
    PASSWORD = ("ehlo", "AUTH (password)")
    RSET = ("mail", "RSET")
    MAIL = ("mail", "MAIL")
    RCPT = ("rcpt", "RCPT")
    DATA = ("data", "DATA")
    DOT = ("data", ".")
    LONE_DOT = ("data", ". (empty, to leave DATA)")

    def __init__(self, stage: str, reads: str) -> None:
        self.stage = stage
        self.reads = reads

    __hash__ = object.__hash__


class Move(Enum):
    """What we do next. The client has one method for each."""

    INTRODUCE = "say EHLO"
    INTRODUCE_PLAINLY = "say HELO"
    CHOOSE = "choose STARTTLS, AUTH or ready, by what is offered"
    SECURE = "hand over to the TLS handshake"
    STAY_PLAIN = "go on without TLS where policy lets us"
    GIVE_USER_NAME = "send the user name"
    FINISH_SIGN_IN = "send the password"
    OPEN = "ready for a message"
    FAIL = "give up the session"
    NEXT = "go on in the envelope"
    SENDER_TAKEN = "remember that a transaction is open; go on in the envelope"
    RECIPIENT_TAKEN = "remember that content would be delivered; go on in the envelope"
    REFUSE = "remember the refusal; go on in the envelope"
    CONTENT = "send the content, or leave DATA where the envelope was refused"
    NO_CONTENT = "settle: the envelope is over"
    ACCEPT = "settle: accepted"
    NOT_ACCEPT = "settle: the content was refused"
    UNCLEAR = "settle: nobody knows"
    LEAVE = "settle with the refusal that came before"

    __hash__ = object.__hash__


_ELSE = 0

TABLE: dict[Ask, dict[int, Move]] = {
    Ask.GREETING: {2: Move.INTRODUCE, _ELSE: Move.FAIL},
    Ask.EHLO: {2: Move.CHOOSE, 5: Move.INTRODUCE_PLAINLY, _ELSE: Move.FAIL},
    Ask.HELO: {2: Move.CHOOSE, _ELSE: Move.FAIL},
    Ask.STARTTLS: {2: Move.SECURE, _ELSE: Move.STAY_PLAIN},
    Ask.AUTH: {2: Move.OPEN, 3: Move.GIVE_USER_NAME, _ELSE: Move.FAIL},
    Ask.USER_NAME: {3: Move.FINISH_SIGN_IN, _ELSE: Move.FAIL},
    Ask.PASSWORD: {2: Move.OPEN, _ELSE: Move.FAIL},
    Ask.RSET: {_ELSE: Move.NEXT},
    Ask.MAIL: {2: Move.SENDER_TAKEN, _ELSE: Move.REFUSE},
    Ask.RCPT: {2: Move.RECIPIENT_TAKEN, _ELSE: Move.REFUSE},
    Ask.DATA: {3: Move.CONTENT, _ELSE: Move.NO_CONTENT},
    Ask.DOT: {2: Move.ACCEPT, 4: Move.NOT_ACCEPT, 5: Move.NOT_ACCEPT, _ELSE: Move.UNCLEAR},
    Ask.LONE_DOT: {_ELSE: Move.LEAVE},
}

# The classes a server may lawfully answer with. Anything else means that we and the server no
# longer agree on where in the dialogue we are, so the line is not used again.
LAWFUL: dict[Ask, frozenset[int]] = {
    ask: frozenset({4, 5, *(c for c in row if c)}) for ask, row in TABLE.items()
} | {Ask.RSET: frozenset({2, 4, 5}), Ask.LONE_DOT: frozenset({2, 4, 5})}


def move(ask: Ask, code: int) -> Move:
    """The next move after a reply with this basic code."""
    row = TABLE[ask]
    return row.get(code // 100, row[_ELSE])


def printed() -> str:
    """The table for people."""
    rows = [
        f"{ask.reads:<26} {f'{reply}xx' if reply else 'other':<6} {then.value}"
        for ask, row in TABLE.items()
        for reply, then in row.items()
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    print(printed())  # noqa: T201 - printing is what it is for
