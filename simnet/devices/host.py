"""A host: a protocol stack, the ports it sends through, and the one timer that wakes it.

A router is the same with a stack that forwards.
"""

from __future__ import annotations

from typing import Final

from simnet.devices.host_port import HostPort
from simnet.devices.loopback import Loopback
from simnet.devices.observer import Observer
from simnet.devices.port import Port
from simnet.engine.scheduler import Scheduler
from simnet.engine.timer import Timer
from simnet.stack.host_stack import HostStack
from simnet.stack.interfaces import Interface
from simnet.wire.frame import Frame


class Host:
    """Gives `stack` frames as they arrive and time as it passes."""

    __slots__ = ("name", "ports", "stack", "loopback", "_interfaces", "_scheduler", "_observer", "_timer", "_carriers")

    def __init__(
        self, *, name: str, ordinal: int, stack: HostStack, scheduler: Scheduler, observer: Observer | None
    ) -> None:
        self.name: Final = name
        self.ports: Final[list[Port]] = []
        self.stack: Final = stack
        self._interfaces: Final[dict[str, Interface]] = {}
        self._scheduler: Final = scheduler
        self._observer: Final = observer
        # the stack itself counts the alarms that must keep a run alive: a quiet timer will do
        self._timer: Final = Timer(scheduler, ordinal, stack.deadlines_passed)
        stack.rearm = self._timer.set
        self._carriers: Final = stack.alarms.background(self._look_at_carriers)
        lo = self._port_for(stack.loopback)
        self.loopback: Final = Loopback(port=lo, ordinal=ordinal, scheduler=scheduler, observer=observer)
        stack.loopback.transmit = self.loopback.send

    def add_port(self, interface: Interface) -> Port:
        """A new port for one of the stack's interfaces."""
        port = self._port_for(interface)
        self._interfaces[port.name] = interface
        self.ports.append(port)
        port.on_carrier = self._carrier_changed
        self._carrier_changed(port)
        return port

    def _port_for(self, interface: Interface) -> HostPort:
        return HostPort(interface=interface, stack=self.stack, scheduler=self._scheduler, observer=self._observer)

    def _carrier_changed(self, port: Port) -> None:
        """The stack sends straight into the link: nothing stands between them."""
        self._interfaces[port.name].transmit = port.transmit
        if port.is_plugged and not port.has_carrier:
            self._carriers.set(self._scheduler.now)

    def _look_at_carriers(self, now: int) -> None:
        """Whose cable is cut, and not only moved, sends nothing and forgets who was there (Linux linkwatch_do_dev)."""
        for port in self.ports:
            if port.is_plugged and not port.has_carrier:
                interface = self._interfaces[port.name]
                interface.transmit = _nowhere
                self.stack.ip.neighbors.forget(interface, now)


def _nowhere(frame: Frame) -> None:
    """What becomes of frames while the cable is cut: nobody ever sees them (Linux noop_qdisc)."""
