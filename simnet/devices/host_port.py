"""A port of a host or router, with the flat paths of the packets that nearly all are.

One to be forwarded goes straight to the next cable, one of a connection that is there straight to TCP; everything else
goes up to the host's stack, layer by layer.  What is done here is what the layers would do for such a packet.
"""

from __future__ import annotations

from typing import Final

from simnet.devices.observer import Observer
from simnet.devices.port import Port
from simnet.engine.scheduler import Scheduler
from simnet.reasons import FORWARDED
from simnet.stack.host_stack import HostStack
from simnet.stack.interfaces import Interface
from simnet.wire.frame import ETHERTYPE_IPV4, NO_TAG, Frame
from simnet.wire.ipv4 import IS_FRAGMENT, Ipv4, forwarded
from simnet.wire.tcp import Tcp

_LOOPBACK: Final = 127


class HostPort(Port):
    """The port of one interface of `stack`."""

    __slots__ = ("_stack", "_interface", "_ids", "_forwarding_hops", "_local", "_hooks", "_tcp")

    def __init__(
        self, *, interface: Interface, stack: HostStack, scheduler: Scheduler, observer: Observer | None
    ) -> None:
        super().__init__(
            name=interface.port, mac=interface.mac, scheduler=scheduler, observer=observer,
            receive=stack.receive, receiver=interface,
        )  # fmt: skip
        self._stack: Final = stack
        self._interface: Final = interface
        self._ids: Final = stack.ids
        self._forwarding_hops: Final = stack.ip.forwarding_hops
        self._local: Final = stack.ip.local
        self._hooks: Final = stack.ip.hooks
        self._tcp: Final = stack.tcp

    def arrive(self, frame: Frame) -> None:
        """The last bit of `frame` is here: the link's call."""
        self.arrived += 1
        now = self.scheduler.now
        if self.observer is not None:
            frame.is_shared = True
            self.observer.frame_arrived(now, self.name, frame)
        packet = frame.payload
        if frame.dst == self.mac and isinstance(packet, Ipv4) and frame.tag == NO_TAG:
            hop = self._forwarding_hops.get(packet.dst)
            if hop is not None:
                neighbor = hop.neighbor
                out = hop.interface
                if (
                    neighbor.valid_until >= now and packet.ttl > 1
                    and packet.length <= hop.mtu and out is not self._interface
                ):  # fmt: skip
                    if frame.is_shared or frame.trailer:
                        parent = frame.id
                        frame = Frame(
                            neighbor.mac, out.mac, ETHERTYPE_IPV4, forwarded(packet),
                            self._ids.next(), parent, FORWARDED, parent,
                        )  # fmt: skip
                    else:  # nobody watches: the frame itself goes on, and needs no name of its own
                        packet.ttl -= 1
                        frame.dst = neighbor.mac
                        frame.src = out.mac
                    transmit = out.transmit
                    transmit(frame)
                    return
            elif (  # of 127.0.0.1, which may come in by no cable, the layers take care
                packet.dst in self._local and packet.dst >> 24 != _LOOPBACK
                and not packet.fragment & IS_FRAGMENT and not self._hooks
            ):  # fmt: skip
                segment = packet.payload
                if not isinstance(segment, Tcp) or not self._tcp.packet_arrives(packet, segment, frame.id, now):
                    self._stack.deliver(packet, self._interface, frame, now)
                return
        self._stack.receive(self._interface, frame, now)
