"""The parent of a real world: watches its captures, hears its programs, and makes one ordered stream of events.

The kernel stamps packets and the child stamps its reports by the same clock.  On a busy machine a report may come
some time after others of a later time: events wait until nothing older can come any more.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Any, Final, Protocol

from simnet.checks.verdict import Verdict
from simnet.errors import InternalError
from simnet.trace.events import Event, Note, ProgramOutput, SocketCall
from simnet.trace.sinks import Sink
from simnet.units import MILLISECOND, SECOND
from simnet.worlds.capture import RETIRE, Capture, Captured
from simnet.worlds.child import Channel

_HOLD: Final = 2 * SECOND
"""How much later than it happened we hear of something at most."""

_MOST_HELD: Final = 20_000
_SHORT_HOLD: Final = 200 * MILLISECOND
"""In a flood, when so much is held, patience is shorter than memory."""

_LOOK_AGAIN: Final = (RETIRE + MILLISECOND) / SECOND

_PATIENCE: Final = 10 * SECOND
"""How long after its limit a child may be silent before it ends."""

_MADE: Final[dict[str, Callable[..., Event]]] = {
    "program_output": ProgramOutput,
    "socket_call": SocketCall,
    "note": Note,
}


class Reader(Protocol):
    """Turns what was captured, and what else a world reports, into events; times are from the start."""

    remarks: Sequence[str]
    """What a reader of the trace should know."""

    late: int
    """By how many ns frames came late at most, because the machine was busy."""

    def begin(self, captures: Sequence[str]) -> None:
        """These are the names of the captures."""

    def conditions(self, end: int) -> list[Verdict]:
        """What has gone wrong in a run that ended at `end`, whatever was expected."""

    def captured(self, packet: Captured, now: int) -> Iterator[Event]:
        """The events of one packet."""

    def reported(self, what: str, now: int, details: Sequence[Any]) -> Iterator[Event]:
        """The events of a report that is not about programs."""


class Recording:
    """One run as its parent sees it.

    `epoch`: when it began, in ns since 1970.  `end`: of the last event, from then.  `failures` and `waiting`: of
    programs, as (host, program, text).  `lost`: packets that a full ring could not take.  `late`: by how many ns
    programs were late at most.
    """

    def __init__(self, *, main: Channel, others: Sequence[Channel], captures: Sequence[Capture], reader: Reader,
                 sink: Sink, limit: int) -> None:  # fmt: skip
        self.epoch = 0
        self.end = 0
        self.failures: list[tuple[str, str, str]] = []
        self.waiting: list[tuple[str, str, str]] = []
        self.lost = 0
        self.late = 0
        self.has_reached_limit = False
        self._main: Final = main
        self._channels: Final = [main, *others]
        self._captures: Final = captures
        self._reader: Final = reader
        self._put: Final = sink.put
        self._limit: Final = limit
        self._pending: Final[list[tuple[int, int, Captured | tuple[Any, ...]]]] = []
        self._count = 0
        self._has_ended = False

    def follow(self) -> None:
        """Record until the child has ended, or Ctrl-C; then what is still on its way."""
        patience = time.monotonic_ns() + self._limit + _PATIENCE
        try:
            while not self._has_ended:
                known = self._count
                self._take_in((patience - time.monotonic_ns()) / SECOND)
                if self._count > known:  # what it did in time may take its time to be told
                    patience = max(patience, time.monotonic_ns() + _PATIENCE)
                self._hand_on(time.time_ns() - (_HOLD if len(self._pending) < _MOST_HELD else _SHORT_HOLD))
                if time.monotonic_ns() > patience:
                    raise InternalError("the child of a real world did not end at its limit; please report this run")
        finally:
            self._finish()

    def _take_in(self, timeout: float) -> None:
        sources: list[Channel | Capture] = [*self._channels, *self._captures]
        ready, _, _ = select.select(sources, [], [], min(0.1, max(0.0, timeout)))
        for each in ready:
            if isinstance(each, Capture):
                self._read(each)
            else:
                self._hear(each)

    def _read(self, capture: Capture) -> None:
        pending = self._pending
        for packet in capture.read():
            self._count += 1
            heappush(pending, (packet.time, self._count, packet))

    def _read_the_rest(self, capture: Capture) -> None:
        """Wait until the kernel has handed over all that it has seen."""
        patience = time.monotonic_ns() + _HOLD
        self._read(capture)
        while capture.is_behind() and time.monotonic_ns() < patience:
            time.sleep(_LOOK_AGAIN)
            self._read(capture)
        self.lost += capture.lost

    def _hear(self, channel: Channel) -> None:
        if not channel.fill():
            if channel is self._main:
                raise InternalError("the child of a real world was killed; the trace ends there")
            self._channels.remove(channel)
        while (message := channel.next_received()) is not None:
            self._heard(message)

    def _hear_the_rest(self, channel: Channel) -> None:
        while select.select([channel], [], [], 0)[0] and channel.fill():
            while (message := channel.next_received()) is not None:
                self._heard(message)

    def _heard(self, message: tuple[Any, ...]) -> None:
        if message[0] == "begun":
            self.epoch = message[1]
        elif message[0] == "ended":
            _, _, self.failures, self.waiting, self.has_reached_limit, self.late = message
            self._has_ended = True
        else:
            self._count += 1
            heappush(self._pending, (message[1], self._count, message))

    def _finish(self) -> None:
        """Take in what the kernel still holds; then everything can be handed on."""
        for capture in self._captures:
            self._read_the_rest(capture)
        for channel in self._channels[1:]:
            self._hear_the_rest(channel)
        self._hand_on(1 << 63)

    def _hand_on(self, before: int) -> None:
        """Give the sink all events that happened before `before`."""
        pending, epoch = self._pending, self.epoch
        while pending and pending[0][0] < before and epoch:
            stamp, _, what = heappop(pending)
            now = max(stamp - epoch, self.end)  # in order, even if we heard of it too late
            if isinstance(what, Captured):
                if stamp >= epoch:  # else it is from before the beginning
                    self._emit(self._reader.captured(what, now))
            elif what[0] in _MADE:
                self._emit(iter([_MADE[what[0]](now, *what[2:])]))
            else:
                self._emit(self._reader.reported(what[0], now, what[2:]))

    def _emit(self, events: Iterator[Event]) -> None:
        for event in events:
            self.end = max(self.end, event.time)
            self._put(event)
