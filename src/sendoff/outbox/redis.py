"""The order of work in Redis: a sorted set for each line. Knows no database and keeps no lease."""

from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_PREFIX = "sendoff:"
_LINES = "sendoff:lines"
_PATIENCE_S = 1.0
#: Take the first entry that is due. As one step, so that two never get the same.
_NEXT = """
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)
if found[1] then redis.call('ZREM', KEYS[1], found[1]) end
return found[1]
"""


class RedisBroker:
    """One Redis database of its own, or one shared: all keys begin with `sendoff:`."""

    errors = (redis.RedisError, OSError)

    def __init__(self, url: str) -> None:
        self._client: Any = redis.Redis.from_url(
            url,
            socket_timeout=_PATIENCE_S,
            socket_connect_timeout=_PATIENCE_S,
            decode_responses=True,
            encoding_errors="replace",  # what is no text is no parcel either
            retry=Retry(NoBackoff(), 0),  # a loss is counted, and the next call connects again
        )
        self._next = self._client.register_script(_NEXT)

    def put(self, name: str, entries: Sequence[tuple[int, int]]) -> None:
        with self._client.pipeline() as pipe:
            # Ids of one width: those of the same moment stand in the order they were made.
            pipe.zadd(_PREFIX + name, {f"{parcel:020}": at_ms for parcel, at_ms in entries})
            pipe.sadd(_LINES, name)
            pipe.execute()

    def next(self, name: str, now_ms: int) -> str | None:
        found: str | None = self._next(keys=[_PREFIX + name], args=[now_ms])
        return found

    def counts(self, names: Sequence[str]) -> list[int]:
        with self._client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.zcard(_PREFIX + name)
            return [int(count) for count in pipe.execute()]

    def names(self) -> set[str]:
        return set(self._client.smembers(_LINES))

    def drop(self, name: str) -> None:
        with self._client.pipeline() as pipe:
            pipe.delete(_PREFIX + name)
            pipe.srem(_LINES, name)
            pipe.execute()

    def close(self) -> None:
        self._client.close()
