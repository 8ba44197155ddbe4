"""A port: what a cable is plugged into, and where a device's frames leave and arrive."""

from __future__ import annotations

from typing import Any, Callable, Final

from simnet import reasons
from simnet.devices.observer import Observer
from simnet.engine.scheduler import Scheduler
from simnet.wire.frame import Frame


class Port:
    """One port of a device, called "client:eth0".  `mac` is 0 for ports of hubs and switches.

    `transmit(frame)` sends; plugging in a cable replaces it, so that nothing stands between a device and its
    link.  A device that keeps a copy refreshes it when `on_carrier` is called.  `is_plugged`: is there a cable?
    `has_carrier`: and is it whole?  `arrived`: frames that came in.  `dropped`: frames sent without a cable.
    """

    __slots__ = (
        "name", "mac", "transmit", "is_plugged", "has_carrier", "on_carrier", "arrived", "dropped", "observer",
        "scheduler", "_receive", "_receiver",
    )  # fmt: skip

    def __init__(
        self,
        *,
        name: str,
        mac: int,
        scheduler: Scheduler,
        observer: Observer | None,
        receive: Callable[[Any, Frame, int], None],
        receiver: Any = None,
    ) -> None:
        """Frames that arrive are passed on as `receive(receiver, frame, now)`; the receiver is the port if None."""
        self.name: Final = name
        self.mac: Final = mac
        self.scheduler: Final = scheduler
        self.observer: Final = observer
        self._receive: Final = receive
        self._receiver: Any = self if receiver is None else receiver
        self.arrived: int = 0
        self.dropped: int = 0
        self.is_plugged: bool = False
        self.has_carrier: bool = False
        self.on_carrier: Callable[[Port], None] = _nobody
        self.transmit: Callable[[Frame], None] = self._transmit_unplugged

    def arrive(self, frame: Frame) -> None:
        """The last bit of `frame` is here: the link's call."""
        self.arrived += 1
        now = self.scheduler.now
        if self.observer is not None:
            frame.is_shared = True
            self.observer.frame_arrived(now, self.name, frame)
        receive = self._receive  # taken first: CPython is slow to call what an attribute holds
        receive(self._receiver, frame, now)

    def plug(self, transmit: Callable[[Frame], None]) -> None:
        """A link's call: frames leave through `transmit` from now on."""
        self.transmit = transmit
        self.is_plugged = True

    def unplug(self) -> None:
        """A link's call: the cable is gone."""
        self.transmit = self._transmit_unplugged
        self.is_plugged = False
        self.change_carrier(False)

    def change_carrier(self, has_carrier: bool) -> None:
        """A link's call: the cable is, or is no longer, whole; the device hears of it."""
        self.has_carrier = has_carrier
        self.on_carrier(self)

    def _transmit_unplugged(self, frame: Frame) -> None:
        self.dropped += 1
        if self.observer is not None:
            now = self.scheduler.now
            self.observer.frame_sent(now, self.name, frame, now)
            self.observer.frame_dropped(now, self.name, frame, reasons.DROP_UNPLUGGED)


def _nobody(port: Port) -> None:
    """Until a device cares about the carrier."""
