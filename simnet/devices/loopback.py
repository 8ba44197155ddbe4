"""`lo`: what a host sends to itself arrives at once."""

from __future__ import annotations

from typing import Final

from simnet.devices.observer import Observer
from simnet.devices.port import Port
from simnet.engine.scheduler import KEY_BITS, Scheduler
from simnet.wire.frame import Frame

FIRST_ORDINAL: Final = 1 << 18
"""The `lo` of the device with ordinal n has the ordinal FIRST_ORDINAL + n, apart from devices and links."""


class Loopback:
    """Carries frames from `port` back to itself.  `sent`: frames so far."""

    __slots__ = ("ordinal", "sent", "_port", "_scheduler", "_observer", "_key")

    def __init__(self, *, port: Port, ordinal: int, scheduler: Scheduler, observer: Observer | None) -> None:
        self.ordinal: Final = FIRST_ORDINAL + ordinal
        self.sent: int = 0
        self._port: Final = port
        self._scheduler: Final = scheduler
        self._observer: Final = observer
        self._key: int = self.ordinal << KEY_BITS

    def send(self, frame: Frame) -> None:
        """Deliver `frame` after whatever happens now."""
        self.sent += 1
        self._key += 1
        now = self._scheduler.now
        if self._observer is not None:
            frame.is_shared = True
            self._observer.frame_sent(now, self._port.name, frame, now)
        self._scheduler.at(now, self._key, self._port.arrive, frame)

    @property
    def name(self) -> str:
        """host:lo."""
        return self._port.name

    @property
    def arrived(self) -> int:
        """Frames that came back."""
        return self._port.arrived
