"""A router: a host with any number of ports whose stack passes packets on (RFC 1812).

Its usual way of a packet is the link's event, `HostPort.arrive`, the next link; there is no second IP layer.
"""

from __future__ import annotations

from simnet.devices.host import Host
from simnet.devices.observer import Observer
from simnet.engine.scheduler import Scheduler
from simnet.stack.host_stack import HostStack


class Router(Host):
    """A host that forwards."""

    __slots__ = ()

    def __init__(
        self, *, name: str, ordinal: int, stack: HostStack, scheduler: Scheduler, observer: Observer | None
    ) -> None:
        super().__init__(name=name, ordinal=ordinal, stack=stack, scheduler=scheduler, observer=observer)
        stack.forwarding = True
