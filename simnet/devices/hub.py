"""A hub: repeats every frame to all ports but the one it came from.

Does not model: collisions and half duplex; each cable carries both directions at once.
"""

from __future__ import annotations

from typing import Final

from simnet import reasons
from simnet.devices.observer import Observer
from simnet.devices.port import Port
from simnet.devices.relay import relayed
from simnet.engine.scheduler import KEY_BITS, Scheduler
from simnet.wire.frame import Frame


class Hub:
    """A repeater.  Ports are visited newest first, as a Linux bridge does."""

    __slots__ = ("name", "ports", "_scheduler", "_observer", "_made")

    def __init__(self, *, name: str, ordinal: int, scheduler: Scheduler, observer: Observer | None) -> None:
        self.name: Final = name
        self.ports: Final[list[Port]] = []
        self._scheduler: Final = scheduler
        self._observer: Final = observer
        self._made: int = ordinal << KEY_BITS

    def add_port(self, name: str) -> Port:
        """A new port, called "device:name"."""
        port = Port(
            name=f"{self.name}:{name}", mac=0, scheduler=self._scheduler, observer=self._observer,
            receive=self.receive,
        )  # fmt: skip
        self.ports.append(port)
        return port

    def receive(self, port: Port, frame: Frame, now: int) -> None:
        """`frame` came in at `port`."""
        for out in reversed(self.ports):
            if out is not port and out.has_carrier:
                self._made += 1
                out.transmit(relayed(frame, self._made, reasons.REPEATED))
