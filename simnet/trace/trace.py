"""`Trace`: what happened, in order; read lazily, so that ten million frames on disk fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from simnet import filter as filters
from simnet.errors import TraceError
from simnet.trace.events import (
    Event,
    FaultFired,
    FrameArrived,
    FrameDiscarded,
    FrameDropped,
    FrameDuplicated,
    FrameSent,
)
from simnet.trace.heading import Heading
from simnet.trace.network import NetworkMap

_SEEN: Final = (FrameSent, FrameArrived)
_WITH_FRAME: Final = (FrameSent, FrameArrived, FrameDropped, FrameDuplicated, FrameDiscarded, FaultFired)
_PORTS_NAMED: Final = 12

Kind = TypeVar("Kind", bound=Event)


class Trace:
    """An ordered sequence of events, which may be iterated any number of times, and what is known about it.

    Every selection (`between`, `at_port`, `matching`, `only`) is a trace again and costs nothing until it is read.
    """

    __slots__ = ("heading", "_events", "_end")

    def __init__(
        self, events: Iterable[Event], heading: Heading | None = None, end_ns: int | Callable[[], int] = 0
    ) -> None:
        """`end_ns` is called, once, when it is first asked for and a function."""
        self.heading = Heading() if heading is None else heading
        self._events = events
        self._end = end_ns

    @property
    def name(self) -> str:
        return self.heading.name

    @property
    def seed(self) -> int | None:
        return self.heading.seed

    @property
    def network(self) -> NetworkMap:
        return self.heading.network

    @property
    def end_ns(self) -> int:
        """When the run ended, or the last packet of a capture was seen; finding that may take a pass over the file."""
        if not isinstance(self._end, int):
            self._end = self._end()
        return self._end

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def each(self, kind: type[Kind]) -> Iterator[Kind]:
        """The events of one kind: `trace.each(StateChanged)`."""
        return (event for event in self._events if isinstance(event, kind))

    def frames(self) -> Iterator[FrameSent]:
        """Every transmission onto a link."""
        return self.each(FrameSent)

    def only(self, *kinds: type[Event]) -> Trace:
        """The events of the given kinds."""
        return self._selection(lambda event: isinstance(event, kinds))

    def between(self, start: int, end: int) -> Trace:
        """The events from `start` on and before `end`, in nanoseconds."""
        return self._selection(lambda event: start <= event.time < end)

    def at_port(self, port: str) -> Trace:
        """What the interface `port` ("client:eth0") sent and received, as a capture on it would show."""
        self._check_port(port)
        return self._selection(lambda event: isinstance(event, _SEEN) and event.port == port)

    def matching(self, expression: str | filters.Filter) -> Trace:
        """The events whose frame matches a filter expression such as `tcp.port == 80`; raises `FilterError`."""
        chosen = filters.compile(expression) if isinstance(expression, str) else expression
        matches = chosen.matches
        return self._selection(lambda event: isinstance(event, _WITH_FRAME) and matches(event.frame))

    def _selection(self, test: Callable[[Event], bool]) -> Trace:
        return Trace(_Selection(self._events, test), self.heading, lambda: self.end_ns)

    def _check_port(self, port: str) -> None:
        known = [entry.name for device in self.network.devices for entry in device.ports]
        if not known or port in known or port.endswith(":lo"):
            return
        some = ", ".join(known[:_PORTS_NAMED]) + (", …" if len(known) > _PORTS_NAMED else "")
        raise TraceError(f'{self.name}: expected a port of the network, found "{port}"; the ports are {some}')


class _Selection:
    """The events that pass a test, found anew at every iteration."""

    __slots__ = ("_events", "_test")

    def __init__(self, events: Iterable[Event], test: Callable[[Event], bool]) -> None:
        self._events = events
        self._test = test

    def __iter__(self) -> Iterator[Event]:
        return filter(self._test, self._events)
