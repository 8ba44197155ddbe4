"""A network of wired devices, ready to run: what the builder hands over."""

from __future__ import annotations

from typing import Final, Iterator

from simnet.devices.conservation import violations
from simnet.devices.direction import Direction
from simnet.devices.fault import Fault
from simnet.devices.gateway import Gateway
from simnet.devices.host import Host
from simnet.devices.hub import Hub
from simnet.devices.link import Link
from simnet.devices.observer import Observer
from simnet.devices.port import Port
from simnet.devices.router import Router
from simnet.devices.switch import Switch
from simnet.engine.scheduler import Scheduler
from simnet.errors import InternalError, RunawayError

Device = Host | Router | Gateway | Switch | Hub
"""A `Host` is also what routers and gateways are; see their `stack`."""

_LOOP_LENGTH: Final = 8  # as many cables as one line can name


class Network:
    """Devices by name and links by the names of their ports, on one scheduler."""

    def __init__(self, *, scheduler: Scheduler, observer: Observer | None) -> None:
        self.scheduler: Final = scheduler
        self.observer: Final = observer
        self.devices: Final[dict[str, Device]] = {}
        self.ports: Final[dict[str, Port]] = {}
        self.links: Final[list[Link]] = []
        self.faults: Final[list[Fault]] = []
        self._ordinals: int = 0

    def next_ordinal(self) -> int:
        """An ordinal that no other device, timer or program of this network has."""
        self._ordinals += 1
        return self._ordinals

    def add_device(self, device: Device, ports: list[Port]) -> None:
        """The builder's call: `device` with all its ports."""
        self.devices[device.name] = device
        for port in ports:
            self.ports[port.name] = port

    def host(self, name: str) -> Host:
        """The host, router or gateway called `name`."""
        device = self.devices[name]
        assert isinstance(device, Host), f"{name} has no protocol stack"
        return device

    def hosts(self) -> Iterator[Host]:
        """Every device with a protocol stack, in order of declaration."""
        return (device for device in self.devices.values() if isinstance(device, Host))

    def link_at(self, port: str) -> Link | None:
        """The link now plugged into the port "client:eth0"."""
        for link in self.links:
            if port in (link.a.name, link.b.name):
                return link
        return None

    def link_between(self, a: str, b: str) -> Link | None:
        """The link whose ends are now in the ports `a` and `b`, in either order."""
        link = self.link_at(a)
        return link if link is not None and b in (link.a.name, link.b.name) else None

    def directions(self) -> Iterator[Direction]:
        """Both directions of every link."""
        for link in self.links:
            yield link.there
            yield link.back

    def check_conservation(self) -> None:
        """Raise `InternalError` unless sent + duplicated = arrived + dropped + in flight on every cable."""
        found = violations(self.directions(), (host.loopback for host in self.hosts()), self.scheduler)
        if found:
            raise InternalError("frames were lost from sight: " + "; ".join(found))

    def busiest(self, events: int = 10_000) -> str:
        """Go on for that many events and say which cables carried the most: the loop of a run that does not end."""
        before = {direction: direction.sent for direction in self.directions()}
        try:
            self.scheduler.run(limit=events)
        except RunawayError:
            pass  # of course: that is why we are asked
        counts = sorted(((way.sent - sent, way.name) for way, sent in before.items()), reverse=True)
        most = counts[0][0] if counts else 0
        loop = [f"{name} ({count} frames)" for count, name in counts[:_LOOP_LENGTH] if count and 2 * count >= most]
        return ", ".join(loop)
