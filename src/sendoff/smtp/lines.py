"""Cut what a server sends into whole replies. Bytes in, lines out; it understands none of them."""

from sendoff.mail.replies import MAX_REPLY_BYTES

MAX_TALK_BYTES = 1024 * 1024  # one reply longer than this is no reply: the line is given up


class Flood(Exception):
    """The server sends without end where one reply was expected."""


class ReplyCutter:
    """Collects bytes until replies are whole. A bare LF ends a line too, as some servers need."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._kept = 0
        self._seen = 0

    @property
    def pending(self) -> bool:
        """Whether bytes wait that do not make a whole reply yet."""
        return bool(self._rest or self._lines)

    def clear(self) -> None:
        """Forget what waits: nothing said before TLS may count after it (RFC 3207 section 6)."""
        self._rest, self._lines, self._kept, self._seen = b"", [], 0, 0

    def feed(self, data: bytes) -> list[list[bytes]]:
        """The replies that became whole with these bytes, in order. Flood where one has no end."""
        *lines, self._rest = (self._rest + data).split(b"\n") if self._rest else data.split(b"\n")
        replies: list[list[bytes]] = []
        for each in lines:
            line = each[:-1] if each.endswith(b"\r") else each
            ends = line[3:4] != b"-" or not line[:3].isdigit()
            if ends and not self._lines and len(line) <= MAX_REPLY_BYTES:
                replies.append([line])  # most replies are one line
                continue
            self._keep(line)
            if ends:
                replies.append(self._lines)
                self._lines, self._kept, self._seen = [], 0, 0
        if self._seen + len(self._rest) > MAX_TALK_BYTES:
            raise Flood
        return replies

    def _keep(self, line: bytes) -> None:
        """Hold a line, within bounds; the last line is always held, because its code counts."""
        self._seen += len(line)
        if self._kept > MAX_REPLY_BYTES:
            self._lines[-1] = line[:MAX_REPLY_BYTES]
            return
        self._lines.append(line[:MAX_REPLY_BYTES])
        self._kept += len(line)
