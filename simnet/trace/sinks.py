"""Where events go while a run makes them: memory, the last few, several places at once, or a chosen few kinds.

The sinks that write files are in `jsonlines` and `pcapng`; `conservation` counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from simnet.trace.events import Event


class Sink(Protocol):
    """Takes events one by one, in order."""

    def put(self, event: Event, /) -> None:
        """Take `event`."""

    def close(self, end_ns: int, /) -> None:
        """The run ended at `end_ns`: write what is still held back.  A stream is left open to its owner."""


class MemorySink:
    """Keeps every event; `end_ns` is known after `close`."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.put: Callable[[Event], None] = self.events.append  # a method around it would double its cost
        self.end_ns = 0

    def close(self, end_ns: int) -> None:
        self.end_ns = end_ns


class RingSink:
    """Keeps the last `size` events: what led to a failure, in a run too long to keep."""

    def __init__(self, size: int) -> None:
        self.events: deque[Event] = deque(maxlen=size)
        self.put: Callable[[Event], None] = self.events.append
        self.end_ns = 0

    def close(self, end_ns: int) -> None:
        self.end_ns = end_ns


class Tee:
    """Hands every event to each of `sinks`."""

    def __init__(self, *sinks: Sink) -> None:
        self._sinks = sinks
        self._puts = tuple(sink.put for sink in sinks)

    def put(self, event: Event) -> None:
        for put in self._puts:
            put(event)

    def close(self, end_ns: int) -> None:
        for sink in self._sinks:
            sink.close(end_ns)


class OnlyKinds:
    """Hands on the events of the given kinds and forgets the others."""

    def __init__(self, kinds: Iterable[type[Event]], sink: Sink) -> None:
        self._kinds = frozenset(kinds)
        self._sink = sink
        self._put = sink.put

    def put(self, event: Event) -> None:
        if type(event) in self._kinds:
            self._put(event)

    def close(self, end_ns: int) -> None:
        self._sink.close(end_ns)
