"""W1 in simnet: its own hosts, routers and links, whole frames, real ARP, and programs on UDP sockets.

Nobody observes the run, as in the other programs.
"""

from __future__ import annotations

from typing import Any

from bench.workload import DELAY, INTERVAL, PAYLOAD, QUEUE, RATE, Outcome, Prepared, measure
from simnet.devices.host import Host
from simnet.devices.link import Link
from simnet.devices.port import Port
from simnet.devices.properties import Properties
from simnet.devices.router import Router
from simnet.engine.randomness import stream
from simnet.engine.scheduler import KEY_BITS, Scheduler
from simnet.stack.host_stack import HostStack
from simnet.stack.linux_socket import AF_INET, SOCK_DGRAM
from simnet.stack.profile import Profile
from simnet.wire.addresses import Prefix

NETWORK = 10 << 24
PORT = 9
START = 1_000_000
"""The first datagram leaves here; its ARP exchanges delay it, and those behind it wait with it."""


class Source:
    """A program that sends a datagram every interval."""

    def __init__(self, scheduler: Scheduler, stack: HostStack, ordinal: int, dst: int, datagrams: int) -> None:
        self.scheduler = scheduler
        self.send = stack.sockets.sendto
        self.socket = stack.sockets.socket(AF_INET, SOCK_DGRAM)
        self.key = ordinal << KEY_BITS
        self.dst = dst
        self.left = datagrams
        self.payload = bytes(PAYLOAD)

    def wake(self, _: Any) -> None:
        now = self.scheduler.now
        self.send(self.socket, self.payload, self.dst, PORT, now)
        self.left -= 1
        if self.left:
            self.key += 1
            self.scheduler.at(now + INTERVAL, self.key, self.wake, None)


class Sink:
    """Takes each datagram from its socket as it arrives."""

    def __init__(self, scheduler: Scheduler, stack: HostStack) -> None:
        self.scheduler = scheduler
        self.receive = stack.sockets.recv
        self.socket = stack.sockets.socket(AF_INET, SOCK_DGRAM)
        self.received = 0
        self.last = 0
        stack.sockets.bind(self.socket, 0, PORT, 0)
        stack.sockets.watch(self.socket, self.readable)

    def readable(self) -> None:
        self.last = self.scheduler.now
        data = self.receive(self.socket, 2048, self.last)
        assert len(data) == PAYLOAD
        self.received += 1


class Chain:
    """source -- r1 -- … -- rk -- sink; network 10.0.i.0/24 on link i, the left end is .1, the right end .2."""

    def __init__(self, routers: int) -> None:
        self.scheduler = Scheduler()
        self.routers = routers
        kinds = [Host, *[Router] * routers, Host]
        self.nodes = [self.node(kind, place) for place, kind in enumerate(kinds)]
        for link in range(routers + 1):
            self.connect(link)

    def node(self, kind: type[Host], place: int) -> Host:
        name = f"n{place}"
        stack = HostStack(name, place + 1, Profile(), stream(1, name).randrange, self.scheduler.work)
        return kind(name=name, ordinal=place + 1, stack=stack, scheduler=self.scheduler, observer=None)

    def connect(self, link: int) -> None:
        left = self.port(self.nodes[link], "right", 2 * link, NETWORK | link << 8 | 1)
        right = self.port(self.nodes[link + 1], "left", 2 * link + 1, NETWORK | link << 8 | 2)
        properties = Properties(rate=RATE, delay=DELAY, queue=QUEUE)
        Link(
            name=f"{left.name} -- {right.name}",
            ordinal=1000 + 2 * link,
            a=left,
            b=right,
            there=properties,
            back=properties,
            scheduler=self.scheduler,
            stream=lambda purpose: stream(1, f"{link}/{purpose}"),
            observer=None,
        )
        if link < self.routers:
            stack = self.nodes[link].stack
            beyond = Prefix(NETWORK | self.routers << 8, 24)
            stack.add_route(beyond, stack.interfaces[-1], NETWORK | link << 8 | 2)

    def port(self, node: Host, name: str, number: int, address: int) -> Port:
        interface = node.stack.add_interface(name, 0x02 << 40 | number + 1)
        node.stack.add_address(interface, address, Prefix(address & ~0xFF, 24))
        return node.add_port(interface)


def prepare(routers: int, datagrams: int) -> Prepared:
    """The network, ready to run."""
    chain = Chain(routers)
    scheduler = chain.scheduler
    sink = Sink(scheduler, chain.nodes[-1].stack)
    source = Source(scheduler, chain.nodes[0].stack, 500, NETWORK | routers << 8 | 2, datagrams)
    scheduler.at(START, source.key, source.wake, None)

    def run() -> Outcome:
        scheduler.run()
        return Outcome(sink.received, sink.last - START)

    return run


if __name__ == "__main__":
    measure(prepare)
