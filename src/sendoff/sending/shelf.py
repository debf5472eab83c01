"""Keep the few things used last, and forget the others. It never looks whether they are stale."""

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Shelf(Generic[K, V]):
    """At most `room` things by their key: a worker's memory must not follow what it ever sent."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._things: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._things)

    def get(self, key: K, make: Callable[[K], V]) -> V:
        """The thing of this key, made where it is not there; the one unused longest makes room."""
        thing = self._things.pop(key) if key in self._things else make(key)
        self._things[key] = thing  # the last in a dict is what was put there last
        if len(self._things) > self._room:
            del self._things[next(iter(self._things))]
        return thing
