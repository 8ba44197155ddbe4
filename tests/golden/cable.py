"""Lets frames from one host reach the other when they were recorded to, where nothing but virtual cables lies between.

A frame waits before it enters the first cable: how busy the kernel was on the way shows nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from simnet.devices.port import Port
from simnet.engine.scheduler import KEY_BITS, Scheduler
from simnet.wire.frame import Frame
from tests.golden.captures import Capture
from tests.golden.journeys import PORT, SAME_TIME, Journey, Name, Names, name_of, port_of, recorded_on_lo
from tests.golden.watcher import Watcher

_ORDINAL = 1 << 18
_LO_ORDINAL = 1 << 16
"""Apart from devices, links, clocks and the wire."""

_LO_TIME = 5000
"""What the kernel usually needs to bring a frame from one side of `lo` to the other, in ns."""


class Cable:
    """What a host's port transmits into.  `path_time(frame)`: how long the simulated cables take after that."""

    def __init__(
        self,
        number: int,
        port: Port,
        journeys: Mapping[Name, Journey],
        arrivals: Mapping[Name, int],
        path_time: Callable[[Frame], int],
        watcher: Watcher,
        origin: int,
    ) -> None:
        self.isns: dict[int, int] = {}
        self.other = self
        self._names = Names()
        self._port = port
        self._enter = port.transmit
        self._journeys = journeys
        self._arrivals = arrivals
        self._path_time = path_time
        self._watcher = watcher
        self._origin = origin
        self._key = _ORDINAL + number << KEY_BITS
        self._last_at = 0
        port.plug(self.send)
        port.change_carrier(True)

    def send(self, frame: Frame) -> None:
        """The port's call: `frame` is transmitted."""
        now = self._port.scheduler.now
        self._watcher.frame_sent(now, self._port.name, frame, now)
        name = name_of(frame, self._names, self.isns, self.other.isns)
        left, arrived = self._journeys.get(name, (now - self._origin, self._arrivals.get(name, 0)))
        enters = self._origin + arrived - self._path_time(frame)
        if abs(now - self._origin - left) >= SAME_TIME or not now < enters < now + SAME_TIME:
            enters = now
        self._last_at = max(enters, self._last_at)
        self._key += 1
        self._port.scheduler.at(self._last_at, self._key, self._leave, frame)

    def _leave(self, frame: Frame) -> None:
        self._watcher.has_seen = True
        self._enter(frame)
        self._watcher.has_seen = False


class Lo:
    """What a host's loopback transmits into: frames come back when they were recorded to, or a moment later."""

    def __init__(
        self, scheduler: Scheduler, number: int, transmit: Callable[[Frame], None], capture: Capture, origin: int
    ) -> None:
        self._scheduler = scheduler
        self._transmit = transmit
        self._origin = origin
        self._names: dict[int, Names] = defaultdict(Names)
        self._isns: dict[int, int] = {}
        self._arrivals = recorded_on_lo(capture)
        self._key = _LO_ORDINAL + number << KEY_BITS
        self._last_at = 0

    def transmit(self, frame: Frame) -> None:
        """The stack's call."""
        now = self._scheduler.now
        way = port_of(frame)
        arrived = self._arrivals.get((way == PORT, name_of(frame, self._names[way], self._isns, self._isns)), 0)
        at = now + _LO_TIME
        if 0 < self._origin + arrived - now < SAME_TIME:
            at = self._origin + arrived
        self._last_at = max(at, self._last_at)
        self._key += 1
        self._scheduler.at(self._last_at, self._key, self._transmit, frame)
